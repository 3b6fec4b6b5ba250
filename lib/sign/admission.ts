import { type DigestRef, splitDigestRef } from "../oci/reference.ts"
import { demandedProofs } from "./args.ts"
import { findSignature, type KeyOptions, signerOf } from "./cosign.ts"
import type { Identity } from "./identity.ts"
import { isSilence, statementsUnreadable, verificationFailed } from "./refusal.ts"
import { renderSigner } from "./signer-text.ts"
import type { Signer, SigstoreServices } from "./signing-key.ts"
import type { VerifyOptions } from "./statements.ts"
import { type Proofs, parseTrustedRoot } from "./trusted-root.ts"

/** All that a policy has to know: who signed, in text, and in which forms. */
export type VerifiedSigner = {
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
    throw verificationFailed({ ref, signer: await renderSigner(options.signer), reason: bundle.reason })
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
