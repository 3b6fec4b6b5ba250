import type { Identity } from "./identity.ts"
import type { Signer } from "./signing-key.ts"

/** Whom a verification accepts, in words. */
export function renderSigner(signer: Signer): string {
  switch (signer.kind) {
    case "publicKey":
      return "the public key"
    case "kms":
      return `the key ${signer.uri}`
    case "identity":
      return `${renderIdentity(signer.identity)} with issuer ${renderIdentity(signer.issuer)}`
  }
}

function renderIdentity({ kind, value }: Identity): string {
  return kind === "exact" ? value : `a name like ${value}`
}
