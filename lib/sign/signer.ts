import { createPublicKey } from "node:crypto"
import type { File, Secret } from "@dagger.io/dagger"
import type { SecretSource } from "../engine/secret.ts"
import { quote, SlipwayError } from "../error.ts"
import { digestOf } from "../oci/reference.ts"

/** Whom a certificate must name. An exact one is compared letter by letter; a pattern is for many branches or tags. */
export type Identity = { kind: "exact"; value: string } | { kind: "pattern"; value: string }

/** Strangers of the kinds that Sigstore knows: a pattern that lets one of them in, lets in everybody of that kind. */
const STRANGERS = {
  subject: [
    "https://github.com/stranger-7f3a/tool-7f3a/.github/workflows/release.yml@refs/heads/main",
    "https://gitlab.com/stranger-7f3a/tool-7f3a//.gitlab-ci.yml@refs/heads/main",
    "stranger-7f3a@stranger-7f3a.example",
    "https://accounts.stranger-7f3a.example/build",
  ],
  issuer: ["https://issuer.stranger-7f3a.example", "https://stranger-7f3a.example/token"],
}

/** Reads an identity (a certificate's subject, or its issuer), and refuses a pattern that is none. */
export function parseIdentity(kind: "subject" | "issuer", text: { exact?: string; pattern?: string }): Identity {
  const { exact, pattern } = text
  if (exact !== undefined && pattern !== undefined) throw refused(kind, "both", "one would not count: give one of them")
  if (pattern !== undefined) return { kind: "pattern", value: requirePattern(kind, pattern) }
  if (!exact?.trim()) throw refused(kind, exact ?? "none", "without one, anybody whom the service knows would do")
  if (/[*^$]|\.\+/.test(exact))
    throw refused(kind, exact, "it reads like a pattern, and exact ones are compared letter by letter")
  return { kind: "exact", value: exact }
}

function requirePattern(kind: "subject" | "issuer", pattern: string): string {
  const reason = weakness(kind, pattern)
  if (reason) throw refused(kind, pattern, reason)
  return pattern
}

/** Why a pattern proves nothing; undefined if it does. */
function weakness(kind: "subject" | "issuer", pattern: string): string | undefined {
  if (!pattern.trim()) return "an empty pattern matches everybody"
  if (!pattern.startsWith("^") || !pattern.endsWith("$")) {
    return "without ^ and $ it also matches a longer name that merely contains it"
  }
  if (hasBareAlternative(pattern)) return "an alternative outside of parentheses escapes ^ or $: write ^(?:a|b)$"
  const matches = compile(pattern)
  if (!matches) return "it is no regular expression"
  const stranger = STRANGERS[kind].find(matches)
  if (stranger) return `it lets in strangers, such as ${stranger}`
  if (/(?<!\\)\.(?![*+?{])/.test(pattern.replace(/\[[^\]]*\]/g, ""))) return "a dot stands for any letter: write \\."
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
    fix: `It is refused because ${because}.`,
  })
}

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
