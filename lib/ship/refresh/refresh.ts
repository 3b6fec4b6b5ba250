import type { Directory } from "@dagger.io/dagger"
import { NODE_IMAGE } from "../../../src/tool-images.ts"
import { type ComparedBase, compareBases } from "../../bases/compare.ts"
import {
  type FormerRelease,
  judgeRefresh,
  nothing,
  type RefreshDecision,
  type RefreshFacts,
} from "../../bases/decision.ts"
import { withFixes } from "../../bases/fixes.ts"
import { type BaseMove, basesId, isMoved } from "../../bases/moves.ts"
import { type ReleaseBases, readReleaseBases } from "../../bases/release-bases.ts"
import type { Revision } from "../../config/revision.ts"
import { resolveBases } from "../../dockerfile/base-images.ts"
import { deferRejection } from "../../engine/concurrency.ts"
import { newRun, within } from "../../engine/tool.ts"
import { SlipwayError } from "../../error.ts"
import { parseBumpOptions } from "../../gitops/options.ts"
import { planDelivery } from "../../gitops/proposal.ts"
import { PULL_SECONDS, pullTimeout } from "../../oci/crane.ts"
import { type Digest, type DigestRef, digestOf, digestRef } from "../../oci/reference.ts"
import { deployedImage } from "../baseline.ts"
import type { Context } from "../context.ts"
import type { Place } from "../delivery.ts"
import { serviceContent } from "../inputs.ts"
import type { ReleaseRecord } from "../record/record.ts"
import { refreshRecord } from "../record/refresh-record.ts"
import { recordOf, sourceRecord } from "../record/release-record.ts"
import { bumpSource } from "../release-steps.ts"
import { plannedTags } from "../release-tags.ts"
import { readEvidence, taggedRelease } from "../resume.ts"
import type { HeadStart, ImageStart } from "../source-image.ts"
import { withShipAdvice } from "../step-advice.ts"

/** The digests that the base images of this source have now, and the source as a release on them. */
type NewerBases = { ahead: HeadStart; plain: ImageStart; current: Map<string, Digest>; revision: Revision }

type Opened = { context: Context; open: (image: ImageStart) => Promise<Place> }

/** The source as a release on its newer bases, with its place; `idle` is the record of a run that has nothing to build. */
export type RefreshStart = { ahead: HeadStart; opening: Promise<Place>; idle?: ReleaseRecord }

/** The first stages of a refresh, which build and test nothing. */
export async function startRefresh(
  source: Directory,
  begun: HeadStart,
  { context, open }: Opened,
): Promise<RefreshStart> {
  const start = await resolveNewerBases(begun, context)
  const opening = deferRejection(open(start.ahead.image))
  const idle = await context.measure("refresh", async () => {
    return await judge(source, start, { context, place: await opening })
  })
  return { ahead: start.ahead, opening, ...(idle && { idle }) }
}

/** Resolves the base images as the build does, and nothing else: it pulls none. */
async function resolveNewerBases(ahead: HeadStart, { began }: Context): Promise<NewerBases> {
  const { image } = ahead
  const known = image.kind === "source" ? await image.revision : undefined
  if (image.kind !== "source" || !known || known.dirty) throw unclean()
  const { bases } = await image.reading
  const resolved = await within(PULL_SECONDS, withShipAdvice(resolveBases(bases)), () => {
    throw pullTimeout("to begin from", bases.map((base) => base.image).join(", "))
  })
  const revision = { ...known, refresh: { bases: basesId(resolved), at: began } }
  const reading = image.reading.then((read) => ({ ...read, revision }))
  const refreshed = { ...image, reading, revision: Promise.resolve(revision) }
  const current = new Map(resolved.map(({ name, digest }) => [name, digest]))
  return { ahead: { ...ahead, image: refreshed }, plain: image, current, revision }
}

function unclean(): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: "--refresh with a source at a commit, without uncommitted changes",
    got: "a source that is no clean checkout",
    fix: "Pass the source with its .git, as committed. Only a commit can be built again.",
  })
}

/** The record of a run that has nothing to build; undefined if the image is to be built on its newer bases. */
async function judge(source: Directory, start: NewerBases, where: RefreshContext): Promise<ReleaseRecord | undefined> {
  const { context } = where
  const { former, bases = [], decision } = await withShipAdvice(decide(source, start, where))
  const ref = "ref" in former ? former.ref : undefined
  context.facts.refresh = refreshRecord({ decision, bases, ...(ref && { former: ref }) })
  if (decision.status === "due") return undefined
  return { ...recordOf(context), source: sourceRecord(start.revision), ...(ref && { published: ref }) }
}

type RefreshContext = { context: Context; place: Place }
type Decided = { former: FormerRelease; bases?: BaseMove[]; decision: NonNullable<RefreshDecision> }

/** Asks for one fact after the other, until they decide. */
async function decide(source: Directory, start: NewerBases, { context, place }: RefreshContext): Promise<Decided> {
  const { options } = context
  const { commit } = start.revision
  const { former, release } = await readFormer(source, start, { context, place })
  const facts: RefreshFacts = {
    ...{ policy: options.refresh ?? "moved", threshold: options.scan.rules.threshold, commit, former },
  }
  const early = judgeRefresh(facts)
  if (early || !release) return { former, decision: early ?? nothing("no release of this commit is known") }
  const compared = await compareRelease(release, start, context)
  const moves = compared.map(({ move }) => move)
  const unmoved = judgeRefresh({ ...facts, bases: moves })
  if (unmoved) return { former, bases: moves, decision: unmoved }
  const holder = await findHolder(start.revision, { context, place })
  const decision = judgeRefresh({ ...facts, bases: moves, holder })
  if (decision) return { former, bases: moves, decision }
  const bases = await fixesOf(compared, release.ref, { context, place })
  const last = judgeRefresh({ ...facts, bases, holder })
  if (!last) throw gone(bases)
  return { former, bases, decision: last }
}

/** Without the earlier image, it is unknown what the newer one fixes. */
function gone(bases: BaseMove[]): SlipwayError {
  const names = bases.flatMap((base) => (isMoved(base) && !base.fixes ? [`${base.name}@${base.from}`] : []))
  return new SlipwayError("REGISTRY_FAILED", {
    expected: "to scan the moved base images as the release used them",
    got: `${names.join(", ")}, which the registry has removed`,
    fix: "Set refresh: moved, which does not compare findings, or ship a new commit.",
  })
}

/** The release in the place; without a GitOps repository, the one at the tags of this commit. */
async function readFormer(
  source: Directory,
  { plain, revision }: NewerBases,
  { context, place }: RefreshContext,
): Promise<{ former: FormerRelease; release?: ReleaseBases }> {
  const found = place.bump ? deployedImage(place) : await taggedFormer(plain, context)
  if ("reason" in found) return { former: found }
  const release = await readReleaseBases(found.ref, { ...signerTools({ context, place }), moment: "refresh" })
  const { commit, dirty } = release.source
  if (commit === revision.commit && !dirty) return { former: { ref: found.ref, commit }, release }
  const sameFiles = context.options.service !== undefined && (await hasSameFiles(source, found.ref, { context, place }))
  return { former: { ref: found.ref, ...(commit && { commit }), sameFiles }, release }
}

async function taggedFormer(plain: ImageStart, context: Context): Promise<{ ref: DigestRef } | { reason: string }> {
  const { tags } = await plannedTags(plain, context)
  const ref = await taggedRelease(tags, context)
  return ref ? { ref } : { reason: "this commit has no release yet; ship it without --refresh" }
}

/** A commit that changes nothing of a service does not ship it, so the deployed image is of an older one. */
async function hasSameFiles(source: Directory, ref: DigestRef, where: RefreshContext): Promise<boolean> {
  const [evidence, content] = await Promise.all([
    readEvidence(ref, { ...signerTools(where), moment: "refresh" }),
    serviceContent(source, where.context.options),
  ])
  return evidence?.content === content
}

async function compareRelease(
  { bases, platforms }: ReleaseBases,
  { current }: NewerBases,
  { options }: Context,
): Promise<ComparedBase[]> {
  const named = bases.filter(({ name }) => current.has(name))
  return await compareBases(named, { platforms, current, nodeImage: options.build.nodeImage ?? NODE_IMAGE })
}

/** The bump that ours would not replace, known before anything is built. */
async function findHolder(
  revision: Revision,
  { context: { options }, place: { bump, repository } }: RefreshContext,
): Promise<string | false> {
  if (!bump) return false
  const { context, ...target } = bump
  const { checks: _, ...unchecked } = context
  const ref = digestRef(repository, digestOf(""))
  const request = parseBumpOptions({ ...target, ref, ...bumpSource(revision, options.ci) })
  const { kept } = await planDelivery(request, unchecked)
  return kept[0]?.commit ?? false
}

async function fixesOf(compared: ComparedBase[], ref: DigestRef, where: RefreshContext): Promise<BaseMove[]> {
  const { scan } = where.context.options
  const { exceptions: _, baseline: _baseline, ...options } = scan
  const signing = { ...signerTools(where), moment: "refresh" }
  return await withFixes(compared, { ref, scan: { ...options, run: where.context.run }, signing })
}

/** In a run of its own, so that the engine does not use these results for later queries about the same digest. */
function signerTools({ context: { options }, place: { access, signer } }: RefreshContext) {
  const { cosign, crane } = options.tools
  return { access, signer, cosignImage: cosign, craneImage: crane, run: newRun() }
}
