import type { Identity } from "./identity.ts"
import { keyFingerprint } from "./public-key.ts"
import type { Signer } from "./signing-key.ts"

/** Whom a verification accepts, in words: a key by its fingerprint, so that two of them can be told apart. */
export async function renderSigner(signer: Signer): Promise<string> {
  switch (signer.kind) {
    case "publicKey":
      return `the public key ${keyFingerprint(await signer.publicKey.contents())}`
    case "kms":
      return `the key ${signer.uri}`
    case "identity":
      return `${renderIdentity(signer.identity)} with issuer ${renderIdentity(signer.issuer)}`
  }
}

function renderIdentity({ kind, value }: Identity): string {
  return kind === "exact" ? value : `a name like ${value}`
}
