import { dag, type File } from "@dagger.io/dagger"
import { type DigestRef, digestRef, splitDigestRef } from "../oci/digest-ref.ts"
import type { Attestation, AttestationSubject } from "../sign/attest.ts"
import { PREDICATE_TYPES } from "../sign/predicate-type.ts"
import { type BuildFacts, describeBuild } from "../sign/provenance.ts"

/** Which of a scan's files says what of a platform. */
const PREDICATES: Record<string, string> = {
  "sbom.spdx.json": PREDICATE_TYPES.spdxjson,
  "sbom.cyclonedx.json": PREDICATE_TYPES.cyclonedx,
  "vuln.cosign.json": PREDICATE_TYPES.vuln,
}

type ScannedPlatform = { digest: string; formats: Record<string, File> }

/** What a release says of itself: how the index was built, and what is in each platform's image. */
export function attestationSubjects(
  ref: DigestRef,
  { build, scanned }: { build: BuildFacts; scanned: ScannedPlatform[] },
): AttestationSubject[] {
  const { repository } = splitDigestRef(ref)
  const provenance = dag.file("provenance.json", JSON.stringify(describeBuild(build)))
  const platforms = build.platforms.map(({ digest }) => ({
    ref: digestRef(repository, digest),
    attestations: platformAttestations(scanned.find((platform) => platform.digest === digest)),
  }))
  return [{ ref, attestations: [{ type: PREDICATE_TYPES.slsaprovenance1, predicate: provenance }] }, ...platforms]
}

/** A scanner that writes less than Trivy attests less. */
export function platformAttestations(scanned?: ScannedPlatform): Attestation[] {
  return Object.entries(scanned?.formats ?? {}).flatMap(([name, predicate]) => {
    const type = PREDICATES[name]
    return type ? [{ type, predicate }] : []
  })
}
