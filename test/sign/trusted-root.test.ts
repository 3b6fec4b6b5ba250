import { describe, expect, test } from "vitest"
import { parseRootKeys, parseTrustedRoot } from "../../lib/sign/trusted-root.ts"
import { LOGGED_TWICE, NOW, ROTATED, rootWith, STAMPED } from "../policy/admissions.ts"

describe("services of a trusted root", () => {
  const mediaType = "application/vnd.dev.sigstore.trustedroot+json;version=0.1"
  const one = [{}]
  const root = (parts: object) => JSON.stringify({ mediaType, certificateAuthorities: one, ...parts })

  test.each([
    {
      name: "with every service of the public one",
      parts: { tlogs: one, ctlogs: one, timestampAuthorities: one },
      proofs: { log: true, certificateLog: true, timestamps: true },
    },
    {
      name: "with a timestamp authority only",
      parts: { timestampAuthorities: one },
      proofs: { log: false, certificateLog: false, timestamps: true },
    },
    {
      name: "with a log only",
      parts: { tlogs: one, ctlogs: [] },
      proofs: { log: true, certificateLog: false, timestamps: false },
    },
  ])("reads the proofs of an instance $name", ({ parts, proofs }) => {
    expect(parseTrustedRoot(root(parts))).toEqual(proofs)
  })

  test.each([
    { name: "no log and no timestamp authority", text: root({ ctlogs: one }), says: "got neither. Add the one" },
    { name: "no authority", text: root({ certificateAuthorities: [], tlogs: one }), says: "certificateAuthorities" },
    {
      name: "a signing config",
      text: '{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json"}',
      says: "mediaType",
    },
    { name: "a certificate", text: "-----BEGIN CERTIFICATE-----", says: "OPTIONS_INVALID: expected a trusted root" },
  ])("refuses a trusted root with $name", ({ text, says }) => expect(() => parseTrustedRoot(text)).toThrow(says))
})

describe("keys of a trusted root", () => {
  test("reads chains and keys as PEM with lines of 64 characters", () => {
    const long = "x".repeat(100)
    const chain = { certificates: [{ rawBytes: Buffer.from(long).toString("base64") }] }
    const keys = parseRootKeys(rootWith({ certificateAuthorities: [{ certChain: chain }] }), NOW)
    const [begin, ...lines] = keys.certificateAuthorities[0]?.chain.trimEnd().split("\n") ?? []
    expect(begin).toBe("-----BEGIN CERTIFICATE-----")
    expect(lines.map(({ length }) => length)).toEqual([64, 64, 8, "-----END CERTIFICATE-----".length])
  })

  test("reads logs with their addresses", () => {
    const { logs, certificateLogs, outdated } = parseRootKeys(LOGGED_TWICE, NOW)
    expect(logs.map(({ url }) => url)).toEqual(["https://rekor.acme.example"])
    expect(certificateLogs.map(({ url }) => url)).toEqual(["https://ct.acme.example"])
    expect(outdated).toBe(false)
  })

  test("leaves out keys that are not valid now, and reports it", () => {
    const { certificateAuthorities, outdated } = parseRootKeys(ROTATED, NOW)
    expect(certificateAuthorities.map(({ commonName }) => commonName)).toEqual(["fulcio"])
    expect(outdated).toBe(true)
    expect(parseRootKeys(STAMPED, NOW).outdated).toBe(false)
  })

  const authority = (validFor: object) => [{ certChain: { certificates: [{ rawBytes: "AAAA" }] }, validFor }]
  test.each([
    { name: "no authority", text: rootWith({ certificateAuthorities: [] }), says: "valid now, got none" },
    {
      name: "an expired authority",
      text: rootWith({ certificateAuthorities: authority({ end: "2026-05-31T00:00:00Z" }) }),
      says: "got only authorities that are not valid now",
    },
    {
      name: "an authority with an unreadable date",
      text: rootWith({ certificateAuthorities: authority({ end: "some day" }) }),
      says: "got only authorities that are not valid now",
    },
    {
      name: "a certificate that is not base64",
      text: rootWith({ timestampAuthorities: [{ certChain: { certificates: [{ rawBytes: "-----" }] } }] }),
      says: "timestampAuthorities[0].certChain.certificates[0].rawBytes",
    },
    {
      name: "text that is not JSON",
      text: "-----BEGIN CERTIFICATE-----",
      says: "OPTIONS_INVALID: expected a trusted root",
    },
  ])("refuses a trusted root with $name", ({ text, says }) => expect(() => parseRootKeys(text, NOW)).toThrow(says))
})
