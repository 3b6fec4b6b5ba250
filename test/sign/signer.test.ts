import { generateKeyPairSync } from "node:crypto"
import type { File } from "@dagger.io/dagger"
import { describe, expect, test } from "vitest"
import { keyFingerprint, parseIdentity, renderSigner, type Signer } from "../../lib/sign/signer.ts"

describe("identity", () => {
  const WORKFLOW = "https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main"
  const ISSUER = "https://token.actions.githubusercontent.com"

  describe("an identity", () => {
    test.each([
      { kind: "subject" as const, exact: WORKFLOW },
      { kind: "subject" as const, exact: "release@acme.example" },
      { kind: "issuer" as const, exact: ISSUER },
    ])("reads the exact name $exact", ({ kind, exact }) => {
      expect(parseIdentity(kind, { exact })).toEqual({ kind: "exact", value: exact })
    })

    test.each([
      String.raw`^https://github\.com/acme/app/\.github/workflows/release\.yml@refs/tags/v[0-9.]+$`,
      String.raw`^https://github\.com/acme/(?:app|api)/\.github/workflows/release\.yml@refs/heads/main$`,
      String.raw`^https://github\.com/acme/app/\.github/workflows/release\.yml@refs/heads/.+$`,
      "^release@acme[.]example$",
    ])("accepts the pattern %s, which matches no foreign name", (pattern) => {
      expect(parseIdentity("subject", { pattern })).toEqual({ kind: "pattern", value: pattern })
    })
  })

  describe("refusal of an identity", () => {
    test.each([
      { name: "every name", pattern: ".*", because: "without ^ and $" },
      {
        name: "every name, anchored",
        pattern: "^.*$",
        because: "it also matches other signers, such as https://github.com/stranger",
      },
      { name: "any workflow at GitHub", pattern: "^https://github.com/.*$", because: "it also matches other signers" },
      { name: "any project at GitLab", pattern: "^https://gitlab\\.com/.+$", because: "it also matches other signers" },
      {
        name: "any mailbox",
        pattern: "^[^/@]+@[^/]+$",
        because: "it also matches other signers, such as stranger-7f3a@",
      },
      { name: "an empty pattern", pattern: "", because: "an empty pattern matches every name" },
      { name: "a blank pattern", pattern: "  ", because: "an empty pattern matches every name" },
      { name: "no end", pattern: "^https://github\\.com/acme/app", because: "without ^ and $" },
      { name: "a pattern without ^", pattern: "acme/app$", because: "without ^ and $" },
      {
        name: "an alternative outside of parentheses",
        pattern: "^https://a\\.example|b$",
        because: "an alternative outside of parentheses",
      },
      {
        name: "a dot for any letter",
        pattern: "^https://github.com/acme/app$",
        because: "a dot matches any character",
      },
      { name: "an invalid regular expression", pattern: "^(acme$", because: "it is not a regular expression" },
    ])("refuses the pattern of $name: $because", ({ pattern, because }) => {
      expect(() => parseIdentity("subject", { pattern })).toThrow(
        "OPTIONS_INVALID: expected the exact identity of the signer",
      )
      expect(() => parseIdentity("subject", { pattern })).toThrow(because)
    })

    test.each([
      { name: "no name", text: {}, because: "every user of the service" },
      { name: "an empty name", text: { exact: "" }, because: "every user of the service" },
      {
        name: "a pattern given as exact",
        text: { exact: "https://github.com/acme/.*" },
        because: "it looks like a pattern",
      },
      { name: "an exact name and a pattern", text: { exact: WORKFLOW, pattern: "^a$" }, because: "both are set" },
    ])("refuses $name: $because", ({ text, because }) => {
      expect(() => parseIdentity("subject", text)).toThrow(because)
    })

    test("refuses an issuer pattern that matches every issuer", () => {
      expect(() => parseIdentity("issuer", { pattern: "^https://.+$" })).toThrow("such as https://issuer.stranger")
      expect(() => parseIdentity("issuer", {})).toThrow(`such as ${ISSUER}`)
    })
  })
})

describe("public key", () => {
  const PEM = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE11Et087HYdfNDwewv7BbphqejTIL
jvhRfYqb/smkWtPzwoTKPIoAw9pYDAviM2kZ1qijpoJpF7o0/S4/mA34KQ==
-----END PUBLIC KEY-----
`
  /** The output of `openssl pkey -pubin -outform DER | sha256sum`. */
  const FINGERPRINT = "sha256:23e910a9d9271ef287b8dafc63dd2f8531e31c2c150941809ddf8b3f624b504b"

  test.each([
    { name: "unchanged", pem: PEM },
    { name: "with a comment before it", pem: `release key of 2026\n${PEM}` },
    { name: "with Windows' line ends", pem: PEM.replaceAll("\n", "\r\n") },
  ])("gives a key the same fingerprint $name", ({ pem }) => expect(keyFingerprint(pem)).toBe(FINGERPRINT))

  test("gives another key another fingerprint", () => {
    const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
    expect(keyFingerprint(publicKey.export({ type: "spki", format: "pem" }).toString())).not.toBe(FINGERPRINT)
  })

  const { privateKey } = generateKeyPairSync("ed25519")
  const secret = privateKey.export({ type: "pkcs8", format: "pem" }).toString()
  test.each([
    { name: "a private key", pem: secret, got: "a private key" },
    {
      name: "cosign's encrypted one",
      pem: "-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\ne30=\n",
      got: "a private key",
    },
    { name: "an empty file", pem: "", got: "a value that is not a public key" },
    { name: "a truncated key", pem: PEM.slice(0, 80), got: "a value that is not a public key" },
  ])("refuses $name without showing it", ({ pem, got }) => {
    const message = refusalOf(pem)
    expect(message).toMatch(
      `KEY_INVALID: expected the signer's public key in PEM, beginning with -----BEGIN PUBLIC KEY-----`,
    )
    expect(message).toContain(`, got ${got}. Pass cosign.pub`)
    for (const line of pem.split("\n").filter((line) => line && !line.startsWith("-"))) {
      expect(message).not.toContain(line)
    }
  })

  function refusalOf(pem: string): string {
    try {
      return keyFingerprint(pem)
    } catch (error) {
      return (error as Error).message
    }
  }
})

describe("signer text", () => {
  const identity = { kind: "exact" as const, value: "release@acme.example" }
  const issuer = { kind: "pattern" as const, value: "^https://id[.]acme[.]example$" }
  const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
  const pem = publicKey.export({ type: "spki", format: "pem" }).toString()
  const file = { contents: async () => pem } as File

  const signers: { signer: Signer; text: string }[] = [
    { signer: { kind: "publicKey", publicKey: file }, text: `the public key ${keyFingerprint(pem)}` },
    { signer: { kind: "kms", uri: "awskms:///alias/r", credentials: [] }, text: "the key awskms:///alias/r" },
    {
      signer: { kind: "identity", identity, issuer, services: {} },
      text: "release@acme.example with issuer a name that matches ^https://id[.]acme[.]example$",
    },
  ]

  test.each(signers)("a verification accepts $text", async ({ signer, text }) => {
    expect(await renderSigner(signer)).toBe(text)
  })
})
