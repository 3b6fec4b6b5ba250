import type { Directory } from "@dagger.io/dagger"
import { type BuildOptions, buildImage } from "../build/docker-build.ts"
import { newRun, type Run } from "../config/effect.ts"
import type { Tools } from "../config/tools.ts"
import { bump } from "../gitops/bump.ts"
import { parseBumpOptions } from "../gitops/options.ts"
import { blobPath } from "../oci/digest.ts"
import type { DigestRef } from "../oci/digest-ref.ts"
import { parseImageManifest, pullSize } from "../oci/image-manifest.ts"
import { type LayoutContent, readLayout } from "../oci/layout.ts"
import { pushLayout, writeTags } from "../publish/push.ts"
import { requirePass } from "../scan/outcome.ts"
import { type ScanOptions, type ScanOutcome, scanLayout } from "../scan/scan-layout.ts"
import { signDigest } from "../sign/cosign.ts"
import { requirePassed, type TestOutcome } from "../test/outcome.ts"
import { runTests, type TestOptions } from "../test/suite.ts"
import { type DeliveryInput, openDelivery } from "./delivery.ts"
import type { Destination } from "./destination.ts"
import type { Place } from "./place.ts"
import type { ReleaseRecord, SignatureRecord } from "./record.ts"
import { openRehearsal, REHEARSAL_REPOSITORY } from "./rehearsal.ts"
import { type BuiltFacts, type BumpFacts, type Facts, releaseRecord } from "./release-record.ts"
import { releaseTags } from "./release-tags.ts"
import { type Stopwatch, startStopwatch } from "./stopwatch.ts"

export type ShipOptions = {
  destination: Destination
  delivery?: DeliveryInput
  tests: TestOptions | "skip"
  build: BuildOptions
  scan: Omit<ScanOptions, "run">
  tags: string[]
  tools: Tools
}

/** What a run came to, and what the stages wrote, which is there also when one of them failed. */
export type Release = { record: ReleaseRecord; tests?: TestOutcome; scan?: ScanOutcome; error?: unknown }

type ReleaseFacts = Facts & { scan?: ScanOutcome }
type Context = { options: ShipOptions; run: Run; facts: ReleaseFacts; measure: Stopwatch["measure"] }
type Built = BuiltFacts & { layout: Directory }

/** The whole chain. A stage that fails ends it, and is an outcome with a record of all that was done before. */
export async function ship(source: Directory, options: ShipOptions): Promise<Release> {
  const { stages, measure } = startStopwatch()
  const facts: ReleaseFacts = startFacts(options.destination)
  const ended = { stages, tools: options.tools }
  try {
    await runChain(source, { options, run: newRun(), facts, measure })
    return { ...facts, record: releaseRecord(facts, ended) }
  } catch (error) {
    return { ...facts, record: releaseRecord(facts, { ...ended, error }), error }
  }
}

/** The release, or the failed stage's own error. */
export function requireShipped(release: Release): Release {
  if ("error" in release) throw release.error
  return release
}

function startFacts(destination: Destination): ReleaseFacts {
  if (destination.kind === "rehearsal") return { mode: "rehearsal", repository: REHEARSAL_REPOSITORY }
  return { mode: "delivery", repository: destination.repository.name }
}

/** Nothing outside is touched before tests and gate have passed, and no tag exists before the signature. */
async function runChain(source: Directory, context: Context): Promise<void> {
  const { options, facts, measure } = context
  const opening = measure("open", () => openPlace(context))
  try {
    const testing = measure("test", () => testSource(source, context))
    const building = measure("build", () => buildSource(source, context))
    const scanning = building.then(({ layout }) => measure("scan", () => scanImage(layout, context)))
    const [place, { layout, revision }] = await Promise.all([opening, building, testing, scanning])
    const tags = releaseTags(options.tags, { revision, mode: place.mode })
    const step = { ...context, place }
    const ref = await measure("publish", () => publishImage(layout, step))
    facts.signature = await measure("sign", () => signImage(ref, step))
    facts.tags = await measure("tag", () => writeTags(ref, tags, registry(step)))
    facts.bump = await measure("gitops", () => bumpImage(ref, step))
  } finally {
    await opening.then(({ close }) => close()).catch(() => {})
  }
}

function openPlace({ options: { destination, delivery, tools }, run }: Context): Promise<Place> {
  if (destination.kind === "rehearsal" || !delivery) return openRehearsal(run, tools)
  return openDelivery(destination, { input: delivery, run, tools })
}

async function testSource(source: Directory, { options: { tests }, facts }: Context): Promise<void> {
  facts.tests = tests === "skip" ? { status: "skipped" } : await runTests(source, tests)
  requirePassed(facts.tests)
}

async function buildSource(source: Directory, { options, facts }: Context): Promise<Built> {
  const { layout, warnings, revision } = await buildImage(source, options.build)
  const content = await readLayout(layout)
  const built = { layout, content, sizes: await pullSizes(layout, content), warnings, ...(revision && { revision }) }
  facts.built = built
  return built
}

async function scanImage(layout: Directory, { options, run, facts }: Context): Promise<void> {
  facts.scan = await scanLayout(layout, { ...options.scan, run })
  requirePass(facts.scan)
}

type Step = Context & { place: Place }

async function publishImage(layout: Directory, step: Step): Promise<DigestRef> {
  const ref = await pushLayout(layout, { ...registry(step), repository: step.place.repository })
  step.facts.ref = ref
  return ref
}

async function signImage(ref: DigestRef, { place, options, run }: Step): Promise<SignatureRecord> {
  const { access, key } = place
  const { signer, checks } = await signDigest(ref, { key, access, cosignImage: options.tools.cosign, run })
  return { signer, checks }
}

async function bumpImage(ref: DigestRef, { place, facts }: Step): Promise<BumpFacts | "skipped"> {
  if (!place.bump) return "skipped"
  const { context, branch, path, image } = place.bump
  const revision = facts.built?.revision
  const source = revision && {
    sourceRevision: revision.commit,
    sourceOrder: revision.time,
    sourceRepository: revision.url,
  }
  const outcome = await bump(parseBumpOptions({ path, image, ref, branch, ...source }), context)
  return { outcome, place: { repo: context.access.remote.url, branch, path } }
}

function registry({ place: { access }, options: { tools }, run }: Step) {
  return { craneImage: tools.crane, access, run }
}

async function pullSizes(layout: Directory, { manifests }: LayoutContent): Promise<Map<string, number>> {
  const sizes = manifests.map(async ({ digest }) => {
    const text = await layout.file(blobPath(digest)).contents()
    return [digest, pullSize(parseImageManifest(text, digest))] as const
  })
  return new Map(await Promise.all(sizes))
}
