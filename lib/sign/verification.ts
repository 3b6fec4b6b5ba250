import { z } from "zod"
import { parseJson } from "../config/file.ts"
import { quote, SlipwayError } from "../error.ts"
import type { Digest } from "../oci/reference.ts"
import { REPOSITORY_ANNOTATION } from "./args.ts"

/** Predicate types by cosign's short name; the URI is in the signed statement. */
export const PREDICATE_TYPES = {
  slsaprovenance1: "https://slsa.dev/provenance/v1",
  spdxjson: "https://spdx.dev/Document",
  cyclonedx: "https://cyclonedx.org/bom",
  vuln: "https://cosign.sigstore.dev/attestation/vuln/v1",
  openvex: "https://openvex.dev/ns",
} as const
type PredicateName = keyof typeof PREDICATE_TYPES

/** Slipway's predicate types: the evidence before a digest gets a tag, and the record of its release. */
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

/** Reads a short name or a URI, and returns the URI. */
export function parsePredicateType(text: string): string {
  if (Object.hasOwn(PREDICATE_TYPES, text)) return PREDICATE_TYPES[text as PredicateName]
  if (/^https?:\/\/[^\s]+$/.test(text)) return text
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: `a predicate type: ${Object.keys(PREDICATE_TYPES).join(", ")}, or a URI`,
    got: quote(text),
    fix: "Pass one of these names or a URI; see https://github.com/in-toto/attestation/tree/main/spec/predicates.",
  })
}

/** A predicate type's name for people. */
export function predicateLabel(type: string): string {
  return LABELS[type] ?? type
}

// https://github.com/secure-systems-lab/dsse/blob/master/envelope.md around https://github.com/in-toto/attestation
const Envelope = z.object({ payload: z.base64() })
const InToto = z.object({
  subject: z.array(z.object({ name: z.string().optional(), digest: z.record(z.string(), z.string()) })),
  predicateType: z.string(),
  predicate: z.unknown(),
})

/** A signed statement: its subjects, and its predicate. */
export type AttestedStatement = { subjects: { name?: string; sha256?: string }[]; type: string; predicate: unknown }

/** Reads the output of `cosign verify-attestation`: one verified envelope per line. */
export function parseAttestedStatements(stdout: string): AttestedStatement[] {
  const lines = stdout.split("\n").filter((line) => line.trim())
  return lines.map((line) => {
    const envelope = Envelope.safeParse(parseJson(line))
    const statement = InToto.safeParse(
      envelope.success && parseJson(Buffer.from(envelope.data.payload, "base64").toString()),
    )
    if (!statement.success) throw unreadable(statement.error)
    const { subject, predicateType, predicate } = statement.data
    return {
      subjects: subject.map(({ name, digest }) => ({ name, sha256: digest["sha256"] })),
      type: predicateType,
      predicate,
    }
  })
}

function unreadable(error: z.ZodError): SlipwayError {
  return new SlipwayError("VERIFICATION_FAILED", {
    expected: "in-toto statements in cosign's output",
    got: z.prettifyError(error).replaceAll("\n", " "),
    fix: "Use cosign 3.1; other versions write other formats.",
  })
}

/** The types of a signature: in a bundle, and in the older format. */
const LEGACY_TYPE = "cosign container image signature"
export const SIGNATURE_TYPES = ["https://sigstore.dev/cosign/sign/v1", LEGACY_TYPE]

const Statements = z.array(
  z.object({
    critical: z.object({ image: z.object({ "docker-manifest-digest": z.string() }), type: z.string() }),
    optional: z.record(z.string(), z.unknown()).nullish(),
  }),
)

/** A statement that cosign verified; `type` distinguishes signatures from attestations. */
export type Statement = { digest: string; type: string; repository?: string }

export function isLegacySignature({ type }: Statement): boolean {
  return type === LEGACY_TYPE
}

/** Reads the output of `cosign verify`, which exits with 0 for any signed statement, also for an SBOM. */
export function parseStatements(stdout: string): Statement[] {
  const parsed = Statements.safeParse(parseJson(stdout))
  if (!parsed.success) {
    throw new SlipwayError("VERIFICATION_FAILED", {
      expected: "cosign's list of verified statements",
      got: z.prettifyError(parsed.error).replaceAll("\n", " "),
      fix: "Use cosign 3.1; other versions write other formats.",
    })
  }
  return parsed.data.map(({ critical: { image, type }, optional }) => {
    const repository = optional?.[REPOSITORY_ANNOTATION]
    return { digest: image["docker-manifest-digest"], type, ...(typeof repository === "string" && { repository }) }
  })
}

/** The digest and repository that a signature must name. */
type Expectation = { digest: Digest; repository: string }

type SignatureVerdict = { signed: true } | { signed: false; reason: string }

/** Decides whether one of the statements is a signature of this digest in this repository. */
export function judgeSignature(statements: Statement[], { digest, repository }: Expectation): SignatureVerdict {
  const ofImage = statements.filter((statement) => statement.digest === digest)
  if (ofImage.length === 0) return { signed: false, reason: `only statements about ${list(statements, "digest")}` }
  const signatures = ofImage.filter(({ type }) => SIGNATURE_TYPES.includes(type))
  if (signatures.length === 0)
    return { signed: false, reason: `no signature, only attestations (${list(ofImage, "type")})` }
  if (signatures.some((signature) => (signature.repository ?? repository) === repository)) return { signed: true }
  return { signed: false, reason: `a signature for ${list(signatures, "repository")}` }
}

/** One line per check, independent of the order in which a registry lists the statements. */
export function renderChecks(
  statements: Statement[],
  { digest, signer }: { digest: string; signer: string },
): string[] {
  const types = statements.map(({ type }) => type)
  const attested = [...new Set(types)].filter((type) => !SIGNATURE_TYPES.includes(type)).map(predicateLabel)
  return [
    `signature of ${digest} by ${signer}`,
    ...(attested.length ? [`attestations by the same signer: ${attested.sort().join(", ")}`] : []),
  ]
}

function list(statements: Statement[], key: keyof Statement): string {
  return [...new Set(statements.map((statement) => statement[key]))].join(", ") || "nothing"
}
