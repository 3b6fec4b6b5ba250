import { generateKeyPairSync } from "node:crypto"
import type { File } from "@dagger.io/dagger"
import { expect, test } from "vitest"
import { keyFingerprint } from "../../lib/sign/public-key.ts"
import { renderSigner } from "../../lib/sign/signer-text.ts"
import type { Signer } from "../../lib/sign/signing-key.ts"

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
    text: "release@acme.example with issuer a name like ^https://id[.]acme[.]example$",
  },
]

test.each(signers)("a verification accepts $text", async ({ signer, text }) => {
  expect(await renderSigner(signer)).toBe(text)
})
