import type { Directory } from "@dagger.io/dagger"
import { getTracer } from "@dagger.io/dagger/telemetry"
import { NODE_IMAGE } from "../../src/tool-images.ts"
import { allInOrder } from "../engine/concurrency.ts"
import { type SecretUse, watchSecrets } from "../engine/secret-use.ts"
import { newRun } from "../engine/tool.ts"
import type { ScanOutcome } from "../scan/scan-layout.ts"
import { type SmokeOutcome, smokeLines } from "../smoke/outcome.ts"
import type { TestOutcome } from "../test/outcome.ts"
import { cacheRecord, openCache, runCache } from "./cache/stage.ts"
import { releaseChart } from "./chart/chart.ts"
import { type Context, imageFetcher, type ReleaseFacts, type ShipOptions, startRuntime } from "./context.ts"
import { makeTaggedImage, type TaggedImage } from "./image.ts"
import { openInRun, rehearsalName } from "./places.ts"
import { deployPreview, noteFailure } from "./preview/preview.ts"
import type { ReleaseRecord } from "./record/record.ts"
import { recordOf } from "./record/release-record.ts"
import { startRefresh } from "./refresh/refresh.ts"
import { bumpImage, recordRelease } from "./release-steps.ts"
import { plannedTags } from "./release-tags.ts"
import { replicateRelease } from "./replication.ts"
import { importText, takenOverText } from "./report/cache-text.ts"
import { refreshText } from "./report/refresh-text.ts"
import { previewText, replicaText, syncText, tagsText } from "./report/release-text.ts"
import { deploymentText } from "./report/trace-text.ts"
import { resume } from "./resume.ts"
import { type ImageStart, startAhead } from "./source-image.ts"
import { startStopwatch } from "./stopwatch.ts"
import { syncImage } from "./sync.ts"
import { recordDeployment } from "./trace/deployment.ts"

/** The outcome of a run, with the stages' files, also if a stage failed. */
export type Release = {
  record: ReleaseRecord
  /** The record is from an earlier run, and nothing is left to do. */
  finished?: boolean
  tests?: TestOutcome
  scan?: ScanOutcome
  smoke?: SmokeOutcome
  /** The caches for the next run, where they are kept in a directory. */
  caches?: Directory
  error?: unknown
}

/** Runs the whole chain. A failed stage ends it, and the outcome has the record of the stages before. */
export async function ship(source: Directory, options: ShipOptions): Promise<Release> {
  const context = beginRun(options, shareRun([options]))
  const release = await shipOne(source, context)
  return await withCaches(release, context)
}

async function shipOne(source: Directory, context: Context): Promise<Release> {
  try {
    const ended = await watchRun(context, () => runChain(source, context))
    return { ...context.facts, ...ended }
  } catch (error) {
    await noteFailure(context, error)
    return failedRelease(context, error)
  }
}

/** Waits for the export of caches, and completes the record with it. */
export async function withCaches(release: Release, shared: Pick<Context, "cache" | "results">): Promise<Release> {
  const { cache, results } = shared
  if (!cache) return release
  await Promise.all([cache.ended(), results?.ended()])
  const caches = cache.directory()
  const record = release.finished ? release.record : { ...release.record, cache: cacheRecord(shared) }
  return { ...release, record, ...(caches && { caches }) }
}

/** What happens between stages counts as the stage start, which reads the source. */
export function watchRun<T>({ facts }: Pick<Context, "facts">, work: () => Promise<T>): Promise<T> {
  return watchSecrets({ stage: "start", uses: usesOf(facts) }, work)
}

function usesOf(facts: ReleaseFacts): SecretUse[] {
  facts.secretUses ??= []
  return facts.secretUses
}

/** The outcome of a run that a stage ended. */
export function failedRelease(context: Context, error: unknown): Release {
  return { ...context.facts, record: recordOf(context, { error }), error }
}

/** Throws the error of a failed stage, unchanged. */
export function requireShipped(release: Release): Release {
  if ("error" in release) throw release.error
  return release
}

/** What the services of one run share. */
type SharedContext = Pick<Context, "run" | "fetchImage" | "runtime" | "cache" | "results" | "began">

export function shareRun(options: ShipOptions[]): SharedContext {
  const run = newRun()
  const fetchImage = imageFetcher()
  const runtime = startRuntime(options[0]?.build.nodeImage ?? NODE_IMAGE, fetchImage)
  return { run, fetchImage, runtime, began: Math.floor(Date.now() / 1000), ...runCache(options, run) }
}

/** The context of a run, or of one service in it, before its first stage. */
export function beginRun(options: ShipOptions, shared: SharedContext, service?: string): Context {
  const watch = startStopwatch()
  const context = { options, ...shared, facts: startFacts(options, service), ...watch }
  if (shared.cache) context.facts.cache = () => cacheRecord(shared)
  return {
    ...context,
    measure: (stage, work) => {
      const watched = () => watchSecrets({ stage, uses: usesOf(context.facts) }, work)
      return watch.measure(stage, () => inSpan(titles(stage, context, service), watched))
    },
  }
}

function titles(stage: string, context: Context, service?: string): StageTitles {
  return {
    begin: beginTitle(stage, { service, options: context.options }),
    end: () => endTitle(stage, recordOf(context), service),
  }
}

/** The facts of a run before its first stage. */
export function startFacts({ destination, ci, noPreview }: ShipOptions, service?: string): ReleaseFacts {
  const job = ci && { ci }
  if (destination.kind === "delivery") {
    return { mode: "delivery", repository: destination.repository.name, ...job }
  }
  const reason = noPreview && { preview: { status: "rehearsed" as const, reason: noPreview } }
  return { mode: "rehearsal", repository: rehearsalName(service), ...job, ...reason }
}

/** Runs the stages that earlier runs of this commit did not complete. */
async function runChain(source: Directory, context: Context): Promise<Pick<Release, "record" | "finished">> {
  const { options, measure } = context
  const begun = startAhead(source, options, context.fetchImage)
  const open = (image: ImageStart) => measure("open", () => openInRun(context, () => plannedTags(image, context)))
  const refreshed = options.refresh && (await startRefresh(source, begun, { context, open }))
  if (refreshed?.idle) return { record: refreshed.idle, finished: true }
  const { ahead = begun } = refreshed ?? {}
  const start = await resume(ahead.image, context)
  if (start.finished) return { record: start.finished, finished: true }
  const opening = refreshed?.opening ?? open(ahead.image)
  openCache(context, opening)
  try {
    const tagged = await makeTaggedImage(source, context, { start, opening, ahead })
    const { ref, step } = tagged
    await releaseChart(tagged)
    if (options.prepare) return { record: preparedRecord(tagged) }
    await allInOrder([deploy(tagged), replicateRelease(tagged, step)])
    return { record: await recordRelease(ref, step) }
  } finally {
    await opening.then(({ close }) => close()).catch(() => {})
  }
}

/**
 * The record of an image that a later run deploys. It is not attested, because the release is not complete: the later run
 * finds the image by its tag, and goes on there.
 */
export function preparedRecord({ step }: TaggedImage): ReleaseRecord {
  step.facts.bump = step.place.bump ? "pending" : "skipped"
  return recordOf(step)
}

/** Bumps image and chart, and waits for the cluster where that is asked. */
async function deploy(tagged: TaggedImage): Promise<void> {
  const { ref, revision, step } = tagged
  if (step.options.preview) return await deployPreview(step.options.preview, tagged)
  await step.measure("gitops", () => bumpImage(ref, revision, step))
  await recordDeployment(tagged, () => syncImage(tagged))
}

/** What each stage does, shown while it runs. */
const ACTIONS: Record<string, string | ((options?: ShipOptions) => string)> = {
  refresh: "compares the base images with those of the deployed release",
  resume: "looks for an earlier release of this commit",
  open: "opens registry, key and GitOps repository",
  compare: "compares the service with the deployed image",
  deployed: "reads the signed reports of the deployed image",
  import: "fills empty caches from an earlier run",
  test: "runs the project's own tests",
  build: "builds every platform",
  scan: "scans every platform",
  smoke: "starts the image",
  publish: "pushes by digest",
  sign: "signs the image index",
  attest: "attests provenance, SBOMs and vulnerabilities",
  verify: "verifies signature and attestations in the registry",
  tag: "writes the tags",
  chart: "packages the chart with the digest, pushes, signs and verifies it",
  gitops: "commits the digest to the GitOps repository",
  comment: "writes the comment on the pull request",
  sync: (options) => `waits for ${options?.sync?.resources.join(", ") ?? "the cluster"}`,
  replicate: "copies the release to further registries, and verifies it there",
  deployment: "records the deployment in the source's forge",
  record: "attests the record of this run",
}

/** The title of a running stage, with the name of its service. */
export function beginTitle(
  stage: string,
  { service, options }: { service?: string; options?: ShipOptions } = {},
): string {
  const action = ACTIONS[stage] ?? "runs"
  return `${stageName(stage, service)} ${typeof action === "string" ? action : action(options)} …`
}

/** The title of an ended stage: its result, from the record so far. */
export function endTitle(stage: string, record: ReleaseRecord, service?: string): string {
  const result = RESULTS[stage]?.(record)
  return `${stageName(stage, service)} ${result ?? "done"}`
}

function stageName(stage: string, service?: string): string {
  return `${service ? `${service} ` : ""}${stage}:`
}

const RESULTS: Record<string, (record: ReleaseRecord) => string | undefined> = {
  refresh: ({ refresh }) => refresh && refreshText(refresh),
  resume: ({ inputs }) =>
    inputs ? "looked up by commit and inputs" : "skipped, because the source has no clean commit",
  open: ({ mode }) => (mode === "rehearsal" ? "a temporary registry, key and repository" : undefined),
  import: ({ cache }) => cache && importText(cache),
  test: ({ tests }) => tests && testsText(tests),
  build: ({ image }) => image && `${image.digest} for ${image.platforms.map(({ platform }) => platform).join(", ")}`,
  scan: ({ scan }) => scan && scanText(scan),
  smoke: ({ smoke }) => smoke && smokeLines(smoke).join("; "),
  publish: ({ published }) => published,
  sign: ({ signature }) => signature && `by ${signature.signer}`,
  attest: ({ attestations }) => attestations && `${attestations.length} attestations`,
  verify: ({ signature }) => signature?.checks.join("; "),
  tag: ({ tags }) => tags && tagsText(tags),
  chart: ({ chart }) => chart && `${chart.name} ${chart.version} at ${chart.published}`,
  replicate: ({ replicas }) => replicas?.map(replicaText).join("; "),
  gitops: ({ bump }) => bump && ("commit" in bump ? `${bump.status} by ${bump.commit}` : bump.status),
  comment: ({ preview }) => preview && previewText(preview),
  sync: ({ sync }) => sync && syncText(sync),
  deployment: ({ deployment }) => deployment && deploymentText(deployment),
}

function testsText(tests: NonNullable<ReleaseRecord["tests"]>): string {
  if (tests.status === "skipped") return "skipped"
  if (tests.takenOver) return takenOverText(tests.takenOver)
  return tests.runners
    .map(({ name, tests: count, status }) => `${name} ${count ?? ""} ${status}`)
    .join(", ")
    .replace(/ {2,}/g, " ")
}

function scanText({ verdict, threshold, gate, findings, takenOver }: NonNullable<ReleaseRecord["scan"]>): string {
  const failing = findings.filter((finding) => finding.failing).length
  const found = `${verdict}, ${failing} of ${findings.length} findings ${gate ?? `at or above ${threshold}`}`
  return takenOver ? `${found}, ${takenOverText(takenOver, "scanned")}` : found
}

/** The titles of a stage while it runs and after it succeeds. */
type StageTitles = { begin: string; end: () => string }

/** Groups all calls of a stage into one span in Dagger's view; a failed span carries the error. */
async function inSpan<T>({ begin, end }: StageTitles, stage: () => Promise<T>): Promise<T> {
  return await getTracer("slipway").startActiveSpan(begin, async (span) => {
    const result = await stage()
    span.updateName(end())
    return result
  })
}
