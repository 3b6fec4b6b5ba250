import type { DigestRef } from "../oci/reference.ts"
import { splitDigestRef } from "../oci/reference.ts"
import { judgeProvenance, unreadProvenance } from "../sign/provenance.ts"
import { releaseRefusal } from "../sign/refusal.ts"
import { type VerifiedImage, verifySigned } from "../sign/signature.ts"
import { readAttestations, requireListing, type VerifyOptions } from "../sign/statements.ts"
import { type AttestedStatement, PREDICATE_TYPES, predicateLabel } from "../sign/verification.ts"

type ChartEvidence = { ref: DigestRef; signed: Pick<VerifiedImage, "statements">; provenance: AttestedStatement[] }

/** Why a chart is refused: its signer must have attested how it was packaged. */
export function judgeChart({ ref, signed, provenance }: ChartEvidence, name: string): string[] {
  const { digest } = splitDigestRef(ref)
  const types = signed.statements.map(({ type }) => type)
  const wanted = PREDICATE_TYPES.slsaprovenance1
  return [
    ...(types.includes(wanted) ? [] : [`the chart has no ${predicateLabel(wanted)} by the signer`]),
    ...unreadProvenance(types, { provenance, wanted: true }),
    ...judgeProvenance(provenance, { digest, repository: name }),
  ]
}

/** Verifies a chart in its registry: its bytes, its signature and its provenance, as of an image. */
export async function verifyChart(
  ref: DigestRef,
  options: VerifyOptions & { craneImage: string },
): Promise<VerifiedImage> {
  const first = await judgeAt(ref, { ...options, moment: "verify" })
  if (first.refusals.length === 0) return first.signed
  // cosign skips what it cannot fetch
  await requireListing(ref, { ...options, moment: "refused" })
  const again = await judgeAt(ref, { ...options, moment: "verify, after a refusal" })
  if (again.refusals.length > 0) throw releaseRefusal(ref, again.refusals)
  return again.signed
}

async function judgeAt(ref: DigestRef, options: VerifyOptions & { craneImage: string; moment: string }) {
  const [signed, provenance] = await Promise.all([
    verifySigned(ref, options),
    readAttestations(ref, { ...options, type: PREDICATE_TYPES.slsaprovenance1 }),
  ])
  const { repository } = splitDigestRef(ref)
  return { signed, refusals: judgeChart({ ref, signed, provenance }, options.repository ?? repository.name) }
}
