import type { Directory } from "@dagger.io/dagger"
import { newRun } from "../engine/tool.ts"
import type { ScanOutcome } from "../scan/scan-layout.ts"
import type { TestOutcome } from "../test/outcome.ts"
import type { Context, ReleaseFacts, ShipOptions } from "./context.ts"
import { startAhead } from "./head-start.ts"
import { nameImage } from "./image.ts"
import { imageFetcher } from "./image-fetch.ts"
import { openInRun } from "./open-place.ts"
import { plannedTags } from "./planned-tags.ts"
import type { ReleaseRecord } from "./record.ts"
import { rehearsalName } from "./rehearsal.ts"
import { recordOf } from "./release-record.ts"
import { bumpImage, recordRelease } from "./release-steps.ts"
import { resume } from "./resume.ts"
import { inSpan, type Titles } from "./stage-span.ts"
import { beginTitle, endTitle } from "./stage-title.ts"
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
  const context = beginRun(options, { run: newRun(), fetchImage: imageFetcher() })
  try {
    const ended = await runChain(source, context)
    return { ...context.facts, ...ended }
  } catch (error) {
    return failedRelease(context, error)
  }
}

/** What a run came to that ended early. */
export function failedRelease(context: Context, error: unknown): Release {
  return { ...context.facts, record: recordOf(context, { error }), error }
}

/** The release, or the failed stage's own error. */
export function requireShipped(release: Release): Release {
  if ("error" in release) throw release.error
  return release
}

/** What the services of one run have in common. */
export type Shared = Pick<Context, "run" | "fetchImage">

/** A run, or a service's share of one, with what is known of it before it begins. */
export function beginRun(options: ShipOptions, shared: Shared, service?: string): Context {
  const watch = startStopwatch()
  const context = { options, ...shared, facts: startFacts(options, service), ...watch }
  return {
    ...context,
    measure: (stage, work) => watch.measure(stage, () => inSpan(titles(stage, context, service), work)),
  }
}

function titles(stage: string, context: Context, service?: string): Titles {
  return { begin: beginTitle(stage, service), end: () => endTitle(stage, recordOf(context), service) }
}

/** What is known of a run before it begins. */
export function startFacts({ destination, ci }: ShipOptions, service?: string): ReleaseFacts {
  const job = ci && { ci }
  if (destination.kind === "rehearsal") return { mode: "rehearsal", repository: rehearsalName(service), ...job }
  return { mode: "delivery", repository: destination.repository.name, ...job }
}

/** What is done already is not done again; what is not goes on from where an earlier run of this commit broke. */
async function runChain(source: Directory, context: Context): Promise<Pick<Release, "record" | "finished">> {
  const { options, measure } = context
  const ahead = startAhead(source, options, context.fetchImage)
  const start = await resume(ahead.image, context)
  if (start.finished) return { record: start.finished, finished: true }
  const opening = measure("open", () => openInRun(context, () => plannedTags(ahead.image, context)))
  try {
    const { ref, revision, step } = await nameImage(source, context, { start, opening, ahead })
    await measure("gitops", () => bumpImage(ref, revision, step))
    return { record: await recordRelease(ref, step) }
  } finally {
    await opening.then(({ close }) => close()).catch(() => {})
  }
}
