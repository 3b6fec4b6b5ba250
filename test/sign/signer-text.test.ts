import type { File } from "@dagger.io/dagger"
import { expect, test } from "vitest"
import { renderSigner } from "../../src/sign/signer-text.ts"
import type { Signer } from "../../src/sign/signing-key.ts"

const identity = { kind: "exact" as const, value: "release@acme.example" }
const issuer = { kind: "pattern" as const, value: "^https://id[.]acme[.]example$" }
const signers: { signer: Signer; text: string }[] = [
  { signer: { kind: "publicKey", publicKey: {} as File }, text: "the public key" },
  { signer: { kind: "kms", uri: "awskms:///alias/r", credentials: [] }, text: "the key awskms:///alias/r" },
  {
    signer: { kind: "identity", identity, issuer, services: {} },
    text: "release@acme.example with issuer a name like ^https://id[.]acme[.]example$",
  },
]

test.each(signers)("a verification accepts $text", ({ signer, text }) => expect(renderSigner(signer)).toBe(text))
