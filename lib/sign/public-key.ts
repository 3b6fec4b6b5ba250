import { createPublicKey } from "node:crypto"
import { SlipwayError } from "../error.ts"
import { digestOf } from "../oci/reference.ts"

/**
 * A public key's name, whatever line ends or comments its file has. Anybody can work it out again:
 * `openssl pkey -pubin -in cosign.pub -outform DER | sha256sum`
 */
export function keyFingerprint(pem: string): string {
  return digestOf(readKey(pem))
}

function readKey(pem: string): Buffer {
  if (/PRIVATE KEY/.test(pem)) throw notPublic("a private key")
  try {
    return createPublicKey(pem).export({ type: "spki", format: "der" })
  } catch {
    throw notPublic("something else")
  }
}

/** `got` never shows what was passed: by mistake, it may be the wrong half. */
function notPublic(got: string): SlipwayError {
  return new SlipwayError("KEY_INVALID", {
    expected: "the signer's public key, PEM, from -----BEGIN PUBLIC KEY----- on",
    got,
    fix: "Pass the file cosign.pub that cosign generate-key-pair wrote beside cosign.key.",
  })
}
