import { describe, expect, test } from "vitest"
import { digestOf } from "../../lib/oci/reference.ts"
import {
  isLegacySignature,
  judgeSignature,
  PREDICATE_TYPES,
  parseAttestedStatements,
  parsePredicateType,
  parseStatements,
  predicateLabel,
  renderChecks,
  SIGNATURE_TYPES,
  type Statement,
} from "../../lib/sign/verification.ts"

describe("predicate type", () => {
  test.each(Object.entries(PREDICATE_TYPES))("reads %s as %s, and has a name for people", (name, uri) => {
    expect(parsePredicateType(name)).toBe(uri)
    expect(predicateLabel(uri)).not.toBe(uri)
  })

  test("reads a URI unchanged", () => {
    expect(parsePredicateType("https://acme.example/review/v1")).toBe("https://acme.example/review/v1")
    expect(predicateLabel("https://acme.example/review/v1")).toBe("https://acme.example/review/v1")
  })

  test.each(["", "sbom", "toString", "ftp://acme.example/a", "https://acme.example/a b"])("%j is refused", (text) => {
    expect(() => parsePredicateType(text)).toThrow(
      "OPTIONS_INVALID: expected a predicate type: slsaprovenance1, spdxjson",
    )
  })
})

describe("verification", () => {
  describe("attested statement", () => {
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

    describe("output of cosign verify-attestation", () => {
      test("is read as one statement per line", () => {
        expect(
          parseAttestedStatements(`${envelope(statement)}\n\n${envelope({ ...statement, subject: [] })}\n`),
        ).toEqual([
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

      test("has no statement if it is empty", () => expect(parseAttestedStatements("\n")).toEqual([]))

      test.each([
        { name: "not JSON", line: "Verification for ghcr.io/acme/app" },
        { name: "not an envelope", line: "{}" },
        { name: "an envelope with another payload", line: envelope({ predicate: 1 }) },
        { name: "an envelope with a payload that is not JSON", line: JSON.stringify({ payload: btoa("{") }) },
      ])("is refused if it is $name", ({ line }) => {
        expect(() => parseAttestedStatements(line)).toThrow("VERIFICATION_FAILED: expected in-toto statements")
      })
    })
  })

  describe("verification", () => {
    const digest = digestOf("")
    const repository = "ghcr.io/acme/app"
    const [type = ""] = SIGNATURE_TYPES
    const signature: Statement = { digest, type, repository }
    const attestation: Statement = { digest, type: PREDICATE_TYPES.vuln }

    test.each([
      { name: "a bundle's signature", type: SIGNATURE_TYPES[0] ?? "", legacy: false },
      { name: "a signature in the older format", type: SIGNATURE_TYPES[1] ?? "", legacy: true },
      { name: "an attestation", type: PREDICATE_TYPES.vuln, legacy: false },
    ])("recognises $name as of the older format: $legacy", ({ type, legacy }) => {
      expect(isLegacySignature({ digest, type })).toBe(legacy)
    })

    describe("output of cosign verify", () => {
      const critical = { identity: { "docker-reference": "" }, image: { "docker-manifest-digest": digest }, type }
      test.each([
        { optional: { "dev.slipway.repository": repository }, statement: signature },
        { optional: null, statement: { digest, type } },
        { optional: { "dev.slipway.repository": 1 }, statement: { digest, type } },
      ])("is read with the annotations $optional", ({ optional, statement }) => {
        expect(parseStatements(JSON.stringify([{ critical, optional }]))).toEqual([statement])
      })

      test.each(["", "null", "{}", '[{"critical":{}}]'])("is refused if it is %j", (stdout) => {
        expect(() => parseStatements(stdout)).toThrow(
          "VERIFICATION_FAILED: expected cosign's list of verified statements",
        )
      })
    })

    describe("a signed image", () => {
      test.each([
        { name: "by a signature for this repository", statements: [signature] },
        { name: "by a signature without a repository", statements: [{ digest, type }] },
        { name: "by a signature in the older format", statements: [{ digest, type: SIGNATURE_TYPES[1] ?? "" }] },
        {
          name: "by one of several statements",
          statements: [attestation, { ...signature, repository: "x" }, signature],
        },
      ])("is signed $name", ({ statements }) =>
        expect(judgeSignature(statements, { digest, repository })).toEqual({ signed: true }),
      )
    })

    describe("an unsigned image", () => {
      test.each([
        { name: "without statements", statements: [], reason: "only statements about nothing" },
        {
          name: "with only an attestation, although cosign verify exits with 0",
          statements: [attestation],
          reason: `no signature, only attestations (${PREDICATE_TYPES.vuln})`,
        },
        {
          name: "with another image's signature",
          statements: [{ ...signature, digest: digestOf("other") }],
          reason: `only statements about ${digestOf("other")}`,
        },
        {
          name: "with another repository's signature",
          statements: [{ ...signature, repository: "ghcr.io/evil/app" }],
          reason: "a signature for ghcr.io/evil/app",
        },
      ])("is refused $name", ({ statements, reason }) => {
        expect(judgeSignature(statements, { digest, repository })).toEqual({ signed: false, reason })
      })
    })

    test.each([
      { name: "a signature alone", statements: [signature], more: [] },
      {
        name: "attestations, each type once",
        statements: [signature, attestation, attestation],
        more: ["attestations by the same signer: vulnerability report"],
      },
      {
        name: "attestations in any order",
        statements: [attestation, signature, { ...attestation, type: PREDICATE_TYPES.cyclonedx }],
        more: ["attestations by the same signer: CycloneDX SBOM, vulnerability report"],
      },
    ])("renders the checks of $name", ({ statements, more }) => {
      expect(renderChecks(statements, { digest, signer: "the key k" })).toEqual([
        `signature of ${digest} by the key k`,
        ...more,
      ])
    })
  })
})
