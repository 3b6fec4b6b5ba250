import type { ToolResult } from "../engine/tool.ts"
import { isAbsent } from "../oci/crane.ts"
import type { DigestRef } from "../oci/reference.ts"
import { type Listings, listReferrers, mayState, type Referrer, type ReferrersOptions } from "../oci/referrers.ts"
import { type BundleFormat, type VerifyTarget, verifyArgs, verifyAttestationArgs } from "./args.ts"
import { type CosignOptions, cosignFor, runCosign, withMoment, withSigner } from "./cosign-run.ts"
import {
  isByAnother,
  isSilence,
  isUnattested,
  NOTHING_FOUND,
  ONLY_OLDER_FORM,
  statementsUnreadable,
  UNREADABLE_LIST,
  verdictUnknown,
} from "./refusal.ts"
import type { Signer } from "./signer.ts"
import { parseTrustedRoot } from "./trusted-root.ts"
import {
  type AttestedStatement,
  isLegacySignature,
  parseAttestedStatements,
  parseStatements,
  type Statement,
} from "./verification.ts"

/** `repository` is where the signature was made for, if the image has been copied since. */
export type VerifyOptions = CosignOptions & {
  signer: Signer
  craneImage?: string
  repository?: string
  format?: BundleFormat
}

/** What a signer said of a digest; `refusal` is why nothing of it counts. */
export type SignatureStatements = { statements: Statement[]; refusal: string }

/** What this signer said of the digest, signature or not; nothing at all is an answer too. */
export async function readStatements(
  ref: DigestRef,
  options: VerifyOptions & { moment: string },
): Promise<SignatureStatements> {
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
export async function readVerdict(
  ref: DigestRef,
  options: VerifyOptions & { moment: string },
): Promise<SignatureStatements> {
  const said = await readStatements(ref, options)
  if (isSilence(said.refusal)) throw verdictUnknown(ref, said.refusal)
  if (options.format === "legacy" || !isNone(said)) return said
  const moment = `${options.moment}, again`
  if ((await requireListing(ref, { ...options, moment })).length === 0) return said
  const again = await readStatements(ref, { ...options, moment })
  if (isSilence(again.refusal)) throw verdictUnknown(ref, again.refusal)
  return again
}

/** What a registry lists of a digest, all of it readable; of one that is not there nothing is listed. */
export async function requireListing(ref: DigestRef, options: ReferrersOptions): Promise<Referrer[]> {
  const listing = await listReferrers(ref, options)
  if ("silence" in listing) {
    if (isAbsent({ stderr: listing.silence })) return []
    throw verdictUnknown(ref, listing.silence)
  }
  if (listing.referrers.some(({ type }) => type === undefined)) throw verdictUnknown(ref, UNREADABLE_LIST)
  return listing.referrers
}

/** Where cosign finds no bundle it goes on to the older format: what it finds there is none. */
function inForm(statements: Statement[], { format }: VerifyOptions): SignatureStatements {
  const older = format === "v3" && statements.length > 0 && statements.every(isLegacySignature)
  return older ? { statements: [], refusal: ONLY_OLDER_FORM } : { statements, refusal: "" }
}

/** `listed` is whether anything refers to the digest, by whomever; of the older form nothing is known. */
type PresentStatements = SignatureStatements & { listed: boolean }
type PresenceQuery = Omit<VerifyOptions, "signer"> & {
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
export async function readPresent(ref: DigestRef, options: PresenceQuery): Promise<PresentStatements> {
  const referrers = options.format === "legacy" ? undefined : await listed(ref, options)
  const known = { listed: referrers !== undefined && referrers.length > 0 }
  if (referrers && !referrers.some(mayState(options.types))) return { statements: [], refusal: NOTHING_FOUND, ...known }
  const asked = { ...options, signer: await options.signer }
  const said = requireAnswer(ref, await readStatements(ref, asked), options)
  if (options.format === "legacy" || !isNone(said)) return { ...said, ...known }
  const again = await readStatements(ref, { ...asked, moment: `${options.moment}, again` })
  if (isNone(again)) throw statementsUnreadable(ref, UNREADABLE_LIST, options.outcome)
  return { ...requireAnswer(ref, again, options), ...known }
}

function isNone({ refusal }: SignatureStatements): boolean {
  return refusal.includes(NOTHING_FOUND)
}

function requireAnswer(
  ref: DigestRef,
  said: SignatureStatements,
  { outcome }: Pick<PresenceQuery, "outcome">,
): SignatureStatements {
  if (isSilence(said.refusal)) throw statementsUnreadable(ref, said.refusal, outcome)
  return said
}

/** Of a registry that refuses its list nothing is known: undefined, and what it says of the image itself is told then. */
async function listed(
  ref: DigestRef,
  { release, outcome, ...options }: ReferrersOptions & Pick<PresenceQuery, "release" | "outcome">,
): Promise<Referrer[] | undefined> {
  const listing = await (release?.get(ref) ?? listReferrers(ref, options))
  if ("referrers" in listing) return listing.referrers
  if (isSilence(listing.silence)) throw statementsUnreadable(ref, listing.silence, outcome)
  return undefined
}

/** How the digest is asked for, and for which proofs. */
async function verifyTarget(ref: DigestRef, options: VerifyOptions): Promise<VerifyTarget> {
  const { signer, access, format = "v3" } = options
  const root = signer.kind === "identity" ? await signer.services.trustedRoot?.contents() : undefined
  return { ref, plainHttp: access.plainHttp, format, ...(root !== undefined && { proofs: parseTrustedRoot(root) }) }
}

type AttestationQuery = VerifyOptions & { type: string; moment?: string }

/**
 * What this signer attested of a digest under one predicate type, word by word; nothing at all is an answer too, but only
 * of a registry that shows all that it lists: cosign passes over a bundle that it could not fetch.
 */
export async function readAttestations(
  ref: DigestRef,
  { moment = "attested", ...options }: AttestationQuery,
): Promise<AttestedStatement[]> {
  const answer = await ask(ref, { ...options, moment })
  if (answer.exitCode === 0) return parseAttestedStatements(answer.stdout)
  if (!isUnattested(answer.stderr)) throw verdictUnknown(ref, answer.stderr)
  const again = `${moment}, again`
  const listed = await requireListing(ref, { ...options, moment: again })
  if (!listed.some(mayState([options.type]))) return []
  const second = await ask(ref, { ...options, moment: again })
  if (second.exitCode === 0) return parseAttestedStatements(second.stdout)
  if (!isUnattested(second.stderr)) throw verdictUnknown(ref, second.stderr)
  if (/no matching attestations/.test(second.stderr) && !isByAnother(second.stderr))
    throw verdictUnknown(ref, UNREADABLE_LIST)
  return []
}

async function ask(
  ref: DigestRef,
  { type, moment, ...options }: AttestationQuery & { moment: string },
): Promise<ToolResult> {
  const { signer } = options
  const args = verifyAttestationArgs(signer, { ...(await verifyTarget(ref, options)), type })
  return await runCosign(cosignFor(ref, options).with(withSigner(signer)).with(withMoment(moment)), args)
}
