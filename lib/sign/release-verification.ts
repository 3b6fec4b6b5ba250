import { allInOrder } from "../engine/concurrency.ts"
import type { CraneOptions } from "../oci/crane.ts"
import { parseImageIndex, readEntries } from "../oci/manifest.ts"
import { type Digest, type DigestRef, digestRef, splitDigestRef } from "../oci/reference.ts"
import { attachmentRefusals, type IndexImage, readImage, readPlatform } from "./image.ts"
import { claimedPlatforms, judgeProvenance, unreadProvenance } from "./provenance.ts"
import { releaseRefusal } from "./refusal.ts"
import { type VerifiedImage, verifySigned } from "./signature.ts"
import { readAttestations, readVerdict, requireListing, type VerifyOptions } from "./statements.ts"
import { type AttestedStatement, PREDICATE_TYPES, predicateLabel, SIGNATURE_TYPES } from "./verification.ts"

/** What was really found: the index's children, and what the signer said of each. */
export type PlatformEvidence = { platform: string; digest: Digest; types: string[] }

/** What a release has to be. `platforms` without digests is the set that was asked for; `scanned` is that with digests. */
export type ReleaseExpectation = {
  platforms: string[]
  scanned?: { platform: string; digest: string }[]
  indexTypes: string[]
  platformTypes: string[]
}

/** Why the release is refused, a sentence for each reason; none if it is whole. */
export function judgeRelease(
  found: { indexTypes: string[]; platforms: PlatformEvidence[] },
  expected: ReleaseExpectation,
): string[] {
  return [
    ...(found.platforms.length === 0 ? ["the image index lists no image"] : []),
    ...missingOf("the image index", expected.indexTypes, found.indexTypes),
    ...doubles(found.platforms),
    ...platformSet(found.platforms, expected),
    ...found.platforms.flatMap((platform) => differsFromScan(platform, expected)),
    ...found.platforms.flatMap(({ platform, types }) => missingOf(platform, expected.platformTypes, types)),
  ]
}

function missingOf(what: string, wanted: string[], types: string[]): string[] {
  return wanted
    .filter((type) => !types.includes(type))
    .map((type) => `${what} has no ${predicateLabel(type)} by the signer`)
}

function doubles(found: PlatformEvidence[]): string[] {
  const names = found.map(({ platform }) => platform)
  return [...new Set(names.filter((name, at) => names.indexOf(name) !== at))].map(
    (name) => `${name} is in the index twice`,
  )
}

function platformSet(found: PlatformEvidence[], { platforms, scanned }: ReleaseExpectation): string[] {
  const wanted = platforms.length ? platforms : scanned?.map(({ platform }) => platform)
  if (!wanted) return []
  const names = found.map(({ platform }) => platform)
  return [
    ...wanted.filter((platform) => !names.includes(platform)).map((platform) => `${platform} is missing in the index`),
    ...names
      .filter((platform) => !wanted.includes(platform))
      .map((platform) => `${platform} is in the index, and nobody asked for it`),
  ]
}

function differsFromScan({ platform, digest }: PlatformEvidence, { scanned }: ReleaseExpectation): string[] {
  const scan = scanned?.find((one) => one.platform === platform)
  return scan && scan.digest !== digest ? [`${platform} is ${digest}, but ${scan.digest} was scanned`] : []
}

export type VerifyReleaseOptions = VerifyOptions & {
  craneImage: string
  platforms: string[]
  scanned?: { platform: string; digest: string }[]
  platformTypes: string[]
  /** Without provenance there is nothing that says which platforms were built; `platforms` or `scanned` does then. */
  provenance: boolean
}

/** `attested` is all that the signer said of the index and of each platform's image. */
export type VerifiedRelease = VerifiedImage & {
  platforms: PlatformEvidence[]
  attested: { ref: DigestRef; type: string }[]
}

/**
 * Verifies all that a release is made of: the signature, the platforms, and what is attested of each. The manifest comes
 * first: of one that is not there or was tampered with, no other reason is worth telling.
 */
export async function verifyReleaseAt(ref: DigestRef, options: VerifyReleaseOptions): Promise<VerifiedRelease> {
  const first = await judgeAt(ref, { ...options, moment: "verify" })
  if (first.refusals.length === 0) return first.release
  // cosign passes over what it could not fetch, so a release is refused only when the registry shows all that it lists
  await Promise.all(first.refs.map((listed) => requireListing(listed, { ...options, moment: "refused" })))
  const again = await judgeAt(ref, { ...options, moment: "verify, after a refusal" })
  if (again.refusals.length) throw releaseRefusal(ref, again.refusals)
  return again.release
}

type ReleaseJudgement = { release: VerifiedRelease; refusals: string[]; refs: DigestRef[] }
type JudgeOptions = VerifyReleaseOptions & { moment: string }

async function judgeAt(ref: DigestRef, options: JudgeOptions): Promise<ReleaseJudgement> {
  const reading = readImage(ref, options)
  const [, [signed, provenance], { platforms, faults }] = await allInOrder([
    reading,
    readIndex(ref, options),
    reading.then((manifest) => readChildren(manifest, ref, options)),
  ])
  const { digest, repository } = splitDigestRef(ref)
  if (faults.length) throw releaseRefusal(ref, faults)
  const indexTypes = signed.statements.map(({ type }) => type)
  const refusals = [
    ...unreadProvenance(indexTypes, { provenance, wanted: options.provenance }),
    ...judgeProvenance(provenance, { digest, repository: options.repository ?? repository.name }),
    ...judgeRelease({ indexTypes, platforms }, expectation(provenance, options)),
  ]
  const attested = [...attestedOf(ref, signed.statements), ...platforms.flatMap((platform) => platform.attested)]
  const checks = [...signed.checks, ...platforms.map(renderPlatform)]
  return {
    release: { ...signed, platforms, attested, checks },
    refusals,
    refs: [ref, ...platforms.map((platform) => digestRef(repository, platform.digest))],
  }
}

async function readIndex(ref: DigestRef, options: JudgeOptions): Promise<[VerifiedImage, AttestedStatement[]]> {
  return await Promise.all([
    verifySigned(ref, { ...options, craneImage: undefined }),
    options.provenance ? readAttestations(ref, { ...options, type: PREDICATE_TYPES.slsaprovenance1 }) : [],
  ])
}

function attestedOf(ref: DigestRef, statements: { type: string }[]): { ref: DigestRef; type: string }[] {
  const types = new Set(statements.map(({ type }) => type).filter((type) => !SIGNATURE_TYPES.includes(type)))
  return [...types].map((type) => ({ ref, type }))
}

function expectation(provenance: AttestedStatement[], options: VerifyReleaseOptions): ReleaseExpectation {
  const { platforms, platformTypes, scanned = claimedPlatforms(provenance) } = options
  const indexTypes = options.provenance ? [PREDICATE_TYPES.slsaprovenance1] : []
  return { platforms, platformTypes, indexTypes, ...(scanned && { scanned }) }
}

type ChildrenOptions = VerifyOptions & CraneOptions & { moment: string }

/**
 * What the index lists, read as it was for the scan: all but an attestation is something that a node could be made to
 * pull, so the signer must have said of it what is said of a platform. That an attestation is one, its content shows.
 */
async function readChildren(manifest: string, ref: DigestRef, options: ChildrenOptions) {
  const { repository } = splitDigestRef(ref)
  const index = parseImageIndex(manifest, ref)
  const { images, attachments, faults } = readEntries(index)
  if (faults.length > 0) return { platforms: [], faults }
  const at = (digest: Digest) => digestRef(repository, digest)
  const [children, refused] = await Promise.all([
    Promise.all(images.map((entry) => readPlatform(at(entry.digest), entry, options))),
    Promise.all(
      attachments.map((entry) => attachmentRefusals(at(entry.digest), { entry, listed: index.manifests }, options)),
    ),
  ])
  const refusals = [...children.flatMap(({ faults }) => faults), ...refused.flat()]
  if (refusals.length > 0) return { platforms: [], faults: refusals }
  return { platforms: await Promise.all(children.map((child) => gather(child, options))), faults: [] }
}

async function gather({ platform, digest, ref }: IndexImage, options: VerifyOptions & { moment: string }) {
  const { statements } = await readVerdict(ref, options)
  const own = statements.filter((statement) => statement.digest === digest)
  const types = [...new Set(own.map(({ type }) => type))]
  return { platform, digest, types, attested: attestedOf(ref, own) }
}

function renderPlatform({ platform, digest, types }: PlatformEvidence): string {
  return `${platform} ${digest}: ${types.length} attestations by the same signer`
}
