import type { File, Secret } from "@dagger.io/dagger"
import type { SecretSource } from "../engine/secret.ts"
import type { Identity } from "./identity.ts"

/** What signs. Every secret in here is a handle until cosign reads it. */
export type SigningKey = KeyPair | KmsKey | Keyless

/** A key that cosign made (`cosign generate-key-pair`). Without a password the key is taken to have an empty one. */
export type KeyPair = { kind: "keyPair"; key: Secret; password?: Secret }

/** A key that never leaves its service: awskms://, gcpkms://, azurekms://, hashivault://. */
export type KmsKey = { kind: "kms"; uri: string; credentials: Credential[] }

/** A variable as the KMS' own client library reads it, such as AWS_SESSION_TOKEN. */
export type Credential = { name: string; value: Secret }

/** A certificate for one moment, for whoever the identity token names: https://docs.sigstore.dev/cosign/signing/overview */
export type Keyless = {
  kind: "keyless"
  identityToken: SecretSource
  /** Who the certificate must name in the end. A token is not asked: what counts is what Fulcio wrote. */
  identity: Identity
  issuer: Identity
  services: SigstoreServices
}

/** The public good instance by default; a private one by URL, or as the files that describe it. */
export type SigstoreServices = {
  fulcioUrl?: string
  rekorUrl?: string
  timestampUrl?: string
  signingConfig?: File
  trustedRoot?: File
}

/** Whom a verification accepts: exactly one key, or one identity of one issuer. */
export type Signer =
  | { kind: "publicKey"; publicKey: File }
  | { kind: "kms"; uri: string; credentials: Credential[] }
  | { kind: "identity"; identity: Identity; issuer: Identity; services: SigstoreServices }
