import { setTimeout as sleep } from "node:timers/promises"
import type { Revision } from "../config/revision.ts"
import { newRun } from "../engine/tool.ts"
import { errorMessage, SlipwayError } from "../error.ts"
import { rollback } from "../gitops/deployed.ts"
import { planDelivery } from "../gitops/proposal.ts"
import { trailersOf } from "../gitops/request.ts"
import type { DigestRef } from "../oci/reference.ts"
import { oneLine } from "../sync/resource.ts"
import { readSync, type SyncOutcome, stateLine } from "../sync/wait-for-sync.ts"
import type { BumpCommit, Step } from "./context.ts"
import type { SyncRecord } from "./record/record.ts"
import type { BumpedPlace, BumpFacts } from "./record/release-record.ts"
import { releaseVerifier } from "./release-steps.ts"
import { withShipAdvice } from "./step-advice.ts"

type Bumped = { ref: DigestRef; revision?: Revision; step: Step }

/** Waits until the cluster runs the bumped image. A failure ends the run; on request, the bump is rolled back first. */
export async function syncImage({ ref, revision, step }: Bumped): Promise<void> {
  const { options, facts, measure } = step
  const { sync } = options
  const { bump } = facts
  if (!sync || !bump || typeof bump === "string") return
  await measure("sync", async () => {
    const start = Date.now()
    const commit = await withShipAdvice(liveCommit(bump, step))
    if (!commit) {
      facts.sync = { status: "skipped", resources: [], seconds: 0 }
      return
    }
    const outcome = await withShipAdvice(readSync({ ...sync, commit, ref }))
    facts.sync = syncRecord(outcome, { seconds: (Date.now() - start) / 1000, revision })
    if (outcome.status === "live") return
    if (!sync.rollbackOnFailure || outcome.status !== "failed") throw outcome.error
    throw await rollBack(outcome, { ref, revision, step })
  })
}

function syncRecord(
  { status, resources }: SyncOutcome,
  { seconds, revision }: { seconds: number; revision?: Revision },
): SyncRecord {
  if (status !== "live" || !revision) return { status, resources, seconds }
  return { status, resources, seconds, commitToLive: Math.round(Date.now() / 1000 - revision.time) }
}

/** The commit in which the branch has the image; none if a newer bump holds the place. */
async function liveCommit({ outcome, place }: BumpFacts, { facts, options }: Step): Promise<string | undefined> {
  switch (outcome.status) {
    case "superseded":
      return undefined
    case "bumped":
    case "unchanged":
      return outcome.commit
    case "requested": {
      const { mergeTimeout: seconds = 0 } = options.sync ?? {}
      const { commit } = facts
      return commit && (await mergedCommit(outcome.request.url, { read: () => readMerge(commit, place), seconds }))
    }
  }
}

/** What one read of the branch and of the open request tells. */
export type MergeState = { kind: "merged"; commit: string } | { kind: "superseded" } | { kind: "open" | "closed" }

type MergePlan = Pick<Awaited<ReturnType<typeof planDelivery>>, "files" | "kept" | "tip" | "proposal">

/** Whether the base has what the request proposes, or a newer bump in the image's place, or neither. */
export function mergeState({ files, kept, tip, proposal }: MergePlan, place: BumpedPlace): MergeState {
  if (kept.some(({ path, image }) => path === place.path && image === place.imageName)) return { kind: "superseded" }
  if (files.size === 0) return { kind: "merged", commit: tip }
  return { kind: proposal?.open ? "open" : "closed" }
}

const MERGE_PAUSE = 15_000

/** Each read is of a new run, because the engine would repeat the first one. */
async function readMerge({ request, context }: BumpCommit, place: BumpedPlace): Promise<MergeState> {
  return mergeState(await planDelivery(request, { ...context, run: newRun() }), place)
}

type Merging = { read: () => Promise<MergeState>; seconds: number; pause?: number }

/** Waits until a request is merged. It counts as closed after two reads, because it may be merged between both of one. */
export async function mergedCommit(
  url: string,
  { read, seconds, pause = MERGE_PAUSE }: Merging,
): Promise<string | undefined> {
  const end = Date.now() + seconds * 1000
  for (let closed = 0; ; ) {
    const state = await read()
    if (state.kind === "merged") return state.commit
    if (state.kind === "superseded") return undefined
    closed = state.kind === "closed" ? closed + 1 : 0
    if (closed > 1) throw notMerged(url, "it was closed")
    if (Date.now() + pause > end) throw notMerged(url, `it is still open after ${seconds} s`)
    await sleep(pause)
  }
}

function notMerged(url: string, got: string): SlipwayError {
  return new SlipwayError("SYNC_TIMEOUT", {
    expected: `the request ${url} to be merged`,
    got,
    fix: "Merge it, then run this again: it goes on there. wait.mergeTimeout in slipway.yaml is the longest wait.",
  })
}

type FailedSync = Extract<SyncOutcome, { error: SlipwayError }>

/** Restores the previous image, and returns the error of the run: the cluster's words, and what was done. */
async function rollBack({ error, resources }: FailedSync, { ref, step }: Bumped): Promise<SlipwayError> {
  const { bump } = step.place
  if (!bump) return error
  const { context, spareTag: _, message: __, ...place } = bump
  const words = resources.filter(({ state }) => state === "failed").map((one) => oneLine(stateLine(one)))
  try {
    const options = { ...place, to: "previous", only: ref, message: rollbackMessage(words.join("; ")) }
    const { request, outcome } = await withShipAdvice(
      rollback(options, { ...context, run: newRun(), verify: releaseVerifier(step) }),
    )
    const [restored] = request.changes.flatMap(trailersOf)
    if (restored && (outcome.status === "bumped" || outcome.status === "requested")) {
      const proposed = outcome.status === "requested" ? outcome.request.url : undefined
      const done = { ref: restored.ref, commit: outcome.commit, ...(proposed && { request: proposed }) }
      step.facts.sync = { ...(step.facts.sync as SyncRecord), rollback: done }
      return withNote(error, `Rolled back to ${restored.ref} by ${proposed ?? outcome.commit}.`)
    }
    return withNote(error, `Not rolled back: the GitOps repository has another image at ${outcome.commit}.`)
  } catch (cause) {
    return withNote(error, `Not rolled back: ${errorMessage(cause)}`)
  }
}

/** The template of the rollback's message. The cluster's words must not contain placeholders. */
export function rollbackMessage(words: string): string {
  const quoted = words.replaceAll("{", "(").replaceAll("}", ")")
  return `Roll {image} back to {digest} in {path}\n\nThe cluster reported of the release before: ${quoted}`
}

/** The same error with what followed from it. */
function withNote(error: SlipwayError, note: string): SlipwayError {
  error.message = `${error.message} ${note}`
  return error
}
