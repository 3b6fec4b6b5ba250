import type { DigestRef } from "../oci/digest-ref.ts"
import { listReferrers } from "../oci/referrers.ts"
import { mayBeBundle } from "../oci/referrers-listing.ts"
import { type BundleFormat, type VerifyTarget, verifyArgs } from "./args.ts"
import { isSilence, NOTHING_FOUND, ONLY_OLDER_FORM, statementsUnreadable } from "./refusal.ts"
import type { Signer } from "./signing-key.ts"
import { type CosignOptions, cosignFor, runCosign, withMoment, withSigner } from "./tool.ts"
import { parseTrustedRoot } from "./trusted-root.ts"
import { isLegacySignature, parseStatements, type Statement } from "./verification.ts"

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
  return inForm(parseStatements(answer.stdout), options)
}

/** Where cosign finds no bundle it goes on to the older format: what it finds there is none. */
function inForm(statements: Statement[], { format }: VerifyOptions): Said {
  const older = format === "v3" && statements.length > 0 && statements.every(isLegacySignature)
  return older ? { statements: [], refusal: ONLY_OLDER_FORM } : { statements, refusal: "" }
}

/**
 * The same before something is written, where a "no" that is none would sign twice. cosign finds "no signatures" at a
 * registry that did not answer, too, because it looks for the older format then; so a "none" counts only if the registry
 * itself lists nothing. What it does list is read once more.
 */
export async function readPresent(ref: DigestRef, options: VerifyOptions & { moment: string }): Promise<Said> {
  const said = requireAnswer(ref, await readStatements(ref, options))
  if (options.format === "legacy" || !isNone(said) || !(await hasBundles(ref, options))) return said
  const again = await readStatements(ref, { ...options, moment: `${options.moment}, again` })
  if (isNone(again)) throw statementsUnreadable(ref, "bundles that are listed, and that could not be read")
  return requireAnswer(ref, again)
}

function isNone({ refusal }: Said): boolean {
  return refusal.includes(NOTHING_FOUND)
}

function requireAnswer(ref: DigestRef, said: Said): Said {
  if (isSilence(said.refusal)) throw statementsUnreadable(ref, said.refusal)
  return said
}

async function hasBundles(ref: DigestRef, options: VerifyOptions & { moment: string }): Promise<boolean> {
  const listing = await listReferrers(ref, options)
  if ("silence" in listing) throw statementsUnreadable(ref, listing.silence)
  return listing.referrers.some(mayBeBundle)
}

/** How the digest is asked for, and for which proofs. */
export async function verifyTarget(ref: DigestRef, options: VerifyOptions): Promise<VerifyTarget> {
  const { signer, access, format = "v3" } = options
  const root = signer.kind === "identity" ? await signer.services.trustedRoot?.contents() : undefined
  return { ref, plainHttp: access.plainHttp, format, ...(root !== undefined && { proofs: parseTrustedRoot(root) }) }
}
