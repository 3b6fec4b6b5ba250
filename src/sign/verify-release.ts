import type { Digest } from "../oci/digest.ts"
import { type DigestRef, digestRef, splitDigestRef } from "../oci/digest-ref.ts"
import { parseImageIndex } from "../oci/image-index.ts"
import { normalise, platformText } from "../oci/platform.ts"
import { verifyAttestationArgs } from "./args.ts"
import { type AttestedStatement, parseAttestedStatements } from "./attested-statement.ts"
import { readStatements, type Verified, type VerifyOptions, verifySigned, verifyTarget } from "./cosign.ts"
import { readImage } from "./image.ts"
import { PREDICATE_TYPES } from "./predicate-type.ts"
import { claimedPlatforms, judgeProvenance } from "./provenance-verdict.ts"
import { releaseRefused } from "./refusal.ts"
import { judgeRelease, type PlatformEvidence, type ReleaseExpectation } from "./release-verdict.ts"
import { cosignFor, runCosign, withSigner } from "./tool.ts"

export type VerifyReleaseOptions = VerifyOptions & {
  craneImage: string
  platforms: string[]
  scanned?: { platform: string; digest: string }[]
  platformTypes: string[]
  /** Without provenance there is nothing that says which platforms were built; `platforms` or `scanned` does then. */
  provenance: boolean
}

export type VerifiedRelease = Verified & { platforms: PlatformEvidence[] }

/**
 * Verifies all that a release is made of: the signature, the platforms, and what is attested of each. The manifest comes
 * first: of one that is not there or was tampered with, no other reason is worth telling.
 */
export async function verifyReleaseAt(ref: DigestRef, options: VerifyReleaseOptions): Promise<VerifiedRelease> {
  const manifest = await readImage(ref, options)
  const [signed, provenance] = await Promise.all([
    verifySigned(ref, { ...options, craneImage: undefined }),
    options.provenance ? readProvenance(ref, options) : [],
  ])
  const platforms = await Promise.all(childrenOf(manifest, ref).map((child) => gather(child, options)))
  const { digest, repository } = splitDigestRef(ref)
  const refusals = [
    ...judgeProvenance(provenance, { digest, repository: options.repository ?? repository.name }),
    ...judgeRelease(
      { indexTypes: signed.statements.map(({ type }) => type), platforms },
      expectation(provenance, options),
    ),
  ]
  if (refusals.length) throw releaseRefused(ref, refusals)
  return { ...signed, platforms, checks: [...signed.checks, ...platforms.map(renderPlatform)] }
}

function expectation(provenance: AttestedStatement[], options: VerifyReleaseOptions): ReleaseExpectation {
  const { platforms, platformTypes, scanned = claimedPlatforms(provenance) } = options
  const indexTypes = options.provenance ? [PREDICATE_TYPES.slsaprovenance1] : []
  return { platforms, platformTypes, indexTypes, ...(scanned && { scanned }) }
}

type Child = { platform: string; digest: Digest; ref: DigestRef }

/** Every entry of the index counts: one that names no platform is still something that a node could be made to pull. */
function childrenOf(manifest: string, ref: DigestRef): Child[] {
  const { repository } = splitDigestRef(ref)
  return parseImageIndex(manifest, ref).manifests.map(({ platform, digest }) => ({
    platform: platform ? platformText(normalise(platform)) : "an entry without platform",
    digest,
    ref: digestRef(repository, digest),
  }))
}

async function gather({ platform, digest, ref }: Child, options: VerifyOptions): Promise<PlatformEvidence> {
  const { statements } = await readStatements(ref, { ...options, moment: "verify" })
  const types = statements.filter((statement) => statement.digest === digest).map(({ type }) => type)
  return { platform, digest, types: [...new Set(types)] }
}

async function readProvenance(ref: DigestRef, options: VerifyOptions): Promise<AttestedStatement[]> {
  const { signer } = options
  const target = { ...(await verifyTarget(ref, options)), type: PREDICATE_TYPES.slsaprovenance1 }
  const args = verifyAttestationArgs(signer, target)
  const answer = await runCosign(cosignFor(ref, options).with(withSigner(signer)), args)
  return answer.exitCode === 0 ? parseAttestedStatements(answer.stdout) : []
}

function renderPlatform({ platform, digest, types }: PlatformEvidence): string {
  return `${platform} ${digest}: ${types.length} attestations by the same signer`
}
