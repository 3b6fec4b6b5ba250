import { DIGEST, type DigestRef, splitDigestRef } from "../oci/reference.ts"
import { demandedProofs } from "../sign/args.ts"
import { isNoResponse, statementsUnreadable, verificationFailure } from "../sign/refusal.ts"
import { findSignature, type KeyOptions, signerOf } from "../sign/signature.ts"
import { type Identity, renderSigner, type Signer, type SigstoreServices } from "../sign/signer.ts"
import type { VerifyOptions } from "../sign/statements.ts"
import { type Proofs, parseTrustedRoot } from "../sign/trusted-root.ts"

/** The signer that a policy admits, which is the one that the verification accepted. */
type AdmittedSigner = AdmittedKey | AdmittedIdentity
type AdmittedKey = { kind: "key"; publicKey: string }
export type AdmittedIdentity = {
  kind: "identity"
  identity: AdmittedName
  issuer: AdmittedName
  /** The proofs of the signing time; a policy requires no more than the verification. */
  proofs: AdmittedProofs
  /** The trusted_root.json of a private Sigstore instance; undefined for the public instance. */
  trustedRoot?: string
}
export type AdmittedName = { kind: "exact" | "pattern"; value: string }
type AdmittedProofs = { log: boolean; timestamps: boolean; certificateLog: boolean }

/** The rule of all policies: images of this repository run only with a signature by this signer. */
export type Admission = {
  repository: string
  signer: AdmittedSigner
  /** The formats of the image's signature; not every engine reads both. */
  formats: { bundle: boolean; legacy: boolean }
}

/** The predicate type of a signature: an image with only attestations is not signed. */
export const SIGNATURE = "https://sigstore.dev/cosign/sign/v1"

/** The public instance's addresses; the engines read its keys from Sigstore's TUF repository. */
export const PUBLIC_FULCIO = "https://fulcio.sigstore.dev"
export const PUBLIC_REKOR = "https://rekor.sigstore.dev"

/** A certificate's names in the fields of Kyverno and policy-controller. */
export function identityFields({ identity, issuer }: { identity: AdmittedName; issuer: AdmittedName }): {
  [field: string]: string
} {
  return { ...field("subject", identity), ...field("issuer", issuer) }
}

function field(name: string, { kind, value }: AdmittedName): { [field: string]: string } {
  return { [kind === "exact" ? name : `${name}RegExp`]: value }
}

/** Docker Hub's images can be written without a host, or with another host name; all others in one way. */
export function spellings(repository: string): string[] {
  const [, path] = repository.match(/^(?:docker\.io|index\.docker\.io)\/(.+)$/) ?? []
  if (!path) return [repository]
  const short = path.replace(/^library\//, "")
  const paths = [...new Set([path, short])]
  return [...paths.flatMap((path) => [`docker.io/${path}`, `index.docker.io/${path}`]), ...paths]
}

/** Globs for every spelling of an image of the repository, for engines that compare text. */
export function imageGlobs(repository: string): string[] {
  return spellings(repository).flatMap((name) => [name, `${name}:*`, `${name}@*`])
}

/** The same as an anchored regular expression, which does not match a repository with the same prefix. */
export function imagePattern(repository: string): string {
  return `^${names(repository)}(:[^@/]+)?(@.+)?$`
}

/** The same for references with a digest, with or without a tag. */
export function pinnedPattern(repository: string): string {
  return `^${names(repository)}(:[^@/]+)?@${DIGEST}$`
}

/** The name of the policy's object: https://kubernetes.io/docs/concepts/overview/working-with-objects/names */
export function objectName(repository: string): string {
  const words = repository
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "")
  return `signed-${words.slice(-50).replace(/^-/, "")}`
}

function names(repository: string): string {
  const escaped = spellings(repository).map((name) => name.replace(/[.[\]]/g, "\\$&"))
  return escaped.length === 1 ? String(escaped[0]) : `(${escaped.join("|")})`
}

/** What a policy needs: the signer as text, and the formats of the signature. */
type VerifiedSigner = {
  repository: string
  signer:
    | { kind: "key"; publicKey: string }
    | { kind: "identity"; identity: Identity; issuer: Identity; proofs: Proofs; trustedRoot?: string }
  formats: { bundle: boolean; legacy: boolean }
}

/** Verifies the signature in each format. An image without one is refused: its policy would admit nothing. */
export async function verifySigner(ref: DigestRef, options: VerifyOptions): Promise<VerifiedSigner> {
  const [bundle, legacy] = await Promise.all([
    findSignature(ref, { ...options, format: "v3", moment: "verify" }),
    findSignature(ref, { ...options, format: "legacy", moment: "verify" }),
  ])
  // a failed query must not count as a missing format: the policy would require less
  for (const form of [bundle, legacy]) {
    if (!form.signed && isNoResponse(form.reason)) throw statementsUnreadable(ref, form.reason)
  }
  if (!bundle.signed && !legacy.signed) {
    throw verificationFailure({ ref, signer: await renderSigner(options.signer), reason: bundle.reason })
  }
  return {
    repository: splitDigestRef(ref).repository.name,
    signer: await readSigner(options.signer, { ...options, ref }),
    formats: { bundle: bundle.signed, legacy: legacy.signed },
  }
}

/** A cluster gets a KMS key's public half, not access to the KMS. */
async function readSigner(signer: Signer, options: KeyOptions): Promise<VerifiedSigner["signer"]> {
  switch (signer.kind) {
    case "publicKey":
      return { kind: "key", publicKey: await signer.publicKey.contents() }
    case "kms":
      return readSigner(await signerOf(signer, options), options)
    case "identity": {
      const { identity, issuer, services } = signer
      const trustedRoot = await services.trustedRoot?.contents()
      const proofs = policyProofs(services, trustedRoot)
      return { kind: "identity", identity, issuer, proofs, ...(trustedRoot !== undefined && { trustedRoot }) }
    }
  }
}

/** The proofs that the verification required, and timestamps if the instance has them. */
export function policyProofs(services: SigstoreServices, trustedRoot?: string): Proofs {
  const has = trustedRoot === undefined ? undefined : parseTrustedRoot(trustedRoot)
  const demanded = demandedProofs(services, has)
  return { ...demanded, timestamps: demanded.timestamps || has?.timestamps === true }
}
