import type { DigestRef } from "../oci/digest-ref.ts"
import { type BundleFormat, type VerifyTarget, verifyArgs } from "./args.ts"
import { keepsFallbackTag } from "./image.ts"
import { isSilence, NOTHING_FOUND, statementsUnreadable } from "./refusal.ts"
import type { Signer } from "./signing-key.ts"
import { type CosignOptions, cosignFor, runCosign, withMoment, withSigner } from "./tool.ts"
import { parseTrustedRoot } from "./trusted-root.ts"
import { parseStatements, type Statement } from "./verification.ts"

/** `repository` is where the signature was made for, if the image has been copied since. */
export type VerifyOptions = CosignOptions & {
  signer: Signer
  craneImage?: string
  repository?: string
  format?: BundleFormat
}

/** What a signer said of a digest; `refusal` is why nothing of it counts. */
export type Said = { statements: Statement[]; refusal: string }

/** What this signer said of the digest, signature or not; nothing at all is an answer too. */
export async function readStatements(ref: DigestRef, options: VerifyOptions & { moment: string }): Promise<Said> {
  const { signer, moment } = options
  const verify = cosignFor(ref, options).with(withSigner(signer)).with(withMoment(moment))
  const answer = await runCosign(verify, verifyArgs(signer, await verifyTarget(ref, options)))
  if (answer.exitCode !== 0) return { statements: [], refusal: answer.stderr }
  return { statements: parseStatements(answer.stdout), refusal: "" }
}

/**
 * The same before something is written, where a "no" that is none would sign twice. cosign finds "no signatures" at a
 * registry that did not answer, too, because it looks for the older format then; so a "none" is asked for once more, and
 * crane, which does say when there is no answer, asks beside it.
 */
export async function readPresent(
  ref: DigestRef,
  options: VerifyOptions & { craneImage: string; moment: string },
): Promise<Said> {
  const answers = options.format === "legacy" ? undefined : keepsFallbackTag(ref, options)
  const [first] = await Promise.all([readStatements(ref, options), answers])
  const none = options.format !== "legacy" && first.refusal.includes(NOTHING_FOUND)
  const said = none ? await readStatements(ref, { ...options, moment: `${options.moment}, again` }) : first
  if (isSilence(said.refusal)) throw statementsUnreadable(ref, said.refusal)
  return said
}

/** How the digest is asked for, and for which proofs. */
export async function verifyTarget(ref: DigestRef, options: VerifyOptions): Promise<VerifyTarget> {
  const { signer, access, format = "v3" } = options
  const root = signer.kind === "identity" ? await signer.services.trustedRoot?.contents() : undefined
  return { ref, plainHttp: access.plainHttp, format, ...(root !== undefined && { proofs: parseTrustedRoot(root) }) }
}
