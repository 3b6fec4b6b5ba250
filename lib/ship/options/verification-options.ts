import { Scanner } from "../../../src/enums.ts"
import type { ServiceSettings } from "../../config/services.ts"
import { SlipwayError } from "../../error.ts"
import type { VerificationChoice } from "../../gitops/verification.ts"
import { parseRepository } from "../../oci/reference.ts"
import { namesSigner, parseSigner, type SignerFlags, type SignerInput } from "../../sign/signer-input.ts"
import { imageTypes } from "../attestation.ts"
import { stepSigner } from "./delivery-options.ts"

/** The flags of one bump, promotion or rollback for its verification. */
export type VerificationFlags = SignerFlags & {
  signedRepository?: string
  signatureOnly: boolean
  unverified: boolean
}

/**
 * What a bump verifies before it writes. A signer in the constructor or in the settings makes verification the default, so
 * that only --unverified can leave it out.
 */
export function mergeVerification(
  given: SignerInput,
  { signedRepository, signatureOnly, unverified, ...flags }: VerificationFlags,
  settings: Pick<ServiceSettings, "sign" | "scan">,
): VerificationChoice {
  const own = givenNames({ ...flags, signedRepository, signatureOnly })
  if (unverified && own.length > 0) throw contradiction(own)
  if (unverified) return { kind: "waived" }
  const signer = stepSigner(given, flags, settings)
  if (!namesSigner(signer)) {
    if (own.length > 0) throw noSigner(own)
    return { kind: "noSigner" }
  }
  const platformTypes = imageTypes(settings.scan?.scanner === "GRYPE" ? Scanner.GRYPE : Scanner.TRIVY)
  return {
    kind: "required",
    signer: parseSigner(signer),
    content: signatureOnly ? { kind: "signature" } : { kind: "release", platformTypes },
    ...(signedRepository !== undefined && { repository: parseRepository(signedRepository).name }),
  }
}

function givenNames(flags: Omit<VerificationFlags, "unverified">): string[] {
  const names: Record<string, unknown> = {
    "--public-key": flags.publicKey,
    "--identity-pattern": flags.identityPattern,
    "--issuer-pattern": flags.issuerPattern,
    "--signed-repository": flags.signedRepository,
    "--signature-only": flags.signatureOnly || undefined,
  }
  return Object.keys(names).filter((name) => names[name] !== undefined)
}

function contradiction(given: string[]): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: "either --unverified or the options of a verification",
    got: `--unverified with ${given.join(" and ")}`,
    fix: "Omit --unverified to verify the image before its digest is written.",
  })
}

function noSigner(given: string[]): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: `a signer to verify by with ${given.join(" and ")}`,
    got: "none",
    fix: "Pass --public-key, or --identity with --issuer (or --kms-key) before the function's name.",
  })
}
