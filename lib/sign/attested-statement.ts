import { z } from "zod"
import { parseJson } from "../config/file.ts"
import { SlipwayError } from "../error.ts"

// https://github.com/secure-systems-lab/dsse/blob/master/envelope.md around https://github.com/in-toto/attestation
const Envelope = z.object({ payload: z.base64() })
const InToto = z.object({
  subject: z.array(z.object({ name: z.string().optional(), digest: z.record(z.string(), z.string()) })),
  predicateType: z.string(),
  predicate: z.unknown(),
})

/** A statement as it was signed: what it is about, and what it says. */
export type AttestedStatement = { subjects: { name?: string; sha256?: string }[]; type: string; predicate: unknown }

/** Reads what `cosign verify-attestation` printed: one envelope a line, each verified. */
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
    expected: "in-toto statements in what cosign verified",
    got: z.prettifyError(error).replaceAll("\n", " "),
    fix: "Use cosign 3.1: another version writes another answer.",
  })
}
