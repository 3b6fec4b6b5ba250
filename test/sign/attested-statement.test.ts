import { describe, expect, test } from "vitest"
import { parseAttestedStatements } from "../../lib/sign/attested-statement.ts"

const statement = {
  _type: "https://in-toto.io/Statement/v1",
  subject: [{ name: "ghcr.io/acme/app", digest: { sha256: "0a" } }, { digest: { sha512: "0b" } }],
  predicateType: "https://slsa.dev/provenance/v1",
  predicate: { buildDefinition: {} },
}
const envelope = (payload: unknown) =>
  JSON.stringify({
    payloadType: "application/vnd.in-toto+json",
    payload: btoa(JSON.stringify(payload)),
    signatures: [],
  })

describe("what cosign verified", () => {
  test("is a statement a line, with what it is about and what it says", () => {
    expect(parseAttestedStatements(`${envelope(statement)}\n\n${envelope({ ...statement, subject: [] })}\n`)).toEqual([
      {
        subjects: [
          { name: "ghcr.io/acme/app", sha256: "0a" },
          { name: undefined, sha256: undefined },
        ],
        type: "https://slsa.dev/provenance/v1",
        predicate: { buildDefinition: {} },
      },
      { subjects: [], type: "https://slsa.dev/provenance/v1", predicate: { buildDefinition: {} } },
    ])
  })

  test("is nothing if it printed nothing", () => expect(parseAttestedStatements("\n")).toEqual([]))

  test.each([
    { name: "no JSON", line: "Verification for ghcr.io/acme/app" },
    { name: "no envelope", line: "{}" },
    { name: "an envelope around something else", line: envelope({ predicate: 1 }) },
    { name: "an envelope around no JSON", line: JSON.stringify({ payload: btoa("{") }) },
  ])("is refused if it is $name", ({ line }) => {
    expect(() => parseAttestedStatements(line)).toThrow("VERIFICATION_FAILED: expected in-toto statements")
  })
})
