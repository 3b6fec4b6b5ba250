import { generateKeyPairSync } from "node:crypto"
import { expect, test } from "vitest"
import { keyFingerprint } from "../../lib/sign/public-key.ts"

const PEM = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE11Et087HYdfNDwewv7BbphqejTIL
jvhRfYqb/smkWtPzwoTKPIoAw9pYDAviM2kZ1qijpoJpF7o0/S4/mA34KQ==
-----END PUBLIC KEY-----
`
/** As `openssl pkey -pubin -outform DER | sha256sum` answers it. */
const FINGERPRINT = "sha256:23e910a9d9271ef287b8dafc63dd2f8531e31c2c150941809ddf8b3f624b504b"

test.each([
  { name: "as it is", pem: PEM },
  { name: "with a comment before it", pem: `release key of 2026\n${PEM}` },
  { name: "with Windows' line ends", pem: PEM.replaceAll("\n", "\r\n") },
])("a key has the same name $name", ({ pem }) => expect(keyFingerprint(pem)).toBe(FINGERPRINT))

test("another key has another name", () => {
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
  { name: "an empty file", pem: "", got: "something else" },
  { name: "a key cut off", pem: PEM.slice(0, 80), got: "something else" },
])("refuses $name, and shows nothing of it", ({ pem, got }) => {
  const message = refusalOf(pem)
  expect(message).toMatch(`KEY_INVALID: expected the signer's public key, PEM, from -----BEGIN PUBLIC KEY----- on`)
  expect(message).toContain(`, got ${got}. Pass the file cosign.pub`)
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
