import type { CiRun } from "../config/ci.ts"
import type { Revision } from "../config/revision.ts"
import { allInOrder } from "../engine/concurrency.ts"
import { newRun } from "../engine/tool.ts"
import type { BumpContext } from "../gitops/context.ts"
import type { BumpOptions } from "../gitops/options.ts"
import { deliverBump } from "../gitops/proposal.ts"
import type { BumpRequest } from "../gitops/request.ts"
import { imageVerifier, type VerifyImage } from "../gitops/verification.ts"
import { type Digest, type DigestRef, digestRef, parseDigestRef, splitDigestRef } from "../oci/reference.ts"
import type { Listings } from "../oci/referrers.ts"
import { pushImage } from "../publish/push.ts"
import { readTagStates, type TagOptions, writeTags } from "../publish/registry-tags.ts"
import { isHeld, requireFree, requireName, revisionSource, type TagState } from "../publish/tag-state.ts"
import { attestDigests } from "../sign/attestation.ts"
import { describeBuild } from "../sign/provenance.ts"
import { signRelease } from "../sign/release-signing.ts"
import { type VerifiedRef, verifyReleaseAt } from "../sign/release-verification.ts"
import { verifySigned } from "../sign/signature.ts"
import { PREDICATE_TYPES, RELEASE_TYPES } from "../sign/verification.ts"
import {
  attestationSubjects,
  buildFacts,
  platformAttestations,
  recordAttestation,
  type ScannedPlatform,
  scannedPlatforms,
} from "./attestation.ts"
import { parseReleaseBump } from "./chart/release-bump.ts"
import type { ImageBuild, ReleasedImage, Step } from "./context.ts"
import type { ReleaseRecord } from "./record/record.ts"
import { type BumpedPlace, recordOf } from "./record/release-record.ts"
import { replicateRecord } from "./replication.ts"
import { withShipAdvice } from "./step-advice.ts"

/** The steps that change something outside the engine, in the order of the chain. Each adds to the record's facts. */
export async function publishImage(built: ImageBuild, step: Step): Promise<DigestRef> {
  const ref = await pushImage(built, { ...registryTools(step), repository: step.place.repository })
  step.facts.ref = ref
  return ref
}

/** Signs the index, and returns the referrers of the index and of each platform's image as they were before. */
export async function signImage(ref: DigestRef, { content }: ImageBuild, step: Step): Promise<Listings> {
  const { repository } = splitDigestRef(ref)
  const { formats } = step.options.signing ?? {}
  const platforms = content.manifests.map(({ digest }) => digestRef(repository, digest))
  const { signed, release } = await withShipAdvice(signRelease([ref, ...platforms], { ...signingTools(step), formats }))
  step.facts.signature = { signer: signed.signer, checks: signed.checks }
  return release
}

export type AttestationInput = { built: ImageBuild; release: Listings }

export async function attestImage(ref: DigestRef, { built, release }: AttestationInput, step: Step): Promise<void> {
  const { options, facts, stages } = step
  const { build, tools, ci, signing } = options
  const provenance = built.provenance ?? describeBuild(buildFacts({ built, options: build, tools, stages, ci }))
  const evidence = recordOf({ ...step, stages: stages.filter(({ status }) => status === "done") })
  const subjects = attestationSubjects(ref, {
    ...{ provenance, scanned: scannedPlatformsOf(step), evidence },
    own: signing?.attestations,
  })
  const { formats } = signing ?? {}
  facts.attestations = await withShipAdvice(attestDigests(subjects, { ...signingTools(step), release, formats }))
}

/** Does not trust the earlier steps: signature and attestations must be in the registry, by this signer. */
export async function verifyImage(ref: DigestRef, step: Step): Promise<VerifiedRef> {
  const { facts } = step
  const [first] = scannedPlatformsOf(step)
  const { formats = [], attestations = [] } = step.options.signing ?? {}
  const tools = signingTools(step)
  const verifying = verifyReleaseAt(ref, {
    ...tools,
    platforms: [],
    indexTypes: attestations.map(({ type }) => type),
    scanned: facts.built?.content.manifests,
    platformTypes: platformAttestations(first).map(({ type }) => type),
    provenance: true,
  })
  const older = formats.flatMap((format) => (format === "legacy" ? [verifySigned(ref, { ...tools, format })] : []))
  const [verified] = await withShipAdvice(allInOrder([verifying, Promise.all(older)]))
  facts.signature = { signer: verified.signer, checks: verified.checks }
  return verified.ref
}

/** Verifies an earlier release of the place before it is deployed again. Both scanners attest its vulnerabilities. */
export function releaseVerifier(step: Step): VerifyImage {
  const { place, options } = step
  const content = { kind: "release" as const, platformTypes: [PREDICATE_TYPES.vuln] }
  const tools = { ...registryTools(step), cosignImage: options.tools.cosign, run: newRun() }
  return imageVerifier({ kind: "required", signer: place.signer, content }, async () => tools)
}

/** Attests the record of a successful run, so that the next run of the same commit has nothing to do. */
export async function recordRelease(ref: DigestRef, step: Step): Promise<ReleaseRecord> {
  const record = recordOf(step)
  const attestations = [recordAttestation(RELEASE_TYPES.release, record)]
  const done = step.facts.bump === "skipped" ? "Image and tags" : "Image, tags and bump"
  const outcome = `${done} are done; only the record is missing.`
  const attest = () =>
    withShipAdvice(attestDigests([{ ref, attestations }], { ...signingTools(step), run: newRun(), outcome }))
  if (step.facts.inputs) {
    await step.measure("record", async () => {
      await attest()
      await replicateRecord(ref, step)
    })
  }
  return record
}

function scannedPlatformsOf({ facts, place }: Step): ScannedPlatform[] {
  return scannedPlatforms(facts.scan, place.repository.name)
}

/** Refuses a taken tag, and an image that gets no tag, before the push. */
export async function requireTags(
  digest: Digest,
  { tags, revision }: Pick<ReleasedImage, "tags" | "revision">,
  step: TagStep,
): Promise<TagState[]> {
  const ref = digestRef(step.place.repository, digest)
  const states = await readTagStates(ref, tags, { ...tagTools(step, revision), moment: "before the push" })
  requireFree(ref, states)
  requireName(ref, states, states.every(isHeld) && !step.options.force)
  return states
}

/** Checks again for a tag, because a newer image may have taken them since. */
export async function tagImage({ ref, tags, revision }: ReleasedImage, step: Step): Promise<void> {
  const written = await writeTags(ref, tags, tagTools(step, revision))
  step.facts.tags = written
  requireName(
    ref,
    written,
    written.every(({ change }) => change === "superseded"),
  )
}

/** The part of a step that reading tags needs. */
type TagStep = Pick<Step, "place" | "options" | "run">

function tagTools(step: TagStep, revision?: Revision): TagOptions {
  return { ...registryTools(step), force: step.options.force, ...(revision && { ours: revisionSource(revision) }) }
}

export async function bumpImage(ref: VerifiedRef, revision: Revision | undefined, step: Step): Promise<void> {
  const bump = bumpRequest(ref, revision, step)
  step.facts.commit = bump
  step.facts.bump = bump
    ? { outcome: await withShipAdvice(deliverBump(bump.request, bump.context)), place: bump.place }
    : "skipped"
}

/** A bump's request with its context and its place. */
export type PlacedBumpRequest = { request: BumpRequest; context: BumpContext; place: BumpedPlace }

export function bumpRequest(
  ref: VerifiedRef,
  revision: Revision | undefined,
  { place, options: { ci }, facts }: Pick<Step, "place" | "options"> & { facts: Pick<Step["facts"], "chart"> },
): PlacedBumpRequest | undefined {
  if (!place.bump) return undefined
  const { context, ...target } = place.bump
  const { branch, path, image, edits, spareTag, kustomizeOptions, charts, kind } = target
  // the forge decides which commit of a request is the newest
  const { sourceOrder, ...source } = bumpSource(revision, ci)
  const order = kind === "preview" ? {} : { sourceOrder }
  const way = { ...(spareTag && { tag: spareTag }), ...(kustomizeOptions?.length && { kustomizeOptions }) }
  const chart = facts.chart && { ref: parseDigestRef(facts.chart.published), version: facts.chart.version }
  const files = { ...(edits?.length && { edits }), ...(charts?.length && { charts }) }
  return {
    request: parseReleaseBump({ ...target, ...source, ...order }, { ref, ...(chart && { chart }) }),
    context,
    place: { repo: context.access.remote.url, branch, path, imageName: image, ...files, ...way },
  }
}

/** The source that a bump's commit message names. */
export function bumpSource(
  revision?: Revision,
  ci?: CiRun,
): Pick<BumpOptions, "sourceRevision" | "sourceOrder" | "sourceRepository" | "pipeline"> {
  const source = revision && {
    sourceRevision: revision.commit,
    sourceOrder: revision.time,
    sourceRepository: revision.url,
    ...(revision.refresh && { sourceRefresh: revision.refresh.at }),
  }
  return { ...source, ...(ci?.url && { pipeline: ci.url }) }
}

function registryTools({ place: { access }, options: { tools }, run }: TagStep) {
  return { craneImage: tools.crane, access, run }
}

function signingTools(step: Step) {
  return {
    ...registryTools(step),
    cosignImage: step.options.tools.cosign,
    key: step.place.key,
    signer: step.place.signer,
    ...(step.runtime && { runtime: step.runtime }),
  }
}
