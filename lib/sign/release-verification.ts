import { allInOrder } from "../engine/concurrency.ts"
import type { CraneOptions } from "../oci/crane.ts"
import { parseImageIndex, readEntries } from "../oci/manifest.ts"
import { Digest, type DigestRef, digestRef, splitDigestRef } from "../oci/reference.ts"
import { attachmentRefusals, type IndexImage, readImage, readPlatform } from "./image.ts"
import { claimedPlatforms, judgeProvenance, unreadProvenance } from "./provenance.ts"
import { releaseRefusal } from "./refusal.ts"
import { type VerifiedImage, verifySigned } from "./signature.ts"
import { readAttestations, readVerdict, requireListing, startVerifying, type VerifyOptions } from "./statements.ts"
import { type AttestedStatement, PREDICATE_TYPES, predicateLabel, SIGNATURE_TYPES } from "./verification.ts"

/** A platform in the registry's index, and the types of the signer's statements about it. */
export type PlatformEvidence = { platform: string; digest: Digest; types: string[] }

/** The expected content of a release; `scanned` are the platforms with the digests that were scanned. */
export type ReleaseExpectation = {
  platforms: string[]
  scanned?: { platform: string; digest: string }[]
  indexTypes: string[]
  platformTypes: string[]
}

/** The reasons to refuse the release; empty if it is complete. */
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
      .map((platform) => `${platform} is in the index, but not among the expected platforms`),
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
  /** What must be attested of the index besides the provenance. */
  indexTypes?: string[]
  /** The provenance names the built platforms; without it, `platforms` or `scanned` does. */
  provenance: boolean
}

/** A digest that a verification of this run has accepted; only a VerifiedRelease has one. */
export type VerifiedRef = DigestRef & { readonly verified: true }

/** `attested` is every attestation by the signer, of the index and of each platform's image. */
export type VerifiedRelease = VerifiedImage & {
  ref: VerifiedRef
  platforms: PlatformEvidence[]
  attested: { ref: DigestRef; type: string }[]
}

/**
 * Verifies a release: its signature, its platforms, and their attestations. A manifest that is missing or was tampered
 * with is reported first.
 */
export async function verifyReleaseAt(ref: DigestRef, options: VerifyReleaseOptions): Promise<VerifiedRelease> {
  const first = await judgeAt(ref, { ...options, moment: "verify", ahead: startKnown(ref, options) })
  if (first.refusals.length === 0) return { ...first.release, ref: ref as VerifiedRef }
  // cosign skips what it cannot fetch, so a release is refused only if the registry shows every referrer that it lists
  await Promise.all(first.refs.map((listed) => requireListing(listed, { ...options, moment: "refused" })))
  const again = await judgeAt(ref, { ...options, moment: "verify, after a refusal" })
  if (again.refusals.length) throw releaseRefusal(ref, again.refusals)
  return { ...again.release, ref: ref as VerifiedRef }
}

/** A caller that has scanned the images knows their digests, so that the first queries can run in one exec. */
function startKnown(ref: DigestRef, { scanned, provenance, ...options }: VerifyReleaseOptions) {
  if (!scanned) return undefined
  const { repository } = splitDigestRef(ref)
  const refs = scanned.map(({ digest }) => digestRef(repository, Digest.parse(digest)))
  const type = provenance ? { type: PREDICATE_TYPES.slsaprovenance1 } : {}
  return startVerifying([ref, ...refs], { ...options, ...type, moment: "verify" })
}

type ReleaseJudgement = { release: Omit<VerifiedRelease, "ref"> & VerifiedImage; refusals: string[]; refs: DigestRef[] }
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
  const indexTypes = [...(options.provenance ? [PREDICATE_TYPES.slsaprovenance1] : []), ...(options.indexTypes ?? [])]
  return { platforms, platformTypes, indexTypes, ...(scanned && { scanned }) }
}

type ChildrenOptions = VerifyOptions & CraneOptions & { moment: string }

/**
 * The index's entries, read as in a scan. A node can be made to pull every entry except an attestation, so each needs the
 * statements of a platform. An entry's content, not only its annotation, must show that it is an attestation.
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
