import { createPublicKey } from "node:crypto"
import type { File, Secret } from "@dagger.io/dagger"
import type { SecretSource } from "../engine/secret.ts"
import { quote, SlipwayError } from "../error.ts"
import { digestOf } from "../oci/reference.ts"

/** A name in a certificate. An exact one is compared as a whole; a pattern covers several branches or tags. */
export type Identity = { kind: "exact"; value: string } | { kind: "pattern"; value: string }

/** Foreign names of each kind in Sigstore: a pattern that matches one of them matches every name of that kind. */
const STRANGERS = {
  subject: [
    "https://github.com/stranger-7f3a/tool-7f3a/.github/workflows/release.yml@refs/heads/main",
    "https://gitlab.com/stranger-7f3a/tool-7f3a//.gitlab-ci.yml@refs/heads/main",
    "stranger-7f3a@stranger-7f3a.example",
    "https://accounts.stranger-7f3a.example/build",
  ],
  issuer: ["https://issuer.stranger-7f3a.example", "https://stranger-7f3a.example/token"],
}

/** Reads a certificate's subject or issuer. A pattern that matches foreign names is refused. */
export function parseIdentity(kind: "subject" | "issuer", text: { exact?: string; pattern?: string }): Identity {
  const { exact, pattern } = text
  if (exact !== undefined && pattern !== undefined) throw refused(kind, "both", "both are set; set one of them")
  if (pattern !== undefined) return { kind: "pattern", value: requirePattern(kind, pattern) }
  if (!exact?.trim())
    throw refused(kind, exact ?? "none", "without an exact name, every user of the service would match")
  if (/[*^$]|\.\+/.test(exact))
    throw refused(kind, exact, "it looks like a pattern, and an exact name is compared as a whole")
  return { kind: "exact", value: exact }
}

function requirePattern(kind: "subject" | "issuer", pattern: string): string {
  const reason = weakness(kind, pattern)
  if (reason) throw refused(kind, pattern, reason)
  return pattern
}

/** Why a pattern is too weak; undefined if it is strong enough. */
function weakness(kind: "subject" | "issuer", pattern: string): string | undefined {
  if (!pattern.trim()) return "an empty pattern matches every name"
  if (!pattern.startsWith("^") || !pattern.endsWith("$")) {
    return "without ^ and $ it also matches longer names that contain it"
  }
  if (hasBareAlternative(pattern))
    return "an alternative outside of parentheses is not bound by ^ or $; write ^(?:a|b)$"
  const matches = compile(pattern)
  if (!matches) return "it is not a regular expression"
  const stranger = STRANGERS[kind].find(matches)
  if (stranger) return `it also matches other signers, such as ${stranger}`
  if (/(?<!\\)\.(?![*+?{])/.test(pattern.replace(/\[[^\]]*\]/g, ""))) return "a dot matches any character; write \\."
  return undefined
}

function hasBareAlternative(pattern: string): boolean {
  let depth = 0
  for (const token of pattern.match(/\\.|\[(?:\\.|[^\]])*\]|[\s\S]/g) ?? []) {
    if (token === "(") depth++
    if (token === ")") depth--
    if (token === "|" && depth === 0) return true
  }
  return false
}

function compile(pattern: string): ((text: string) => boolean) | undefined {
  try {
    const shape = new RegExp(pattern)
    return (text) => shape.test(text)
  } catch {
    return undefined
  }
}

function refused(kind: "subject" | "issuer", got: string, because: string): SlipwayError {
  const example =
    kind === "subject"
      ? "https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main"
      : "https://token.actions.githubusercontent.com"
  return new SlipwayError("OPTIONS_INVALID", {
    expected: `the exact ${kind === "subject" ? "identity" : "issuer"} of the signer, such as ${example}`,
    got: quote(got),
    fix: `Correct it: ${because}.`,
  })
}

/** What signs. Secrets stay handles until cosign reads them. */
export type SigningKey = KeyPair | KmsKey | Keyless

/** A key of `cosign generate-key-pair`. Without a password, the key's password is empty. */
export type KeyPair = { kind: "keyPair"; key: Secret; password?: Secret }

/** A key that never leaves its KMS: awskms://, gcpkms://, azurekms://, hashivault://. */
export type KmsKey = { kind: "kms"; uri: string; credentials: Credential[] }

/** An environment variable of the KMS's client library, such as AWS_SESSION_TOKEN. */
export type Credential = { name: string; value: Secret }

/** A short-lived certificate for the identity token's subject: https://docs.sigstore.dev/cosign/signing/overview */
export type Keyless = {
  kind: "keyless"
  identityToken: SecretSource
  /** The name that the certificate must have. The token is not read: the certificate of Fulcio counts. */
  identity: Identity
  issuer: Identity
  services: SigstoreServices
}

/** A private Sigstore instance, by URLs or files; the public instance if empty. */
export type SigstoreServices = {
  fulcioUrl?: string
  rekorUrl?: string
  timestampUrl?: string
  signingConfig?: File
  trustedRoot?: File
}

/** The signer that a verification accepts: exactly one key, or one identity of one issuer. */
export type Signer =
  | { kind: "publicKey"; publicKey: File }
  | { kind: "kms"; uri: string; credentials: Credential[] }
  | { kind: "identity"; identity: Identity; issuer: Identity; services: SigstoreServices }

/**
 * The hash of a public key, independent of line ends and comments in its file. It equals
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
    throw notPublic("a value that is not a public key")
  }
}

/** `got` never shows the value, which may be a private key by mistake. */
function notPublic(got: string): SlipwayError {
  return new SlipwayError("KEY_INVALID", {
    expected: "the signer's public key in PEM, beginning with -----BEGIN PUBLIC KEY-----",
    got,
    fix: "Pass cosign.pub, which cosign generate-key-pair writes next to cosign.key.",
  })
}

/** The signer as text; a public key by its fingerprint. */
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
  return kind === "exact" ? value : `a name that matches ${value}`
}
