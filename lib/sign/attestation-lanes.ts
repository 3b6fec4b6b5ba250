import type { File } from "@dagger.io/dagger"
import { COSIGN, type ToolResult } from "../engine/tool.ts"
import type { DigestRef } from "../oci/reference.ts"
import { ANY_REFERRER, type Listings, treeArgs } from "../oci/referrers.ts"
import type { Batch, Lane, LaneResults } from "../program/batch.ts"
import { attestArgs, COSIGN_PATHS, verifyArgs } from "./args.ts"
import {
  cosignFor,
  nodeFor,
  openKey,
  runCosignBatch,
  secretsOf,
  signerSecrets,
  withFile,
  withKey,
  withMoment,
  withSigner,
} from "./cosign-run.ts"
import { fallbackTag } from "./image.ts"
import type { SignOptions } from "./signature.ts"
import type { Signer } from "./signer.ts"
import { verifyTarget } from "./statements.ts"

/** A predicate about a digest; `type` is the predicate type's URI. */
export type Attestation = { type: string; predicate: File }
export type AttestationSubject = { ref: DigestRef; attestations: Attestation[] }

/** The results of the attestations of one digest, in their order, and of the verification after them. */
export type LaneOutcome = { subject: AttestationSubject; results: LaneResults; after?: ToolResult }

type LaneOptions = SignOptions & { signer: Signer }

/**
 * Attests in one exec, a lane for each digest, as far as nothing unusual is found: a lane ends at a failed query, at a statement
 * that is there already, and at a failure. Without Node, or if the exec fails, every result is undefined.
 */
export async function attestInOneExec(subjects: AttestationSubject[], options: LaneOptions): Promise<LaneOutcome[]> {
  const { key, signer, cosignImage, release } = options
  const [first] = subjects
  const none = subjects.map((subject) => ({ subject, results: [] }))
  const node = await nodeFor(options)
  if (!first || !node) return none
  const fresh = await Promise.all(subjects.map(({ ref }) => isFresh(ref, release)))
  const plain = await Promise.all(
    subjects.map(async (subject, at) => ({
      ...{ subject, isFresh: fresh[at] === true },
      verify: verifyArgs(signer, await verifyTarget(subject.ref, { ...options, format: "v3" })),
    })),
  )
  const opened = await openKey(key)
  const cosign = subjects.reduce(
    (tool, { attestations }, lane) =>
      attestations.reduce((all, { predicate }, at) => all.with(withFile(predicatePath(lane, at), predicate)), tool),
    cosignFor(first.ref, options).with(withKey(opened, cosignImage)).with(withSigner(signer, cosignImage)),
  )
  const batch = attestingBatch(plain, options)
  const secrets = [...secretsOf(opened), ...signerSecrets(signer)]
  const ran = await runCosignBatch(
    { ...batch, cosign: cosign.with(withMoment("attesting")), secrets },
    { ...options, node },
  )
  return subjects.map((subject, at) => outcomeOf(subject, { results: ran?.[at] ?? [], lane: batch.lanes[at] }))
}

/** Before a release is signed its digests usually have no referrers; another digest is looked at by the way without Node. */
async function isFresh(ref: DigestRef, release?: Listings): Promise<boolean> {
  if (!release) return true
  const listing = await release.get(ref)
  return listing !== undefined && "referrers" in listing && listing.referrers.length === 0
}

/** A digest with the arguments that verify its signature, if it is signed. */
type PlannedLane = { subject: AttestationSubject; isFresh: boolean; verify: string[] }

/**
 * The first digest of a release is signed, so that its statements are verified right before it is attested; the others have no
 * referrers yet. Where the registry keeps a fallback tag, only the first attestation of a digest cannot race. The probe fails
 * where there is none.
 */
export function attestingBatch(
  planned: PlannedLane[],
  { release, formats = ["v3"], ...options }: Pick<SignOptions, "key" | "access" | "release" | "formats">,
): Batch {
  const { plainHttp } = options.access
  const lanes = planned.map(({ subject: { ref, attestations }, isFresh, verify }, lane): Lane => {
    if (!isFresh || attestations.length === 0) return { calls: [] }
    const signed = { args: [COSIGN, ...verify], unless: anyOf(attestations) }
    const bare = { args: [COSIGN, ...treeArgs(ref, { plainHttp })], unless: ANY_REFERRER }
    const [one, ...others] = attestations.map(({ type }, at) => {
      const target = { ref, plainHttp, format: "v3" as const, type, predicate: predicatePath(lane, at) }
      return { args: [COSIGN, ...attestArgs(options.key, target)] }
    })
    return {
      calls: [release && lane > 0 ? bare : signed, ...(one ? [one] : [])],
      others,
      last: release ? [] : [{ args: [COSIGN, ...verify] }],
    }
  })
  const [first] = planned
  // an image that is signed in the older format only has no list of referrers yet
  if (!first || !release || !formats.includes("v3")) return { lanes }
  const tag = treeArgs(fallbackTag(first.subject.ref), { plainHttp })
  return { lanes, probe: { args: [COSIGN, ...tag], failure: "MANIFEST_UNKNOWN" } }
}

/** Matches a statement of one of the types in the output of `cosign verify`, whose JSON escapes some characters. */
function anyOf(attestations: Pick<Attestation, "type">[]): string {
  const types = attestations.map(({ type }) =>
    type.replace(/[^\w]/g, (sign) => (/[^\x21-\x7e]|["<>&\\]/.test(sign) ? ".{1,12}" : `\\${sign}`)),
  )
  return `"(?:${types.join("|")})"`
}

function outcomeOf(subject: AttestationSubject, { results, lane }: { results: LaneResults; lane?: Lane }): LaneOutcome {
  const { calls = [], others = [], last = [] } = lane ?? {}
  if (calls.length === 0) return { subject, results: [] }
  const end = 1 + subject.attestations.length
  const after = last.length > 0 ? results[calls.length + others.length] : undefined
  return { subject, results: results.slice(1, end), ...(after && { after }) }
}

function predicatePath(lane: number, at: number): string {
  return `${COSIGN_PATHS.predicates}/${lane}-${at}.json`
}
