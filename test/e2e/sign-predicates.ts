import { dag } from "@dagger.io/dagger"
import { type DigestRef, digestRef, splitDigestRef } from "../../lib/oci/reference.ts"
import type { AttestationSubject } from "../../lib/sign/attestation-lanes.ts"
import { describeBuild } from "../../lib/sign/provenance.ts"
import { PREDICATE_TYPES } from "../../lib/sign/verification.ts"
import type { TinyImage } from "./sign-tiny-image.ts"

const when = "2026-03-01T12:00:00Z"

/** A minimal predicate of each type. */
const PREDICATES = {
  [PREDICATE_TYPES.spdxjson]: { spdxVersion: "SPDX-2.3", name: "app", SPDXID: "SPDXRef-DOCUMENT", packages: [] },
  [PREDICATE_TYPES.cyclonedx]: { bomFormat: "CycloneDX", specVersion: "1.6", version: 1, components: [] },
  [PREDICATE_TYPES.vuln]: {
    invocation: { uri: "", event_id: "", "builder.id": "" },
    scanner: {
      uri: "pkg:github/aquasecurity/trivy@0.74.0",
      version: "0.74.0",
      db: { uri: "", version: "" },
      result: {},
    },
    metadata: { scanStartedOn: when, scanFinishedOn: when },
  },
  [PREDICATE_TYPES.openvex]: {
    "@context": "https://openvex.dev/ns/v0.2.0",
    "@id": "https://example.com/vex/1",
    author: "team",
    timestamp: when,
    version: 1,
    statements: [],
  },
}

/** The attestations of a release: provenance of the index, and four statements about each platform. */
export function releaseSubjects(
  ref: DigestRef,
  image: TinyImage,
  { only }: { only?: string[] } = {},
): AttestationSubject[] {
  const { repository } = splitDigestRef(ref)
  const build = describeBuild({
    builderId: "https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main",
    parameters: { platforms: image.platforms.map(({ platform }) => platform) },
    source: { url: "https://github.com/acme/app", commit: "0a".repeat(20), dirty: false },
    baseImages: [],
    tools: [],
    platforms: image.platforms.map(({ platform, digest }) => ({ platform, digest })),
    startedAt: new Date(when),
    finishedAt: new Date(when),
  })
  const index = { ref, attestations: [{ type: PREDICATE_TYPES.slsaprovenance1, predicate: json(build) }] }
  const platforms = image.platforms.map(({ digest }) => ({
    ref: digestRef(repository, digest),
    attestations: Object.entries(PREDICATES)
      .filter(([type]) => !only || only.includes(type))
      .map(([type, predicate]) => ({ type, predicate: json(predicate) })),
  }))
  return [index, ...platforms]
}

function json(content: unknown) {
  return dag.file("predicate.json", JSON.stringify(content))
}
