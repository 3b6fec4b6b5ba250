/** Who a policy admits: exactly who a verification has accepted. */
export type Admitted = AdmittedKey | AdmittedIdentity
export type AdmittedKey = { kind: "key"; publicKey: string }
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
export type AdmittedProofs = { log: boolean; timestamps: boolean; certificateLog: boolean }

/** What all the policies say: images of this repository run only if this signer signed them. */
export type Admission = {
  repository: string
  signer: Admitted
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
