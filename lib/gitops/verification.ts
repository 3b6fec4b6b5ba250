import { SlipwayError } from "../error.ts"
import type { DigestRef } from "../oci/reference.ts"
import { verifyReleaseAt } from "../sign/release-verification.ts"
import { verifySigned } from "../sign/signature.ts"
import type { Signer } from "../sign/signer.ts"
import type { VerifyOptions } from "../sign/statements.ts"
import type { BumpKind } from "./commit-message.ts"

/** What an image must have before its digest is written: a whole release, or a signature alone. */
export type VerificationRequest = {
  signer: Signer
  content: { kind: "release"; platformTypes: string[] } | { kind: "signature" }
  /** Repository that the signature was made for, if the image has been copied since. */
  repository?: string
}

/** Without a signer there is nothing to verify by; with one, a caller can still decide against it. */
export type VerificationChoice =
  | ({ kind: "required" } & VerificationRequest)
  | { kind: "noSigner" }
  | { kind: "waived" }

/** The verification of a bump's image, for its output. */
export type ImageVerification = { status: "verified"; checks: string[] } | { status: "noSigner" | "waived" }

/** Verifies an image before its digest is written; throws if it must not be deployed. */
export type VerifyImage = (ref: DigestRef, kind: BumpKind) => Promise<ImageVerification>

type VerifierTools = Omit<VerifyOptions, "signer"> & { craneImage: string }

/** `toolsFor` gives access to the image's registry, which is only known once the image is. */
export function imageVerifier(
  choice: VerificationChoice,
  toolsFor: (ref: DigestRef) => Promise<VerifierTools>,
): VerifyImage {
  if (choice.kind !== "required") return async () => ({ status: choice.kind })
  return async (ref, kind) => {
    try {
      const options = { ...(await toolsFor(ref)), signer: choice.signer, repository: choice.repository }
      return { status: "verified", checks: await verify(ref, options, choice.content) }
    } catch (error) {
      throw withOutcome(error, kind)
    }
  }
}

async function verify(
  ref: DigestRef,
  options: VerifierTools & { signer: Signer },
  content: VerificationRequest["content"],
): Promise<string[]> {
  if (content.kind === "signature") return (await verifySigned(ref, options)).checks
  const { platformTypes } = content
  return (await verifyReleaseAt(ref, { ...options, platforms: [], platformTypes, provenance: true })).checks
}

/** Adds to a refusal that nothing changed, and how to go back to an image of a signer that has been replaced since. */
function withOutcome(error: unknown, kind: BumpKind): unknown {
  if (!(error instanceof SlipwayError)) return error
  const formerSigner = kind === "rollback" && error.code === "VERIFICATION_FAILED" ? ` ${FORMER_SIGNER}` : ""
  error.message = `${error.message} Nothing was written to the GitOps repository.${formerSigner}`
  return error
}

const FORMER_SIGNER =
  "If a former key or identity signed this earlier image, name it for this call: --public-key with the former public key, or the former --identity and --issuer."

/** Lines for people. An image that was not verified is never shown without saying so. */
export function renderImageVerification(verification: ImageVerification): string[] {
  switch (verification.status) {
    case "verified":
      return verification.checks.map((check) => `Verified: ${check}`)
    case "noSigner":
      return [
        "Not verified: no signer is named. Pass --public-key, or --identity with --issuer, to deploy only what that signer released.",
      ]
    case "waived":
      return ["Not verified: --unverified was passed."]
  }
}
