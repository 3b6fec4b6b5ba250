import { isAbsent } from "../oci/crane.ts"
import type { DigestRef } from "../oci/reference.ts"
import { type Listings, listReferrers, mayState, type Referrer, type ReferrersOptions } from "../oci/referrers.ts"
import { type BundleFormat, type VerifyTarget, verifyArgs } from "./args.ts"
import { isSilence, NOTHING_FOUND, nothingKnown, ONLY_OLDER_FORM, statementsUnreadable, UNREAD } from "./refusal.ts"
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

/**
 * The same for a verdict. cosign finds "no signatures" at a registry that did not answer, too, so then the registry itself
 * is asked, and where it lists something cosign once more: an image is refused for what is there, not for a failed question.
 */
export async function readVerdict(ref: DigestRef, options: VerifyOptions & { moment: string }): Promise<Said> {
  const said = await readStatements(ref, options)
  if (isSilence(said.refusal)) throw nothingKnown(ref, said.refusal)
  if (options.format === "legacy" || !isNone(said)) return said
  const moment = `${options.moment}, again`
  if ((await requireListing(ref, { ...options, moment })).length === 0) return said
  const again = await readStatements(ref, { ...options, moment })
  if (isSilence(again.refusal)) throw nothingKnown(ref, again.refusal)
  return again
}

/** What a registry lists of a digest, all of it readable; of one that is not there nothing is listed. */
export async function requireListing(ref: DigestRef, options: ReferrersOptions): Promise<Referrer[]> {
  const listing = await listReferrers(ref, options)
  if ("silence" in listing) {
    if (isAbsent({ stderr: listing.silence })) return []
    throw nothingKnown(ref, listing.silence)
  }
  if (listing.referrers.some(({ type }) => type === undefined)) throw nothingKnown(ref, UNREAD)
  return listing.referrers
}

/** Where cosign finds no bundle it goes on to the older format: what it finds there is none. */
function inForm(statements: Statement[], { format }: VerifyOptions): Said {
  const older = format === "v3" && statements.length > 0 && statements.every(isLegacySignature)
  return older ? { statements: [], refusal: ONLY_OLDER_FORM } : { statements, refusal: "" }
}

/** `listed` is whether anything refers to the digest, by whomever; of the older form nothing is known. */
export type Present = Said & { listed: boolean }
type Asked = Omit<VerifyOptions, "signer"> & {
  signer: Promise<Signer>
  moment: string
  types: string[]
  release?: Listings
  outcome?: string
}

/**
 * The same before something is written, where a "no" that is none would sign twice. cosign finds "no signatures" at a
 * registry that did not answer, too, because it looks for the older format then; so the registry itself is asked first,
 * and where it lists nothing of these types there is nothing to verify. A "none" of what it lists is asked for once more.
 */
export async function readPresent(ref: DigestRef, options: Asked): Promise<Present> {
  const referrers = options.format === "legacy" ? undefined : await listed(ref, options)
  const known = { listed: referrers !== undefined && referrers.length > 0 }
  if (referrers && !referrers.some(mayState(options.types))) return { statements: [], refusal: NOTHING_FOUND, ...known }
  const asked = { ...options, signer: await options.signer }
  const said = requireAnswer(ref, await readStatements(ref, asked), options)
  if (options.format === "legacy" || !isNone(said)) return { ...said, ...known }
  const again = await readStatements(ref, { ...asked, moment: `${options.moment}, again` })
  if (isNone(again)) throw statementsUnreadable(ref, UNREAD, options.outcome)
  return { ...requireAnswer(ref, again, options), ...known }
}

function isNone({ refusal }: Said): boolean {
  return refusal.includes(NOTHING_FOUND)
}

function requireAnswer(ref: DigestRef, said: Said, { outcome }: Pick<Asked, "outcome">): Said {
  if (isSilence(said.refusal)) throw statementsUnreadable(ref, said.refusal, outcome)
  return said
}

/** Of a registry that refuses its list nothing is known: undefined, and what it says of the image itself is told then. */
async function listed(
  ref: DigestRef,
  { release, outcome, ...options }: ReferrersOptions & Pick<Asked, "release" | "outcome">,
): Promise<Referrer[] | undefined> {
  const listing = await (release?.get(ref) ?? listReferrers(ref, options))
  if ("referrers" in listing) return listing.referrers
  if (isSilence(listing.silence)) throw statementsUnreadable(ref, listing.silence, outcome)
  return undefined
}

/** How the digest is asked for, and for which proofs. */
export async function verifyTarget(ref: DigestRef, options: VerifyOptions): Promise<VerifyTarget> {
  const { signer, access, format = "v3" } = options
  const root = signer.kind === "identity" ? await signer.services.trustedRoot?.contents() : undefined
  return { ref, plainHttp: access.plainHttp, format, ...(root !== undefined && { proofs: parseTrustedRoot(root) }) }
}
