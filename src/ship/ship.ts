import type { Directory } from "@dagger.io/dagger"
import { newRun } from "../config/effect.ts"
import type { ScanOutcome } from "../scan/scan-layout.ts"
import type { TestOutcome } from "../test/outcome.ts"
import type { Context, ReleaseFacts, ShipOptions } from "./context.ts"
import { adoptImage, makeImage, type Verified } from "./image.ts"
import { openPlace } from "./open-place.ts"
import type { Place } from "./place.ts"
import type { ReleaseRecord } from "./record.ts"
import { rehearsalName } from "./rehearsal.ts"
import { releaseRecord } from "./release-record.ts"
import { attestRecord, bumpImage, tagImage } from "./release-steps.ts"
import { readStart, type Start } from "./resume.ts"
import { startStopwatch } from "./stopwatch.ts"

/** What a run came to, and what the stages wrote, which is there also when one of them failed. */
export type Release = {
  record: ReleaseRecord
  /** The record is that of an earlier run, which left nothing to do. */
  finished?: boolean
  tests?: TestOutcome
  scan?: ScanOutcome
  error?: unknown
}

/** The whole chain. A stage that fails ends it, and is an outcome with a record of all that was done before. */
export async function ship(source: Directory, options: ShipOptions): Promise<Release> {
  const { stages, measure } = startStopwatch()
  const facts = startFacts(options)
  const ended = { stages, tools: options.tools }
  const context = { options, run: newRun(), facts, stages, measure }
  try {
    const finished = await runChain(source, context)
    return { ...facts, ...finished }
  } catch (error) {
    return { ...facts, record: releaseRecord(facts, { ...ended, error }), error }
  }
}

/** The release, or the failed stage's own error. */
export function requireShipped(release: Release): Release {
  if ("error" in release) throw release.error
  return release
}

/** What is known of a run before it begins. */
export function startFacts({ destination, ci }: ShipOptions, service?: string): ReleaseFacts {
  const job = ci && { ci }
  if (destination.kind === "rehearsal") return { mode: "rehearsal", repository: rehearsalName(service), ...job }
  return { mode: "delivery", repository: destination.repository.name, ...job }
}

/** What is done already is not done again; what is not goes on from where an earlier run of this commit broke. */
async function runChain(source: Directory, context: Context): Promise<Pick<Release, "record" | "finished">> {
  const { options, facts, measure } = context
  const start = facts.mode === "delivery" ? await measure("resume", () => readStart(source, options)) : {}
  if (start.finished) return { record: start.finished, finished: true }
  if (start.inputs) facts.inputs = start.inputs
  const opening = measure("open", () => openPlace(options, context.run))
  try {
    return { record: await releaseSource(source, { context, start, opening }) }
  } finally {
    await opening.then(({ close }) => close()).catch(() => {})
  }
}

type Begun = { context: Context; start: Start; opening: Promise<Place> }

async function releaseSource(source: Directory, { context, start, opening }: Begun): Promise<ReleaseRecord> {
  const image = start.earlier ? adoptImage(start.earlier, context) : await makeImage(source, context, opening)
  return await deliver(image, context, await opening)
}

/** Names and bumps what is verified. No tag exists before that. */
async function deliver({ ref, revision, tags }: Verified, context: Context, place: Place): Promise<ReleaseRecord> {
  const { options, facts, stages, measure } = context
  const step = { ...context, place }
  await measure("tag", () => tagImage(ref, tags, step))
  await measure("gitops", () => bumpImage(ref, revision, step))
  const record = releaseRecord(facts, { stages, tools: options.tools })
  if (facts.inputs) await measure("record", () => attestRecord(ref, record, step))
  return record
}
