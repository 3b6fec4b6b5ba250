/** Whom a policy admits: exactly whom a verification has accepted. */
export type Admitted =
  | { kind: "key"; publicKey: string }
  | { kind: "identity"; identity: AdmittedName; issuer: AdmittedName; trustedRoot?: string }
export type AdmittedName = { kind: "exact" | "pattern"; value: string }

/** What all the policies say: images of this repository run only if this signer signed them. */
export type Admission = {
  repository: string
  signer: Admitted
  /** Which forms of the signature the image has; not every engine reads each of them. */
  formats: { bundle: boolean; legacy: boolean }
}

/** The predicate type of a signature: an image that has attestations alone is not signed. */
export const SIGNATURE = "https://sigstore.dev/cosign/sign/v1"

/** A certificate's names as Kyverno and policy-controller both spell them. */
export function identityFields({ identity, issuer }: { identity: AdmittedName; issuer: AdmittedName }): {
  [field: string]: string
} {
  return { ...field("subject", identity), ...field("issuer", issuer) }
}

function field(name: string, { kind, value }: AdmittedName): { [field: string]: string } {
  return { [kind === "exact" ? name : `${name}RegExp`]: value }
}
