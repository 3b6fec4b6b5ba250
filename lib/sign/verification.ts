import { z } from "zod"
import { parseJson } from "../config/file.ts"
import { SlipwayError } from "../error.ts"
import type { Digest } from "../oci/reference.ts"
import { REPOSITORY_ANNOTATION } from "./args.ts"
import { predicateLabel } from "./predicate-type.ts"

/** The predicate type of a signature in a bundle, and the name that the older format has for one. */
const LEGACY_TYPE = "cosign container image signature"
export const SIGNATURE_TYPES = ["https://sigstore.dev/cosign/sign/v1", LEGACY_TYPE]

const Statements = z.array(
  z.object({
    critical: z.object({ image: z.object({ "docker-manifest-digest": z.string() }), type: z.string() }),
    optional: z.record(z.string(), z.unknown()).nullish(),
  }),
)

/** One statement that cosign found correctly signed: `type` tells a signature from an attestation. */
export type Statement = { digest: string; type: string; repository?: string }

export function isLegacySignature({ type }: Statement): boolean {
  return type === LEGACY_TYPE
}

/** Reads what `cosign verify` printed. Its exit code is 0 for any signed statement, an SBOM's too, so this is what counts. */
export function parseStatements(stdout: string): Statement[] {
  const parsed = Statements.safeParse(parseJson(stdout))
  if (!parsed.success) {
    throw new SlipwayError("VERIFICATION_FAILED", {
      expected: "cosign's list of verified statements",
      got: z.prettifyError(parsed.error).replaceAll("\n", " "),
      fix: "Use cosign 3.1: another version writes another list.",
    })
  }
  return parsed.data.map(({ critical: { image, type }, optional }) => {
    const repository = optional?.[REPOSITORY_ANNOTATION]
    return { digest: image["docker-manifest-digest"], type, ...(typeof repository === "string" && { repository }) }
  })
}

/** What a signature has to be about. */
export type Expectation = { digest: Digest; repository: string }

export type SignatureVerdict = { signed: true } | { signed: false; reason: string }

/** Decides whether one of the statements is a signature of this very image in this very repository. */
export function judgeSignature(statements: Statement[], { digest, repository }: Expectation): SignatureVerdict {
  const ofImage = statements.filter((statement) => statement.digest === digest)
  if (ofImage.length === 0) return { signed: false, reason: `only statements about ${list(statements, "digest")}` }
  const signatures = ofImage.filter(({ type }) => SIGNATURE_TYPES.includes(type))
  if (signatures.length === 0)
    return { signed: false, reason: `no signature, only attestations (${list(ofImage, "type")})` }
  if (signatures.some((signature) => (signature.repository ?? repository) === repository)) return { signed: true }
  return { signed: false, reason: `a signature that was made for ${list(signatures, "repository")}` }
}

/** What was checked, a line each. */
export function renderChecks(
  statements: Statement[],
  { digest, signer }: { digest: string; signer: string },
): string[] {
  const types = statements.map(({ type }) => type)
  const attested = [...new Set(types)].filter((type) => !SIGNATURE_TYPES.includes(type)).map(predicateLabel)
  return [
    `signature of ${digest} by ${signer}`,
    ...(attested.length ? [`attestations by the same signer: ${attested.join(", ")}`] : []),
  ]
}

function list(statements: Statement[], key: keyof Statement): string {
  return [...new Set(statements.map((statement) => statement[key]))].join(", ") || "nothing"
}
