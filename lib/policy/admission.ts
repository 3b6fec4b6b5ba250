import { DIGEST, type DigestRef, splitDigestRef } from "../oci/reference.ts"
import { demandedProofs } from "../sign/args.ts"
import { isSilence, statementsUnreadable, verificationFailure } from "../sign/refusal.ts"
import { findSignature, type KeyOptions, signerOf } from "../sign/signature.ts"
import { type Identity, renderSigner, type Signer, type SigstoreServices } from "../sign/signer.ts"
import type { VerifyOptions } from "../sign/statements.ts"
import { type Proofs, parseTrustedRoot } from "../sign/trusted-root.ts"

/** Who a policy admits: exactly who a verification has accepted. */
type AdmittedSigner = AdmittedKey | AdmittedIdentity
type AdmittedKey = { kind: "key"; publicKey: string }
export type AdmittedIdentity = {
  kind: "identity"
  identity: AdmittedName
  issuer: AdmittedName
  /** What can prove when the certificate signed; a policy asks for no more than the verification did. */
  proofs: AdmittedProofs
  /** The trusted_root.json of a private Sigstore instance; without it, the public instance is meant. */
  trustedRoot?: string
}
export type AdmittedName = { kind: "exact" | "pattern"; value: string }
type AdmittedProofs = { log: boolean; timestamps: boolean; certificateLog: boolean }

/** What all the policies say: images of this repository run only if this signer signed them. */
export type Admission = {
  repository: string
  signer: AdmittedSigner
  /** Which forms of the signature the image has; not every engine reads each of them. */
  formats: { bundle: boolean; legacy: boolean }
}

/** The predicate type of a signature: an image that has attestations alone is not signed. */
export const SIGNATURE = "https://sigstore.dev/cosign/sign/v1"

/** The public instance, as the engines want it named; they take its keys from Sigstore's TUF repository. */
export const PUBLIC_FULCIO = "https://fulcio.sigstore.dev"
export const PUBLIC_REKOR = "https://rekor.sigstore.dev"

/** A certificate's names as Kyverno and policy-controller both spell them. */
export function identityFields({ identity, issuer }: { identity: AdmittedName; issuer: AdmittedName }): {
  [field: string]: string
} {
  return { ...field("subject", identity), ...field("issuer", issuer) }
}

function field(name: string, { kind, value }: AdmittedName): { [field: string]: string } {
  return { [kind === "exact" ? name : `${name}RegExp`]: value }
}

/** Docker Hub's images are written without host, or with another name of it; all others in one way. */
export function spellings(repository: string): string[] {
  const [, path] = repository.match(/^(?:docker\.io|index\.docker\.io)\/(.+)$/) ?? []
  if (!path) return [repository]
  const short = path.replace(/^library\//, "")
  const paths = [...new Set([path, short])]
  return [...paths.flatMap((path) => [`docker.io/${path}`, `index.docker.io/${path}`]), ...paths]
}

/** Every way to name an image of the repository, for engines that compare the text as it was written. */
export function imageGlobs(repository: string): string[] {
  return spellings(repository).flatMap((name) => [name, `${name}:*`, `${name}@*`])
}

/** The same as an anchored regular expression: a repository whose name merely begins alike is another one. */
export function imagePattern(repository: string): string {
  return `^${names(repository)}(:[^@/]+)?(@.+)?$`
}

/** Only with a digest, whether a tag stands before it or not. */
export function pinnedPattern(repository: string): string {
  return `^${names(repository)}(:[^@/]+)?@${DIGEST}$`
}

/** A name for the policy's own object: https://kubernetes.io/docs/concepts/overview/working-with-objects/names */
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

/** All that a policy has to know: who signed, in text, and in which forms. */
type VerifiedSigner = {
  repository: string
  signer:
    | { kind: "key"; publicKey: string }
    | { kind: "identity"; identity: Identity; issuer: Identity; proofs: Proofs; trustedRoot?: string }
  formats: { bundle: boolean; legacy: boolean }
}

/** Verifies the signature in each form, and refuses an image that has none: a policy for it would admit nothing. */
export async function verifySigner(ref: DigestRef, options: VerifyOptions): Promise<VerifiedSigner> {
  const [bundle, legacy] = await Promise.all([
    findSignature(ref, { ...options, format: "v3", moment: "verify" }),
    findSignature(ref, { ...options, format: "legacy", moment: "verify" }),
  ])
  // a form that could not be read is not one that the image lacks: the policy would ask for less
  for (const form of [bundle, legacy]) {
    if (!form.signed && isSilence(form.reason)) throw statementsUnreadable(ref, form.reason)
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

/** A cluster gets a KMS key's public half, not the right to ask the KMS. */
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

/** What the verification asked for, and whether timestamps can be asked for as well. */
export function policyProofs(services: SigstoreServices, trustedRoot?: string): Proofs {
  const has = trustedRoot === undefined ? undefined : parseTrustedRoot(trustedRoot)
  const demanded = demandedProofs(services, has)
  return { ...demanded, timestamps: demanded.timestamps || has?.timestamps === true }
}
