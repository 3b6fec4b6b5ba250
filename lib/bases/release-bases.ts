import type { ResolvedBase } from "../dockerfile/base-images.ts"
import { SlipwayError } from "../error.ts"
import { type DigestRef, splitDigestRef } from "../oci/reference.ts"
import { claimedPlatforms, judgeProvenance, Provenance, statedBases, statedSource } from "../sign/provenance.ts"
import { readAttestations, type VerifyOptions } from "../sign/statements.ts"
import { type AttestedStatement, PREDICATE_TYPES } from "../sign/verification.ts"

/** What the signed provenance of a release says: its source, its platforms, and its base images. */
export type ReleaseBases = {
  ref: DigestRef
  source: { commit?: string; dirty: boolean }
  platforms: string[]
  bases: ResolvedBase[]
}

/** `moment` tells this query from others about the same digest in one run. */
type ReadOptions = VerifyOptions & { craneImage: string; moment: string }

/** Reads the provenance by the signer; another one, or an unsigned one, counts as none. */
export async function readReleaseBases(ref: DigestRef, options: ReadOptions): Promise<ReleaseBases> {
  const statements = await readAttestations(ref, { ...options, type: PREDICATE_TYPES.slsaprovenance1 })
  return releaseBases(ref, statements, options.repository)
}

/** The latest provenance of a digest. One that is missing, of another image or unreadable is refused. */
export function releaseBases(ref: DigestRef, statements: AttestedStatement[], signedRepository?: string): ReleaseBases {
  const { digest, repository } = splitDigestRef(ref)
  const [refusal] = judgeProvenance(statements, { digest, repository: signedRepository ?? repository.name })
  if (refusal) throw refused(ref, refusal)
  const sha256 = digest.replace("sha256:", "")
  const own = statements.filter(({ subjects }) => subjects.some((subject) => subject.sha256 === sha256))
  const latest = own.at(-1)
  const provenance = Provenance.safeParse(latest?.predicate).data
  const platforms = latest && claimedPlatforms([latest])
  if (!provenance || !platforms) throw refused(ref, latest ? "one that cannot be read" : "none by the signer")
  return {
    ref,
    source: statedSource(provenance),
    platforms: platforms.map(({ platform }) => platform),
    bases: statedBases(provenance),
  }
}

function refused(ref: DigestRef, got: string): SlipwayError {
  return new SlipwayError("VERIFICATION_FAILED", {
    expected: `a signed provenance of ${ref} that names its base images and platforms`,
    got,
    fix: "Check the signer (--public-key, or --identity with --issuer). Only an image that ship attested names its base images.",
  })
}
