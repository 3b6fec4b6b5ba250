import type { Revision } from "../config/revision.ts"
import { newRun } from "../engine/tool.ts"
import { SlipwayError } from "../error.ts"
import { parseGitRemote } from "../gitops/git/remote.ts"
import { Digest, type DigestRef, digestRef, splitDigestRef } from "../oci/reference.ts"
import { readTag, readTagStates } from "../publish/registry-tags.ts"
import type { Replica } from "../publish/release-copy.ts"
import { revisionSource, tagConflict } from "../publish/tag-state.ts"
import type { PlannedTag } from "../publish/tags.ts"
import { type VerifiedRelease, verifyReleaseAt } from "../sign/release-verification.ts"
import { signerOf } from "../sign/signature.ts"
import { readAttestations, type VerifyOptions } from "../sign/statements.ts"
import { RELEASE_TYPES } from "../sign/verification.ts"
import { imageTypes } from "./attestation.ts"
import { chartTarget, hasChart } from "./chart/chart.ts"
import type { Context, DeliveryOptions, ImageBuild, ShipOptions } from "./context.ts"
import type { Place } from "./delivery.ts"
import { inputsDigest, inputTexts } from "./inputs.ts"
import { earlierRecord, isFinished, type ReleaseTarget, withCurrentTags } from "./record/earlier-record.ts"
import type { ReleaseRecord } from "./record/record.ts"
import { bumpTag, plannedTags } from "./release-tags.ts"
import { areReplicasWhole } from "./replication.ts"
import type { ImageStart } from "./source-image.ts"
import { withShipAdvice } from "./step-advice.ts"

/** The verified release of an earlier run of the same commit with the same inputs. */
export type EarlierRelease = {
  ref: DigestRef
  evidence: ReleaseRecord
  verified: VerifiedRelease
  revision: Revision
  tags: PlannedTag[]
}

/** What an earlier run left to adopt; nothing without a clean commit. */
export type ResumePoint = { inputs?: string; earlier?: EarlierRelease; finished?: ReleaseRecord }

/** The first stage of a delivery; a rehearsal has no earlier run. */
export async function resume(image: ImageStart, context: Context): Promise<ResumePoint> {
  const { options, facts, measure, fetchImage } = context
  const delivery = asDelivery(options)
  if (!delivery) return {}
  return await measure("resume", async () => {
    await fetchImage(options.tools.crane) // several tags are read concurrently
    const start = await readStart(image, { options: delivery, facts })
    if (start.inputs) facts.inputs = start.inputs
    return start
  })
}

/**
 * Looks for an earlier release of this commit. Tags are written after verification, so a fixed tag gives the digest; its
 * attestations tell whether it has the same inputs and verifies.
 */
async function readStart(
  image: ImageStart,
  { options, facts }: Pick<Context, "facts"> & { options: DeliveryOptions },
): Promise<ResumePoint> {
  const { force } = options
  const { revision, tags } = await plannedTags(image, { options, facts })
  if (!revision || revision.dirty) return {}
  const [texts, given] = await Promise.all([inputTexts(options), image.kind === "given" ? image.image : undefined])
  const inputs = inputsDigest(options, { revision, ...texts, given: given?.content.digest })
  if (force) return { inputs }
  const ref = await taggedDigest(tags, options, given?.content.digest)
  return { inputs, ...(ref && (await withShipAdvice(readEarlier(ref, { options, inputs, tags, revision, given })))) }
}

/**
 * The digest at this release's fixed tags, if one exists; floating tags do not identify a commit. Fixed tags at different
 * digests, or at another digest than the given image, are a conflict.
 */
async function taggedDigest(
  tags: PlannedTag[],
  { destination: { repository }, delivery: { access }, tools }: DeliveryOptions,
  given?: Digest,
): Promise<DigestRef | undefined> {
  const query = { craneImage: tools.crane, access, run: newRun(), repository, moment: "resume" }
  const fixed = tags.filter(({ floating }) => !floating)
  const digests = await Promise.all(fixed.map(async ({ name }) => ({ name, found: await readTag(name, query) })))
  const [first] = digests.flatMap(({ found }) => (found === undefined ? [] : [Digest.parse(found)]))
  const digest = given ?? first
  if (!first || !digest) return undefined
  const ref = digestRef(repository, digest)
  for (const { name, found } of digests) if (found && found !== digest) throw tagConflict(name, found, ref)
  return ref
}

/** The release at the fixed tags of a commit, if there is one. */
export async function taggedRelease(
  tags: PlannedTag[],
  { options }: Pick<Context, "options">,
): Promise<DigestRef | undefined> {
  const delivery = asDelivery(options)
  return delivery && (await taggedDigest(tags, delivery))
}

/**
 * The deployed image, if the evidence of our signer shows the same files and options. A commit that changes nothing of a
 * service does not ship it again.
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
  const compare = async () => {
    const signing = await asSigner(ref, delivery)
    const evidence = await readRecord(ref, { ...signing, type: RELEASE_TYPES.evidence })
    if (evidence?.content !== content) return undefined
    // a replica without the deployed image gets the service again
    return (await replicasHave(ref, { options: delivery, tags: [], signing })) ? ref : undefined
  }
  return await measure("compare", () => withShipAdvice(compare()))
}

function asDelivery({ destination, delivery, ...options }: ShipOptions): DeliveryOptions | undefined {
  return destination.kind === "delivery" && delivery ? { ...options, destination, delivery } : undefined
}

/** Our signer's identity and tools, in a separate run, so that the engine does not cache these reads for later stages. */
async function asSigner(ref: DigestRef, { delivery: { key, access }, tools }: DeliveryOptions) {
  const cosign = { access, craneImage: tools.crane, cosignImage: tools.cosign, run: newRun() }
  return { ...cosign, signer: await signerOf(key, { ...cosign, ref }) }
}

type ResumeRequest = {
  options: DeliveryOptions
  inputs: string
  tags: PlannedTag[]
  revision: Revision
  given?: ImageBuild
}

async function readEarlier(ref: DigestRef, request: ResumeRequest): Promise<ResumePoint> {
  const { options, inputs, tags, revision } = request
  const signing = await asSigner(ref, options)
  const indexTypes = (options.signing?.attestations ?? []).map(({ type }) => type)
  const [evidence, record, verified] = await Promise.all([
    readRecord(ref, { ...signing, type: RELEASE_TYPES.evidence }),
    readRecord(ref, { ...signing, type: RELEASE_TYPES.release }),
    verify(ref, {
      ...signing,
      platforms: [],
      platformTypes: imageTypes(options.scan.scanner),
      indexTypes,
      provenance: true,
    }),
  ])
  requireOwn(ref, evidence, request)
  if (!verified || evidence?.inputs !== inputs) return {}
  // a preview's overlay and comment may be gone, and cost little to write again
  const isRepeated = options.preview !== undefined || isReplaced(options, revision)
  const isWhole = !isRepeated && record?.inputs === inputs && isFinished(record, targetOf(request))
  const done = isWhole ? record : undefined
  const [current, whole, packaged] = await Promise.all([
    done && readCurrentTags(done, { ref, ...request }),
    done && replicasHave(ref, { ...request, signing }),
    done && hasChart(done.chart, { ...signing, access: options.delivery.chartAccess ?? options.delivery.access }),
  ])
  const finished = whole && packaged ? current : undefined
  return finished ? { finished } : { earlier: { ref, evidence, verified, revision, tags } }
}

/** A refresh that is due found another release in the GitOps repository, so the bump is left to do. */
function isReplaced({ destination }: DeliveryOptions, { refresh }: Revision): boolean {
  return refresh !== undefined && destination.bump !== undefined
}

/** Whether each replica has the release up to its record. */
async function replicasHave(
  ref: DigestRef,
  {
    options,
    tags,
    revision,
    signing,
  }: Pick<ResumeRequest, "options" | "tags"> & {
    revision?: Revision
    signing: Awaited<ReturnType<typeof asSigner>>
  },
): Promise<boolean> {
  const hasRecord = async (copy: DigestRef, { access }: Replica) =>
    (await readRecord(copy, { ...signing, access, type: RELEASE_TYPES.release })) !== undefined
  return await areReplicasWhole(options.delivery.replicas, { ref, tags, revision, tools: signing, hasRecord })
}

/** A fixed tag at the image of another commit is a conflict, because it never moves to this one. */
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
 * Updates the record's tags, which may have changed since. A deleted or moved tag must be written again; a tag that a newer
 * image has stays there, and is recorded as superseded.
 */
async function readCurrentTags(
  record: ReleaseRecord,
  { ref, options, tags, revision }: ResumeRequest & { ref: DigestRef },
): Promise<ReleaseRecord | undefined> {
  const { delivery, tools } = options
  const crane = { craneImage: tools.crane, access: delivery.access, run: newRun() }
  const states = await readTagStates(ref, tags, { ...crane, ours: revisionSource(revision), moment: "resume" })
  return withCurrentTags(record, states)
}

/** The evidence that the signer attested of a release. */
export async function readEvidence(ref: DigestRef, options: VerifyOptions & { moment: string }) {
  return await readRecord(ref, { ...options, type: RELEASE_TYPES.evidence })
}

async function readRecord(ref: DigestRef, options: VerifyOptions & { type: string; moment?: string }) {
  return earlierRecord(await readAttestations(ref, options), splitDigestRef(ref).digest)
}

/** An image that does not verify is not adopted; a failed query to the registry is an error. */
async function verify(...args: Parameters<typeof verifyReleaseAt>): Promise<VerifiedRelease | undefined> {
  try {
    return await verifyReleaseAt(...args)
  } catch (error) {
    if (error instanceof SlipwayError && error.code === "VERIFICATION_FAILED") return undefined
    throw error
  }
}

function targetOf({ options, tags, revision }: ResumeRequest): ReleaseTarget {
  const { destination, delivery, ci, defaultBranch, deployments } = options
  const { bump } = destination
  const place = bump && {
    repo: parseGitRemote(bump.repo).url,
    branch: delivery.branch,
    path: bump.path,
    imageName: bump.image,
    edits: bump.edits,
    tag: bump.chartOnly ? undefined : bumpTag({ template: bump.tag, tags, revision, ci, defaultBranch }),
    kustomizeOptions: bump.kustomizeOptions,
    charts: bump.charts,
  }
  const chart = chartTarget(options, revision)
  const replicas = delivery.replicas.map(({ repository }) => repository.name)
  const environment = deployments && { environment: deployments.environment }
  const made = { ...(chart && { chart }), ...(place && { bump: place }), ...environment }
  return { tags: tags.map(({ name }) => name), replicas, ...made }
}
