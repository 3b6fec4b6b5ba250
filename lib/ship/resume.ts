import type { Revision } from "../config/revision.ts"
import { newRun } from "../engine/tool.ts"
import { SlipwayError } from "../error.ts"
import { parseGitRemote } from "../gitops/git/remote.ts"
import { Digest, type DigestRef, digestRef, splitDigestRef } from "../oci/reference.ts"
import { lookAtTags, readTag } from "../publish/registry-tags.ts"
import { revisionSource, tagConflict } from "../publish/tag-state.ts"
import type { TagWish } from "../publish/tags.ts"
import { type VerifiedRelease, verifyReleaseAt } from "../sign/release-verification.ts"
import { signerOf } from "../sign/signature.ts"
import { readAttestations, type VerifyOptions } from "../sign/statements.ts"
import { RELEASE_TYPES } from "../sign/verification.ts"
import { imageTypes } from "./attestation.ts"
import type { Context, DeliveryOptions, ImageBuild, ShipOptions } from "./context.ts"
import type { Place } from "./delivery.ts"
import { inputsDigest } from "./inputs.ts"
import { earlierRecord, isFinished, type ReleaseTarget, withCurrentTags } from "./record/earlier-record.ts"
import type { ReleaseRecord } from "./record/record.ts"
import { bumpTag, plannedTags } from "./release-tags.ts"
import type { ImageStart } from "./source-image.ts"
import { withShipAdvice } from "./step-advice.ts"

/** What an earlier run of the same commit, with the same inputs, left in the registry, all of it verified. */
export type EarlierRelease = {
  ref: DigestRef
  evidence: ReleaseRecord
  verified: VerifiedRelease
  revision: Revision
  tags: TagWish[]
}

/** What is known before a run begins. Without a clean commit nothing is known, and nothing can be adopted. */
export type ResumePoint = { inputs?: string; earlier?: EarlierRelease; finished?: ReleaseRecord }

/** The first stage of a delivery; a rehearsal begins from nothing. */
export async function resume(image: ImageStart, context: Context): Promise<ResumePoint> {
  const { options, facts, measure, fetchImage } = context
  const delivery = asDelivery(options)
  if (!delivery) return {}
  return await measure("resume", async () => {
    await fetchImage(options.tools.crane) // one question for each tag, side by side
    const start = await readStart(image, { options: delivery, facts })
    if (start.inputs) facts.inputs = start.inputs
    return start
  })
}

/**
 * Looks for what this commit already came to. Tags are written after verification, so one that does not move leads to
 * the digest; whether that came of the same inputs, and whether it verifies, its own attestations say.
 */
async function readStart(
  image: ImageStart,
  { options, facts }: Pick<Context, "facts"> & { options: DeliveryOptions },
): Promise<ResumePoint> {
  const { scan, force } = options
  const { revision, tags } = await plannedTags(image, { options, facts })
  if (!revision || revision.dirty) return {}
  const [exceptions, given] = await Promise.all([
    scan.exceptions?.contents(),
    image.kind === "given" ? image.image : undefined,
  ])
  const inputs = inputsDigest(options, { revision, exceptions, given: given?.content.digest })
  if (force) return { inputs }
  const ref = await taggedDigest(tags, options, given?.content.digest)
  return { inputs, ...(ref && (await withShipAdvice(readEarlier(ref, { options, inputs, tags, revision, given })))) }
}

/**
 * Where the tags of this very release point to, if one of them is there; those that move say nothing of this commit. Two
 * that are at different digests, or at another than that of a given image, will not come together any more.
 */
async function taggedDigest(
  tags: TagWish[],
  { destination: { repository }, delivery: { access }, tools }: DeliveryOptions,
  given?: Digest,
): Promise<DigestRef | undefined> {
  const asked = { craneImage: tools.crane, access, run: newRun(), repository, moment: "resume" }
  const fixed = tags.filter(({ floating }) => !floating)
  const digests = await Promise.all(fixed.map(async ({ name }) => ({ name, found: await readTag(name, asked) })))
  const [first] = digests.flatMap(({ found }) => (found === undefined ? [] : [Digest.parse(found)]))
  const wanted = given ?? first
  if (!first || !wanted) return undefined
  const ref = digestRef(repository, wanted)
  for (const { name, found } of digests) if (found && found !== wanted) throw tagConflict(name, found, ref)
  return ref
}

/**
 * What is deployed, if it came of the same files, shipped in the same way: its signer's own evidence says so. Another
 * commit that changed nothing of a service is no reason to ship it again.
 */
export async function findUnchanged(
  content: string,
  { options, opening, measure }: Pick<Context, "options" | "measure"> & { opening: Promise<Place> },
): Promise<DigestRef | undefined> {
  const delivery = asDelivery(options)
  if (!delivery || options.force) return undefined
  const [digest, ...others] = (await opening).deployed ?? []
  if (!digest || others.length > 0) return undefined
  const ref = digestRef(delivery.destination.repository, digest)
  const read = async () => await readRecord(ref, { ...(await asSigner(ref, delivery)), type: RELEASE_TYPES.evidence })
  const evidence = await measure("compare", () => withShipAdvice(read()))
  return evidence?.content === content ? ref : undefined
}

function asDelivery({ destination, delivery, ...options }: ShipOptions): DeliveryOptions | undefined {
  return destination.kind === "delivery" && delivery ? { ...options, destination, delivery } : undefined
}

/** Whose word counts here, asked in a run of its own: what is not there yet must not stay unseen later on. */
async function asSigner(ref: DigestRef, { delivery: { key, access }, tools }: DeliveryOptions) {
  const cosign = { access, craneImage: tools.crane, cosignImage: tools.cosign, run: newRun() }
  return { ...cosign, signer: await signerOf(key, { ...cosign, ref }) }
}

type ResumeRequest = {
  options: DeliveryOptions
  inputs: string
  tags: TagWish[]
  revision: Revision
  given?: ImageBuild
}

async function readEarlier(ref: DigestRef, wanted: ResumeRequest): Promise<ResumePoint> {
  const { options, inputs, tags, revision } = wanted
  const asked = await asSigner(ref, options)
  const [evidence, record, verified] = await Promise.all([
    readRecord(ref, { ...asked, type: RELEASE_TYPES.evidence }),
    readRecord(ref, { ...asked, type: RELEASE_TYPES.release }),
    verify(ref, { ...asked, platforms: [], platformTypes: imageTypes(options.scan.scanner), provenance: true }),
  ])
  requireOwn(ref, evidence, wanted)
  if (!verified || evidence?.inputs !== inputs) return {}
  const done = record?.inputs === inputs && isFinished(record, targetOf(wanted)) ? record : undefined
  const finished = done && (await withTagsOfNow(done, { ref, ...wanted }))
  return finished ? { finished } : { earlier: { ref, evidence, verified, revision, tags } }
}

/** The image of another commit keeps a tag that does not move, so this one's will never get it. */
function requireOwn(
  ref: DigestRef,
  evidence: ReleaseRecord | undefined,
  { tags, revision, given }: ResumeRequest,
): void {
  const commit = evidence?.source?.revision
  if (given || !commit || commit === revision.commit) return
  const names = tags.flatMap(({ name, floating }) => (floating ? [] : [name])).join(", ")
  throw tagConflict(names, `${splitDigestRef(ref).digest}, of the commit ${commit}`, `an image of ${revision.commit}`)
}

/**
 * A record says what was so when it was written. A tag that is gone, or that somebody else moved, leaves something to do;
 * one that a newer image has by now stays there, and that is said.
 */
async function withTagsOfNow(
  record: ReleaseRecord,
  { ref, options, tags, revision }: ResumeRequest & { ref: DigestRef },
): Promise<ReleaseRecord | undefined> {
  const { delivery, tools } = options
  const crane = { craneImage: tools.crane, access: delivery.access, run: newRun() }
  const states = await lookAtTags(ref, tags, { ...crane, ours: revisionSource(revision), moment: "resume" })
  return withCurrentTags(record, states)
}

async function readRecord(ref: DigestRef, options: VerifyOptions & { type: string }) {
  return earlierRecord(await readAttestations(ref, options), splitDigestRef(ref).digest)
}

/** What does not verify is not adopted; a registry that cannot be asked is an error here as everywhere. */
async function verify(...args: Parameters<typeof verifyReleaseAt>): Promise<VerifiedRelease | undefined> {
  try {
    return await verifyReleaseAt(...args)
  } catch (error) {
    if (error instanceof SlipwayError && error.code === "VERIFICATION_FAILED") return undefined
    throw error
  }
}

function targetOf({ options, tags, revision }: ResumeRequest): ReleaseTarget {
  const { destination, delivery, ci, defaultBranch } = options
  const { bump } = destination
  const place = bump && {
    repo: parseGitRemote(bump.repo).url,
    branch: delivery.branch,
    path: bump.path,
    imageName: bump.image,
    edits: bump.edits,
    tag: bumpTag({ template: bump.tag, tags, revision, ci, defaultBranch }),
    kustomizeOptions: bump.kustomizeOptions,
  }
  return { tags: tags.map(({ name }) => name), ...(place && { bump: place }) }
}
