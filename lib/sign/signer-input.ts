import type { File, Secret } from "@dagger.io/dagger"
import type { SecretSource } from "../engine/secret.ts"
import { quote, SlipwayError } from "../error.ts"
import {
  type Credential,
  type KmsKey,
  parseIdentity,
  type Signer,
  type SigningKey,
  type SigstoreServices,
} from "./signer.ts"

/** Pairs names and values, which the command line passes as two lists. */
export function pairCredentials(names: string[], values: Secret[]): Credential[] {
  const pairs = names.flatMap((name, n) => {
    const value = values[n]
    return value ? [{ name, value }] : []
  })
  const odd = names.find((name) => !/^[A-Z][A-Z0-9_]*$/.test(name))
  if (pairs.length === names.length && pairs.length === values.length && !odd) return pairs
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "the name of a variable, such as AWS_ACCESS_KEY_ID, for each KMS credential in the same order",
    got: odd ?? `${names.length} names for ${values.length} credentials`,
    fix: "Pass as many --kms-credential-names as --kms-credentials.",
  })
}

/**
 * The path of a credential that its client library reads from a file; the variable then holds the path. Google's library
 * accepts only a file (https://docs.cloud.google.com/docs/authentication/application-default-credentials), for the others, the variable's
 * name shows it.
 */
export function credentialPath(name: string): string | undefined {
  return /(?:_FILE|_PATH|^GOOGLE_APPLICATION_CREDENTIALS)$/.test(name) ? `/slipway/kms/${name}` : undefined
}

/** The caller's flags for signing. Exactly one of key, KMS key and identity token is set. */
export type SigningKeyInput = {
  key?: Secret
  password?: Secret
  kmsKey?: string
  kmsCredentials?: Credential[]
  identityToken?: SecretSource
} & SignerNames &
  SigstoreServices

/** The caller's flags for the signer that a verification accepts. */
export type SignerInput = {
  publicKey?: File
  kmsKey?: string
  kmsCredentials?: Credential[]
} & SignerNames &
  SigstoreServices

/** The flags of one verification that override the signer. */
export type SignerFlags = Pick<SignerInput, "publicKey" | "identityPattern" | "issuerPattern">

type SignerNames = { identity?: string; identityPattern?: string; issuer?: string; issuerPattern?: string }

export function parseSigningKey(input: SigningKeyInput): SigningKey {
  const { key, password, kmsKey, kmsCredentials, identityToken } = input
  requireOne({ "--cosign-key": key, "--kms-key": kmsKey, "--identity-token": identityToken })
  if (key) return { kind: "keyPair", key, ...(password && { password }) }
  if (kmsKey) return parseKmsKey(kmsKey, kmsCredentials)
  if (identityToken) return { kind: "keyless", identityToken, ...parseSignerNames(input), services: trusted(input) }
  throw new Error("requireOne accepts exactly one")
}

/** A call's flags win over the constructor's: a public key replaces its signer, a pattern its exact name. */
export function chooseSigner(access: SignerInput, flags: SignerFlags): SignerInput {
  const { publicKey, identityPattern, issuerPattern } = flags
  if (publicKey) return { ...flags, ...services(access) }
  if (!identityPattern && !issuerPattern) return access
  const identity = identityPattern ? { identityPattern } : { identity: access.identity }
  const issuer = issuerPattern ? { issuerPattern } : { issuer: access.issuer }
  return { ...identity, ...issuer, ...services(access) }
}

/** Whether the input names a signer at all; the addresses of a Sigstore instance name none. */
export function namesSigner({ publicKey, kmsKey, ...names }: SignerInput): boolean {
  const { identity, identityPattern, issuer, issuerPattern } = names
  return [publicKey, kmsKey, identity, identityPattern, issuer, issuerPattern].some((name) => name !== undefined)
}

export function parseSigner(input: SignerInput): Signer {
  const { publicKey, kmsKey, kmsCredentials } = input
  const named = input.identity ?? input.identityPattern ?? input.issuer ?? input.issuerPattern
  requireOne({ "--public-key": publicKey, "--kms-key": kmsKey, "--identity with --issuer": named })
  if (publicKey) return { kind: "publicKey", publicKey }
  if (kmsKey) return parseKmsKey(kmsKey, kmsCredentials)
  return { kind: "identity", ...parseSignerNames(input), services: services(input) }
}

/** https://docs.sigstore.dev/cosign/key_management/overview: cosign treats any other value as a file name. */
function parseKmsKey(uri: string, credentials: Credential[] = []): KmsKey {
  if (/^(?:awskms|gcpkms|azurekms|hashivault):\/\/\S+$/.test(uri)) return { kind: "kms", uri, credentials }
  throw new SlipwayError("KEY_INVALID", {
    expected: "a KMS key's address: awskms://, gcpkms://, azurekms:// or hashivault://",
    got: quote(uri),
    fix: "Pass a private key as the secret --cosign-key instead.",
  })
}

function parseSignerNames({ identity, identityPattern, issuer, issuerPattern }: SignerNames) {
  return {
    identity: parseIdentity("subject", { exact: identity, pattern: identityPattern }),
    issuer: parseIdentity("issuer", { exact: issuer, pattern: issuerPattern }),
  }
}

function services({
  fulcioUrl,
  rekorUrl,
  timestampUrl,
  signingConfig,
  trustedRoot,
}: SigstoreServices): SigstoreServices {
  return { fulcioUrl, rekorUrl, timestampUrl, signingConfig, trustedRoot }
}

/** A signature is verified at once, and only the private instance's root can verify its signatures. */
function trusted(input: SigstoreServices): SigstoreServices {
  if ((input.fulcioUrl ?? input.signingConfig) === undefined || input.trustedRoot) return services(input)
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "--trusted-root with --fulcio-url or --signing-config",
    got: "none",
    fix: "Pass the private instance's trusted_root.json, which cosign trusted-root create writes.",
  })
}

function requireOne(ways: Record<string, unknown>): void {
  const given = Object.keys(ways).filter((way) => ways[way] !== undefined)
  if (given.length === 1) return
  throw new SlipwayError("KEY_INVALID", {
    expected: `one of ${Object.keys(ways).join(", ")}`,
    got: given.join(" and ") || "none",
    fix: "Pass exactly one of them.",
  })
}
