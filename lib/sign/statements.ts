import type { Container } from "@dagger.io/dagger"
import { deferRejection } from "../engine/concurrency.ts"
import { COSIGN, type ToolResult } from "../engine/tool.ts"
import { isAbsent } from "../oci/crane.ts"
import type { DigestRef } from "../oci/reference.ts"
import { type Listings, listReferrers, mayState, type Referrer, type ReferrersOptions } from "../oci/referrers.ts"
import { type BundleFormat, type VerifyTarget, verifyArgs, verifyAttestationArgs } from "./args.ts"
import {
  type CosignOptions,
  cosignFor,
  nodeFor,
  runCosign,
  runCosignBatch,
  signerSecrets,
  withMoment,
  withSigner,
} from "./cosign-run.ts"
import {
  isByAnother,
  isNoResponse,
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

/** `repository` is the one that was signed, if the image was copied since. */
export type VerifyOptions = CosignOptions & {
  signer: Signer
  craneImage?: string
  repository?: string
  format?: BundleFormat
  /** Results of a batch, for the first query of each. */
  ahead?: ResultsAhead
}

/** A signer's statements about a digest; `refusal` is cosign's error if there are none. */
export type SignatureStatements = { statements: Statement[]; refusal: string }

/** Reads this signer's statements about the digest, signatures and attestations; there may be none. */
export async function readStatements(
  ref: DigestRef,
  options: VerifyOptions & { moment: string },
): Promise<SignatureStatements> {
  const args = verifyArgs(options.signer, await verifyTarget(ref, options))
  const { exitCode, stdout, stderr } = await verifyWith(ref, args, options)
  if (exitCode !== 0) return { statements: [], refusal: stderr }
  return inFormat(parseStatements(stdout), options)
}

/** Runs cosign with what it needs to verify the signer, unless a batch has run the same call. */
async function verifyWith(
  ref: DigestRef,
  args: string[],
  { ahead, ...options }: VerifyOptions & { moment: string },
): Promise<ToolResult> {
  const known = await ahead?.(args)
  return known ?? (await runCosign(verifierFor(ref, options), args))
}

function verifierFor(ref: DigestRef, { moment, ...options }: VerifyOptions & { moment: string }): Container {
  return cosignFor(ref, options).with(withSigner(options.signer, options.cosignImage)).with(withMoment(moment))
}

/** The result of a call in a batch; undefined if the batch has none. */
type ResultsAhead = (args: string[]) => Promise<ToolResult | undefined>

type AheadOptions = VerifyOptions & { moment: string; type?: string }

/** Starts the queries for the statements about several digests, and for one type of attestation of the first, as one exec. */
export function startVerifying(refs: [DigestRef, ...DigestRef[]], options: AheadOptions): ResultsAhead | undefined {
  if (!options.runtime) return undefined
  const asked = deferRejection(verifyInOneExec(refs, options))
  return async (args) => (await asked).get(JSON.stringify(args))
}

async function verifyInOneExec(
  refs: [DigestRef, ...DigestRef[]],
  { type, ...options }: AheadOptions,
): Promise<Map<string, ToolResult | undefined>> {
  const { signer } = options
  const node = await nodeFor(options)
  if (!node) return new Map()
  const targets = await Promise.all(refs.map((ref) => verifyTarget(ref, options)))
  const typed = targets
    .slice(0, type ? 1 : 0)
    .map((target) => verifyAttestationArgs(signer, { ...target, type: type ?? "" }))
  const calls = [...targets.map((target) => verifyArgs(signer, target)), ...typed]
  const lanes = calls.map((args) => ({ calls: [{ args: [COSIGN, ...args] }] }))
  const batch = { cosign: verifierFor(refs[0], options), secrets: signerSecrets(signer), lanes }
  const results = await runCosignBatch(batch, { ...options, node })
  return new Map(calls.map((args, at) => [JSON.stringify(args), results?.[at]?.[0]]))
}

/**
 * The same for a verification. cosign reports "no signatures" also for a registry that does not respond. Then this function
 * lists the referrers itself, and runs cosign again if there are any, so that a failed query never refuses an image.
 */
export async function readVerdict(
  ref: DigestRef,
  options: VerifyOptions & { moment: string },
): Promise<SignatureStatements> {
  const found = await readStatements(ref, options)
  if (isNoResponse(found.refusal)) throw verdictUnknown(ref, found.refusal)
  if (options.format === "legacy" || !isNone(found)) return found
  const moment = `${options.moment}, again`
  if ((await requireListing(ref, { ...options, moment })).length === 0) return found
  const again = await readStatements(ref, { ...options, ahead: undefined, moment })
  if (isNoResponse(again.refusal)) throw verdictUnknown(ref, again.refusal)
  return again
}

/** The referrers of a digest, if all of them can be read; none for a digest that is not in the registry. */
export async function requireListing(ref: DigestRef, options: ReferrersOptions): Promise<Referrer[]> {
  const listing = await listReferrers(ref, options)
  if ("failure" in listing) {
    if (isAbsent({ stderr: listing.failure })) return []
    throw verdictUnknown(ref, listing.failure)
  }
  if (listing.referrers.some(({ type }) => type === undefined)) throw verdictUnknown(ref, UNREADABLE_LIST)
  return listing.referrers
}

/** Without a bundle, cosign falls back to the older format; its statements do not count as bundles. */
function inFormat(statements: Statement[], { format }: Pick<VerifyOptions, "format">): SignatureStatements {
  const older = format === "v3" && statements.length > 0 && statements.every(isLegacySignature)
  return older ? { statements: [], refusal: ONLY_OLDER_FORM } : { statements, refusal: "" }
}

/** `listed` is whether the digest has referrers of any signer; false for the older format. */
type PresentStatements = SignatureStatements & { listed: boolean }
type PresenceQuery = Omit<VerifyOptions, "signer"> & {
  signer: Promise<Signer>
  moment: string
  types: string[]
  release?: Listings
  outcome?: string
}

/**
 * The same before signing, where a wrong "no signatures" would sign twice. cosign reports that also for a registry that
 * does not respond, because it falls back to the older format. So this function lists the referrers first: without any of
 * these types there is nothing to verify, and with some a "no signatures" is checked again.
 */
export async function readPresent(ref: DigestRef, options: PresenceQuery): Promise<PresentStatements> {
  const referrers = options.format === "legacy" ? undefined : await listed(ref, options)
  const known = { listed: referrers !== undefined && referrers.length > 0 }
  if (referrers && !referrers.some(mayState(options.types))) return { statements: [], refusal: NOTHING_FOUND, ...known }
  const query = { ...options, signer: await options.signer }
  const found = requireResponse(ref, await readStatements(ref, query), options)
  if (options.format === "legacy" || !isNone(found)) return { ...found, ...known }
  const again = await readStatements(ref, { ...query, moment: `${options.moment}, again` })
  if (isNone(again)) throw statementsUnreadable(ref, UNREADABLE_LIST, options.outcome)
  return { ...requireResponse(ref, again, options), ...known }
}

function isNone({ refusal }: SignatureStatements): boolean {
  return refusal.includes(NOTHING_FOUND)
}

function requireResponse(
  ref: DigestRef,
  found: SignatureStatements,
  { outcome }: Pick<PresenceQuery, "outcome">,
): SignatureStatements {
  if (isNoResponse(found.refusal)) throw statementsUnreadable(ref, found.refusal, outcome)
  return found
}

/** The referrers; undefined if the registry refuses to list them, so that cosign's error is reported. */
async function listed(
  ref: DigestRef,
  { release, outcome, ...options }: ReferrersOptions & Pick<PresenceQuery, "release" | "outcome">,
): Promise<Referrer[] | undefined> {
  const listing = await (release?.get(ref) ?? listReferrers(ref, options))
  if ("referrers" in listing) return listing.referrers
  if (isNoResponse(listing.failure)) throw statementsUnreadable(ref, listing.failure, outcome)
  return undefined
}

/** The digest and the proofs that the verification requires. */
export async function verifyTarget(ref: DigestRef, options: VerifyOptions): Promise<VerifyTarget> {
  const { signer, access, format = "v3" } = options
  const root = signer.kind === "identity" ? await signer.services.trustedRoot?.contents() : undefined
  return { ref, plainHttp: access.plainHttp, format, ...(root !== undefined && { proofs: parseTrustedRoot(root) }) }
}

type AttestationQuery = VerifyOptions & { type: string; moment?: string }

/**
 * Reads this signer's attestations of one predicate type. It returns none only if the registry shows every referrer that it
 * lists, because cosign skips a bundle that it cannot fetch.
 */
export async function readAttestations(
  ref: DigestRef,
  { moment = "attested", ...options }: AttestationQuery,
): Promise<AttestedStatement[]> {
  const first = await verifyAttestations(ref, { ...options, moment })
  if (first.exitCode === 0) return parseAttestedStatements(first.stdout)
  if (!isUnattested(first.stderr)) throw verdictUnknown(ref, first.stderr)
  const again = `${moment}, again`
  const listed = await requireListing(ref, { ...options, moment: again })
  if (!listed.some(mayState([options.type]))) return []
  const second = await verifyAttestations(ref, { ...options, ahead: undefined, moment: again })
  if (second.exitCode === 0) return parseAttestedStatements(second.stdout)
  if (!isUnattested(second.stderr)) throw verdictUnknown(ref, second.stderr)
  if (/no matching attestations/.test(second.stderr) && !isByAnother(second.stderr))
    throw verdictUnknown(ref, UNREADABLE_LIST)
  return []
}

async function verifyAttestations(
  ref: DigestRef,
  { type, ...options }: AttestationQuery & { moment: string },
): Promise<ToolResult> {
  return await verifyWith(
    ref,
    verifyAttestationArgs(options.signer, { ...(await verifyTarget(ref, options)), type }),
    options,
  )
}
