import { allInOrder, deferRejection } from "../engine/concurrency.ts"
import type { ToolResult } from "../engine/tool.ts"
import type { CraneOptions } from "../oci/crane.ts"
import type { DigestRef } from "../oci/reference.ts"
import { attestArgs, COSIGN_PATHS } from "./args.ts"
import { type Attestation, type AttestationSubject, attestInOneExec, type LaneOutcome } from "./attestation-lanes.ts"
import { cosignFor, openKey, signWithCosign, withFile, withKey } from "./cosign-run.ts"
import { keepsFallbackTag } from "./image.ts"
import { releaseRefusal, signingFailure } from "./refusal.ts"
import { knownSigner, type SignOptions } from "./signature.ts"
import type { Signer } from "./signer.ts"
import { readPresent, readVerdict, type SignatureStatements, type VerifyOptions } from "./statements.ts"
import { predicateLabel } from "./verification.ts"

export type AttestationOutcome = { ref: DigestRef; type: string; status: "attested" | "alreadyAttested" }
export type AttestOptions = SignOptions

/**
 * Attests several digests, in one exec if there is Node for it. What that exec left out or could not do goes the way of single
 * calls, which looks again first.
 */
export async function attestDigests(
  subjects: AttestationSubject[],
  options: AttestOptions,
): Promise<AttestationOutcome[]> {
  const first = subjects[0]?.ref
  if (!first || !options.runtime) return await attestInTurns(subjects, options)
  const known = { ...options, signer: await knownSigner(first, options), signed: first }
  const outcomes = await attestInOneExec(subjects, known)
  const settled = await allInOrder(outcomes.map((outcome) => settleLane(outcome, known)))
  const left = settled.flatMap(({ subject, made }) => {
    const attestations = subject.attestations.filter(({ type }) => !made.has(type))
    return attestations.length > 0 ? [{ ref: subject.ref, attestations }] : []
  })
  const later = await attestInTurns(left, known)
  return settled.flatMap(({ subject: { ref, attestations }, made }) =>
    attestations.flatMap(({ type }) => {
      const status = made.get(type)
      return status ? [{ ref, type, status }] : later.filter((one) => one.ref === ref && one.type === type)
    }),
  )
}

/** What one lane has done. A failure is judged like that of a single call. */
async function settleLane({ subject, results, after }: LaneOutcome, known: LaneContext) {
  const { ref, attestations } = subject
  const made: AttestStatuses = new Map()
  for (const [at, attestation] of attestations.entries()) {
    const result = results[at]
    if (result) made.set(attestation.type, await attest(ref, attestation, known, result))
  }
  const attested = attestations.filter(({ type }) => made.has(type))
  if (attested.length > 0 && !known.release) {
    await requireTypes(ref, attested, { ...known, ...(after && { ahead: async () => after }) })
  }
  return { subject, made }
}

/**
 * Attests several digests concurrently. Attestations of one digest are concurrent only if the registry has the referrers
 * API: the fallback tag is read, changed and written, so that of two concurrent writers one would be lost. `signed` is a
 * digest with a signature, which shows whether the registry has the API.
 */
async function attestInTurns(
  subjects: AttestationSubject[],
  { signed = subjects[0]?.ref, ...options }: AttestOptions & { signed?: DigestRef },
): Promise<AttestationOutcome[]> {
  const signer = deferRejection(knownSigner(subjects[0]?.ref, options))
  const query = { ...options, signer, format: "v3" as const, moment: "before attesting" }
  const tagged = deferRejection(keepsTag(subjects, { ...query, signed }))
  const found = await Promise.all(
    subjects.map(async (subject) => {
      const types = subject.attestations.map(({ type }) => type)
      return { subject, present: await readPresent(subject.ref, { ...query, types }) }
    }),
  )
  const { release, formats = ["v3"] } = options
  // an image that is signed in the older format only has no list of referrers yet
  const witness = (release !== undefined && formats.includes("v3")) || found[0]?.present.listed === true
  const sideBySide = async () => witness && !(await tagged)
  const known = { ...options, signer: await signer, sideBySide }
  const attested = await Promise.all(
    found.map(({ subject, present }) => attestOne(subject, { ...known, present: typesOf(present) })),
  )
  return attested.flat()
}

type LaneContext = AttestOptions & { signer: Signer }
type AttestContext = LaneContext & { sideBySide: () => Promise<boolean>; present: string[] }

/** Whether the registry lists referrers under a tag. If no digest gets several attestations, it does not matter. */
async function keepsTag(
  subjects: AttestationSubject[],
  { signed, ...options }: CraneOptions & { moment: string; signed?: DigestRef },
): Promise<boolean> {
  const several = subjects.some(({ attestations }) => attestations.length > 1)
  return signed === undefined || !several || (await keepsFallbackTag(signed, options))
}

async function attestOne(
  { ref, attestations }: AttestationSubject,
  known: AttestContext,
): Promise<AttestationOutcome[]> {
  const absent = (present: string[]) => attestations.filter(({ type }) => !present.includes(type))
  const present = await presentNow(ref, absent(known.present), known)
  const missing = absent(present)
  const made = await attestAll(ref, missing, known)
  if (missing.length > 0 && !known.release) await requireTypes(ref, missing, known)
  return attestations.map(({ type }) => ({ ref, type, status: made.get(type) ?? "alreadyAttested" }))
}

/**
 * A release reads the statements before it signs, and another run of the same commit may have attested since. Registries
 * have no lock: two runs that read and write at the same moment both write.
 */
async function presentNow(ref: DigestRef, wanted: Attestation[], known: AttestContext): Promise<string[]> {
  if (!known.release || wanted.length === 0) return known.present
  return [...known.present, ...(await lookAgain(ref, wanted, { ...known, moment: "right before attesting" }))]
}

type AttestLookup = LaneContext & { moment: string }

async function lookAgain(ref: DigestRef, wanted: Attestation[], { release: _, signer, ...known }: AttestLookup) {
  const types = wanted.map(({ type }) => type)
  return typesOf(await readPresent(ref, { ...known, types, signer: Promise.resolve(signer), format: "v3" }))
}

type AttestStatuses = Map<string, AttestationOutcome["status"]>

/** The first attestation cannot race, so only the others wait for the check of the fallback tag. */
async function attestAll(
  ref: DigestRef,
  [first, ...others]: Attestation[],
  known: AttestContext,
): Promise<AttestStatuses> {
  const made: AttestStatuses = new Map()
  const add = async (attestation: Attestation) => made.set(attestation.type, await attest(ref, attestation, known))
  if (first) await add(first)
  if (others.length === 0) return made
  if (await known.sideBySide()) await Promise.all(others.map(add))
  else for (const attestation of others) await add(attestation)
  return made
}

/** An attestation that fails because another run has just written it counts as present. `first` is its try in a batch. */
async function attest(
  ref: DigestRef,
  attestation: Attestation,
  options: LaneContext,
  first?: ToolResult,
): Promise<AttestationOutcome["status"]> {
  const { type, predicate } = attestation
  const { key, access } = options
  const args = attestArgs(key, { ref, plainHttp: access.plainHttp, format: "v3", type })
  const cosign = async () =>
    cosignFor(ref, options)
      .with(withKey(await openKey(key), options.cosignImage))
      .with(withFile(COSIGN_PATHS.predicate, predicate))
  const { exitCode, stderr } = await signWithCosign(args, { cosign, first })
  if (exitCode === 0) return "attested"
  const present = lookAgain(ref, [attestation], { ...options, moment: `after ${type} failed` })
  if ((await present.catch((): string[] => [])).includes(type)) return "alreadyAttested"
  throw signingFailure({
    ref: `the ${predicateLabel(type)} of ${ref}`,
    stderr,
    outcome: options.outcome,
  })
}

async function requireTypes(
  ref: DigestRef,
  attested: Attestation[],
  known: LaneContext & Pick<VerifyOptions, "ahead">,
): Promise<void> {
  const present = typesOf(await readVerdict(ref, { ...known, moment: "after attesting" }))
  const missing = attested.filter(({ type }) => !present.includes(type))
  if (missing.length === 0) return
  throw releaseRefusal(
    ref,
    missing.map(({ type }) => `no ${predicateLabel(type)} after attesting it`),
    known.outcome && `${known.outcome} Run again; if that does not help, check the registry.`,
  )
}

function typesOf({ statements }: SignatureStatements): string[] {
  return [...new Set(statements.map(({ type }) => type))]
}
