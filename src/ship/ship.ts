import type { Directory } from "@dagger.io/dagger"
import { newRun } from "../config/effect.ts"
import { requirePass } from "../scan/outcome.ts"
import { type ScanOutcome, scanLayout } from "../scan/scan-layout.ts"
import { requirePassed, type TestOutcome } from "../test/outcome.ts"
import { runTests } from "../test/suite.ts"
import { buildSource } from "./build-source.ts"
import type { Built, Context, ReleaseFacts, ShipOptions } from "./context.ts"
import { openPlace } from "./open-place.ts"
import type { ReleaseRecord } from "./record.ts"
import { REHEARSAL_REPOSITORY } from "./rehearsal.ts"
import { releaseRecord } from "./release-record.ts"
import { attestImage, bumpImage, publishImage, signImage, tagImage, verifyImage } from "./release-steps.ts"
import { releaseTags } from "./release-tags.ts"
import { startStopwatch } from "./stopwatch.ts"

/** What a run came to, and what the stages wrote, which is there also when one of them failed. */
export type Release = { record: ReleaseRecord; tests?: TestOutcome; scan?: ScanOutcome; error?: unknown }

/** The whole chain. A stage that fails ends it, and is an outcome with a record of all that was done before. */
export async function ship(source: Directory, options: ShipOptions): Promise<Release> {
  const { stages, measure } = startStopwatch()
  const facts = startFacts(options)
  const ended = { stages, tools: options.tools }
  try {
    await runChain(source, { options, run: newRun(), facts, stages, measure })
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

function startFacts({ destination, ci }: ShipOptions): ReleaseFacts {
  const job = ci && { ci }
  if (destination.kind === "rehearsal") return { mode: "rehearsal", repository: REHEARSAL_REPOSITORY, ...job }
  return { mode: "delivery", repository: destination.repository.name, ...job }
}

/** Nothing outside is touched before tests and gate have passed, and no tag exists before everything is verified. */
async function runChain(source: Directory, context: Context): Promise<void> {
  const { options, measure } = context
  const opening = measure("open", () => openPlace(options, context.run))
  try {
    const testing = measure("test", () => testSource(source, context))
    const building = measure("build", () => buildImage(source, context))
    const scanning = building.then(({ layout }) => measure("scan", () => scanImage(layout, context)))
    const [place, built] = await Promise.all([opening, building, testing, scanning])
    const tags = releaseTags(options.tags, { revision: built.revision, mode: place.mode, ci: options.ci })
    const step = { ...context, place }
    const ref = await measure("publish", () => publishImage(built.layout, step))
    const signed = await measure("sign", () => signImage(ref, step))
    await measure("attest", () => attestImage(ref, built, step))
    await measure("verify", () => verifyImage(ref, signed, step))
    await measure("tag", () => tagImage(ref, tags, step))
    await measure("gitops", () => bumpImage(ref, step))
  } finally {
    await opening.then(({ close }) => close()).catch(() => {})
  }
}

async function testSource(source: Directory, { options: { tests }, facts }: Context): Promise<void> {
  facts.tests = tests === "skip" ? { status: "skipped" } : await runTests(source, tests)
  requirePassed(facts.tests)
}

async function buildImage(source: Directory, { options, facts }: Context): Promise<Built> {
  const built = await buildSource(source, options)
  facts.built = built
  return built
}

async function scanImage(layout: Directory, { options, run, facts }: Context): Promise<void> {
  facts.scan = await scanLayout(layout, { ...options.scan, run })
  requirePass(facts.scan)
}
