import { quote, SlipwayError } from "../error.ts"

/** What an attestation can say, by cosign's short name: the URI is what stands in the signed statement. */
export const PREDICATE_TYPES = {
  slsaprovenance1: "https://slsa.dev/provenance/v1",
  spdxjson: "https://spdx.dev/Document",
  cyclonedx: "https://cyclonedx.org/bom",
  vuln: "https://cosign.sigstore.dev/attestation/vuln/v1",
  openvex: "https://openvex.dev/ns",
} as const
export type PredicateName = keyof typeof PREDICATE_TYPES

/** What Slipway alone says of a digest: what led to it, before it has a name, and what became of it. */
export const RELEASE_TYPES = { evidence: "urn:slipway:evidence:v1", release: "urn:slipway:release:v1" } as const

const LABELS: Record<string, string> = {
  [PREDICATE_TYPES.slsaprovenance1]: "SLSA provenance",
  [PREDICATE_TYPES.spdxjson]: "SPDX SBOM",
  [PREDICATE_TYPES.cyclonedx]: "CycloneDX SBOM",
  [PREDICATE_TYPES.vuln]: "vulnerability report",
  [PREDICATE_TYPES.openvex]: "OpenVEX statement",
  [RELEASE_TYPES.evidence]: "release evidence",
  [RELEASE_TYPES.release]: "release record",
}

/** Takes a short name or a URI of one's own, and answers the URI. */
export function parsePredicateType(text: string): string {
  if (Object.hasOwn(PREDICATE_TYPES, text)) return PREDICATE_TYPES[text as PredicateName]
  if (/^https?:\/\/[^\s]+$/.test(text)) return text
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: `a predicate type: ${Object.keys(PREDICATE_TYPES).join(", ")}, or a URI`,
    got: quote(text),
    fix: "See https://github.com/in-toto/attestation/tree/main/spec/predicates for the usual ones.",
  })
}

/** A predicate type for people. */
export function predicateLabel(type: string): string {
  return LABELS[type] ?? type
}
