import { SignatureFormat } from "../../src/enums.ts"
import type { DigestRef } from "../oci/reference.ts"
import type { Identity, Signer, SigningKey, SigstoreServices } from "./signer.ts"
import type { Proofs } from "./trusted-root.ts"

/** Paths of files and secrets in cosign's container. */
export const COSIGN_PATHS = {
  work: "/slipway/sign",
  publicKey: "/slipway/cosign.pub",
  identityToken: "/slipway/identity-token",
  signingConfig: "/slipway/signing-config.json",
  trustedRoot: "/slipway/trusted-root.json",
  predicate: "/slipway/predicate.json",
  predicates: "/slipway/predicates",
  blob: "/slipway/blob",
  blobSignature: "/slipway/blob.sigstore.json",
}
export const KEY_VARIABLE = "SLIPWAY_SIGNING_KEY"

/** v3 is a Sigstore bundle as a referrer; legacy is a tag next to the image, for clusters that cannot read bundles. */
export type BundleFormat = "v3" | "legacy"

/** The formats in which an image is signed, or in which its signatures are verified. */
export function bundleFormats(format: SignatureFormat): BundleFormat[] {
  switch (format) {
    case SignatureFormat.BUNDLE:
      return ["v3"]
    case SignatureFormat.LEGACY:
      return ["legacy"]
    case SignatureFormat.BOTH:
      return ["v3", "legacy"]
  }
}

export type Target = { ref: DigestRef; plainHttp: boolean; format: BundleFormat }
/** `proofs` is what a private instance can prove; without it, the signature needs every proof of the public instance. */
export type VerifyTarget = Target & { proofs?: Proofs }

/** The repository of a signature: a bundle contains a digest only, and would be valid for any copy of the image. */
export const REPOSITORY_ANNOTATION = "dev.slipway.repository"

/** All flags of cosign 3.1 are in this file, because the offline ones will be renamed (sigstore/cosign#5059). */
export function signArgs(key: SigningKey, { repository, ...target }: Target & { repository: string }): string[] {
  return [
    "sign",
    ...keyArgs(key, target),
    "-a",
    `${REPOSITORY_ANNOTATION}=${repository}`,
    ...writeArgs(target),
    target.ref,
  ]
}

export function attestArgs(
  key: SigningKey,
  { type, predicate = COSIGN_PATHS.predicate, ...target }: Target & { type: string; predicate?: string },
): string[] {
  const statement = ["--type", type, "--predicate", predicate]
  return ["attest", ...keyArgs(key, target), ...statement, ...writeArgs(target), target.ref]
}

export function verifyArgs(signer: Signer, target: VerifyTarget): string[] {
  return ["verify", ...signerArgs(signer, target), ...readArgs(target), target.ref]
}

export function verifyAttestationArgs(signer: Signer, { type, ...target }: VerifyTarget & { type: string }): string[] {
  return ["verify-attestation", "--type", type, ...signerArgs(signer, target), ...readArgs(target), target.ref]
}

/** The signature of a file that is no image is a Sigstore bundle in a file. */
export function signBlobArgs(key: SigningKey, signature: string): string[] {
  return ["sign-blob", ...keyArgs(key, { format: "v3" }), "--bundle", signature, "--yes", COSIGN_PATHS.blob]
}

export function verifyBlobArgs(signer: Signer, proofs?: Proofs): string[] {
  const trust = signerArgs(signer, proofs && { proofs })
  return ["verify-blob", ...trust, "--bundle", COSIGN_PATHS.blobSignature, COSIGN_PATHS.blob]
}

export function publicKeyArgs(key: { kind: "keyPair" } | { kind: "kms"; uri: string }): string[] {
  return ["public-key", "--key", keyAddress(key)]
}

export function generateKeyPairArgs(prefix: string): string[] {
  return ["generate-key-pair", "--output-key-prefix", prefix]
}

function keyAddress(key: { kind: "keyPair" } | { kind: "kms"; uri: string }): string {
  return key.kind === "kms" ? key.uri : `env://${KEY_VARIABLE}`
}

/** A key signs offline: without a signing config, cosign calls no Sigstore service and writes no log entry. */
function keyArgs(key: SigningKey, { format }: Pick<Target, "format">): string[] {
  if (key.kind !== "keyless") return ["--key", keyAddress(key), "--use-signing-config=false", "--tlog-upload=false"]
  const token = ["--identity-token", COSIGN_PATHS.identityToken, "--oidc-disable-ambient-providers"]
  return [...token, ...serviceArgs(key.services, format)]
}

/** A signing config applies to bundles only; for the older format, cosign's defaults are the public addresses. */
function serviceArgs(services: SigstoreServices, format: BundleFormat): string[] {
  const { fulcioUrl, rekorUrl, timestampUrl, signingConfig, trustedRoot } = services
  const root = trustedRoot ? ["--trusted-root", COSIGN_PATHS.trustedRoot] : []
  if (signingConfig) return ["--signing-config", COSIGN_PATHS.signingConfig, ...root]
  if (!fulcioUrl && !rekorUrl && !timestampUrl) {
    return [...(format === "legacy" ? ["--use-signing-config=false"] : []), ...root]
  }
  return [
    "--use-signing-config=false",
    ...(fulcioUrl ? ["--fulcio-url", fulcioUrl] : []),
    ...(rekorUrl ? ["--rekor-url", rekorUrl] : ["--tlog-upload=false"]),
    ...(timestampUrl ? ["--timestamp-server-url", timestampUrl] : []),
    ...root,
  ]
}

function signerArgs(signer: Signer, { proofs }: Pick<VerifyTarget, "proofs"> = {}): string[] {
  switch (signer.kind) {
    case "publicKey":
      return ["--key", COSIGN_PATHS.publicKey, "--insecure-ignore-tlog"]
    case "kms":
      return ["--key", signer.uri, "--insecure-ignore-tlog"]
    case "identity":
      return [
        ...identityArgs("--certificate-identity", signer.identity),
        ...identityArgs("--certificate-oidc-issuer", signer.issuer),
        ...proofArgs(signer.services, proofs),
      ]
  }
}

function identityArgs(flag: string, { kind, value }: Identity): string[] {
  return kind === "exact" ? [flag, value] : [`${flag}-regexp`, value]
}

function proofArgs(services: SigstoreServices, has?: Proofs): string[] {
  const { log, timestamps, certificateLog } = demandedProofs(services, has)
  return [
    ...(timestamps ? ["--use-signed-timestamps"] : []),
    ...(log ? [] : ["--insecure-ignore-tlog"]),
    ...(certificateLog ? [] : ["--insecure-ignore-sct"]),
    ...(services.trustedRoot ? ["--trusted-root", COSIGN_PATHS.trustedRoot] : []),
  ]
}

/**
 * The proofs that a certificate's signature needs: a log or a timestamp authority must prove when it signed. A proof that
 * the instance does not have is left out; the caller's trusted root decides that, never the image.
 */
export function demandedProofs({ timestampUrl, rekorUrl }: SigstoreServices, has?: Proofs): Proofs {
  return {
    log: !(timestampUrl && !rekorUrl) && has?.log !== false,
    timestamps: timestampUrl !== undefined || (has?.timestamps === true && !has.log),
    certificateLog: has?.certificateLog !== false,
  }
}

function writeArgs(target: Target): string[] {
  return [...readArgs(target), "--yes"]
}

function readArgs({ plainHttp, format }: Target): string[] {
  const legacy = format === "legacy" ? ["--new-bundle-format=false"] : []
  return [...legacy, ...(plainHttp ? ["--allow-http-registry"] : [])]
}
