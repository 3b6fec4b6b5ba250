import type { Signer } from "./signing-key.ts"

/** Whom a verification accepts, in words. */
export function renderSigner(signer: Signer): string {
  switch (signer.kind) {
    case "publicKey":
      return "the public key"
    case "kms":
      return `the key ${signer.uri}`
    case "identity":
      return `${signer.identity}, as ${signer.issuer} knows it`
  }
}
