import { newRun } from "../config/effect.ts"
import type { Revision } from "../config/revision.ts"
import { SlipwayError } from "../error.ts"
import { parseGitRemote } from "../gitops/git-remote.ts"
import { Digest } from "../oci/digest.ts"
import { type DigestRef, digestRef, splitDigestRef } from "../oci/digest-ref.ts"
import { readTag, type TagWish } from "../publish/push.ts"
import { readAttested } from "../sign/attested.ts"
import { signerOf } from "../sign/cosign.ts"
import { RELEASE_TYPES } from "../sign/predicate-type.ts"
import type { VerifyOptions } from "../sign/statements.ts"
import { type VerifiedRelease, verifyReleaseAt } from "../sign/verify-release.ts"
import { IMAGE_TYPES } from "./attestation.ts"
import { type ImageStart, startedRevision } from "./build-source.ts"
import type { Context, DeliveryOptions, ShipOptions } from "./context.ts"
import { earlierRecord } from "./earlier-record.ts"
import { isFinished } from "./finished.ts"
import { inputsDigest } from "./inputs.ts"
import type { Place } from "./place.ts"
import type { ReleaseRecord } from "./record.ts"
import { releaseTags } from "./release-tags.ts"
import { ciRevision } from "./revision.ts"

/** What an earlier run of the same commit, with the same inputs, left in the registry, all of it verified. */
export type Earlier = {
  ref: DigestRef
  evidence: ReleaseRecord
  verified: VerifiedRelease
  revision: Revision
  tags: TagWish[]
}

/** What is known before a run begins. Without a clean commit nothing is known, and nothing can be adopted. */
export type Start = { inputs?: string; earlier?: Earlier; finished?: ReleaseRecord }

/** The first stage of a delivery; a rehearsal begins from nothing. */
export async function resume(image: ImageStart, { options, facts, measure, fetchImage }: Context): Promise<Start> {
  const delivery = asDelivery(options)
  if (!delivery) return {}
  return await measure("resume", async () => {
    await fetchImage(options.tools.crane) // one question for each tag, side by side
    const start = await readStart(image, delivery)
    if (start.inputs) facts.inputs = start.inputs
    return start
  })
}

/**
 * Looks for what this commit already came to. Tags are written after verification, so one that does not move leads to
 * the digest; whether that came of the same inputs, and whether it verifies, its own attestations say.
 */
async function readStart(image: ImageStart, options: DeliveryOptions): Promise<Start> {
  const { ci, scan, force } = options
  const revision = ciRevision(await startedRevision(image), ci)
  if (!revision || revision.dirty) return {}
  const [exceptions, given] = await Promise.all([
    scan.exceptions?.contents(),
    image.kind === "given" ? image.image : undefined,
  ])
  const inputs = inputsDigest(options, { revision, exceptions, given: given?.content.digest })
  if (force) return { inputs }
  const tags = releaseTags(options.tags, { revision, mode: "delivery", ci })
  const ref = await taggedDigest(tags, options)
  return { inputs, ...(ref && (await readEarlier(ref, { options, inputs, tags, revision }))) }
}

/** Where the tags of this very release point to, if one of them is there; those that move say nothing of this commit. */
async function taggedDigest(
  tags: TagWish[],
  { destination: { repository }, delivery: { access }, tools }: DeliveryOptions,
): Promise<DigestRef | undefined> {
  const asked = { craneImage: tools.crane, access, run: newRun(), repository, moment: "resume" }
  const fixed = tags.filter(({ floating }) => !floating)
  const digests = await Promise.all(fixed.map(({ name }) => readTag(name, asked)))
  const digest = Digest.safeParse(digests.find((found) => found !== undefined))
  return digest.success ? digestRef(repository, digest.data) : undefined
}

/**
 * What is deployed, if it came of the same files, shipped in the same way: its signer's own evidence says so. Another
 * commit that changed nothing of a service is no reason to ship it again.
 */
export async function findUnchanged(
  content: string,
  { options, opening }: { options: ShipOptions; opening: Promise<Place> },
): Promise<DigestRef | undefined> {
  const delivery = asDelivery(options)
  if (!delivery || options.force) return undefined
  const [digest, ...others] = (await opening).deployed ?? []
  if (!digest || others.length > 0) return undefined
  const ref = digestRef(delivery.destination.repository, digest)
  const evidence = await readRecord(ref, { ...(await asSigner(ref, delivery)), type: RELEASE_TYPES.evidence })
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

type Asked = { options: DeliveryOptions; inputs: string; tags: TagWish[]; revision: Revision }

async function readEarlier(ref: DigestRef, { options, inputs, tags, revision }: Asked): Promise<Start> {
  const asked = await asSigner(ref, options)
  const [evidence, done, verified] = await Promise.all([
    readRecord(ref, { ...asked, type: RELEASE_TYPES.evidence }),
    readRecord(ref, { ...asked, type: RELEASE_TYPES.release }),
    verify(ref, { ...asked, platforms: [], platformTypes: IMAGE_TYPES, provenance: true }),
  ])
  if (!verified || evidence?.inputs !== inputs) return {}
  const finished = done?.inputs === inputs && isFinished(done, wantedOf(options, tags))
  return finished ? { finished: done } : { earlier: { ref, evidence, verified, revision, tags } }
}

async function readRecord(ref: DigestRef, options: VerifyOptions & { type: string }) {
  return earlierRecord(await readAttested(ref, options), splitDigestRef(ref).digest)
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

function wantedOf({ destination: { bump }, delivery: { branch, proposal } }: DeliveryOptions, tags: TagWish[]) {
  const { pullRequest: request = false } = proposal
  const place = bump && {
    repo: parseGitRemote(bump.repo).url,
    branch,
    path: bump.path,
    edits: bump.edits ?? [],
    request,
  }
  return { tags: tags.map(({ name }) => name), ...(place && { bump: place }) }
}
