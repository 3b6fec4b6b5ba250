import { setTimeout as sleep } from "node:timers/promises"
import { clause, type ErrorCode, SlipwayError } from "../error.ts"
import { type ApiInput, getObject, objectRequest, readApi, readVia, requireServed } from "./cluster-api.ts"
import { judgeResponse } from "./judge.ts"
import type { Api } from "./kubeconfig.ts"
import {
  type DesiredRelease,
  parseDesiredRelease,
  parseResources,
  type Resource,
  requireVerifiable,
  resourceName,
  type Verdict,
} from "./resource.ts"

/** Times in seconds: the longest wait, and how long a failure must persist, since it may be temporary or of the last release. */
type Patience = { timeout: number; settle: number }

/** The last verdict of a resource, and since when it has failed; the attempts to repeat what failed do not count as success. */
type Observation = { verdict: Verdict; failedSince?: number }

type WaitStatus = "looking" | "live" | "failed" | "late"

const FIRST_PAUSE = 2
const LONGEST_PAUSE = 15

export function parsePatience({ timeout, settle }: Patience): Patience {
  if (timeout > 0 && settle >= 0) return { timeout, settle }
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "--timeout above 0 and --settle of at least 0, in seconds",
    got: `${timeout} and ${settle}`,
    fix: "Correct --timeout and --settle.",
  })
}

/** Adds a verdict to an observation; `now` is in seconds since the first one. */
export function observe(before: Observation | undefined, verdict: Verdict, now: number): Observation {
  const { failedSince } = before ?? {}
  if (isFailure(verdict)) return { verdict, failedSince: failedSince ?? now }
  if (verdict.kind === "waiting" && verdict.retrying && failedSince !== undefined) return { verdict, failedSince }
  return { verdict }
}

function isFailure({ kind }: Verdict): boolean {
  return kind === "failed" || kind === "blocked"
}

/** Decides whether to continue. One persistent failure ends the wait; at the timeout the last verdicts count. */
export function waitStatus(seen: Observation[], now: number, { timeout, settle }: Patience): WaitStatus {
  if (seen.every(({ verdict }) => verdict.kind === "live")) return "live"
  if (seen.some((one) => hasFailed(one, now, settle))) return "failed"
  return now >= timeout ? "late" : "looking"
}

/** Whether a wait ended because of the release. If all that ended it is blocked, the release may be good. */
export function failureKind(seen: Observation[], now: number, settle: number): "failed" | "blocked" {
  const ended = seen.filter((one) => hasFailed(one, now, settle))
  return ended.some(({ verdict }) => verdict.kind === "failed") ? "failed" : "blocked"
}

/** Whether a resource fails now, and did so before the settle time: a repeated attempt may succeed, so it is waited for. */
export function hasFailed({ verdict, failedSince }: Observation, now: number, settle: number): boolean {
  return isFailure(verdict) && failedSince !== undefined && now - failedSince >= settle
}

/** Seconds until the next read: short at first, and never after the timeout or the time at which a failure counts. */
export function pauseSeconds(looks: number, seen: Observation[], now: number, { timeout, settle }: Patience): number {
  const growing = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 1.5 ** (looks - 1))
  const settling = seen.flatMap(({ verdict, failedSince }) =>
    isFailure(verdict) && failedSince !== undefined ? [failedSince + settle - now] : [],
  )
  return Math.max(0, Math.min(growing, timeout - now, ...settling))
}

/** A clock in seconds, which tests replace. */
type Clock = { now: () => number; pause: (seconds: number) => Promise<unknown> }

const CLOCK: Clock = { now: () => performance.now() / 1000, pause: (seconds) => sleep(seconds * 1000) }

type WaitResult = { standing: Exclude<WaitStatus, "looking">; watched: WatchedResource[]; seconds: number }

/** Reads all resources repeatedly until all are live, one has failed, or the timeout. A live resource is not read again. */
export async function waitUntilLive(
  resources: Resource[],
  patience: Patience,
  { look, clock = CLOCK }: { look: (resource: Resource) => Promise<Verdict>; clock?: Clock },
): Promise<WaitResult> {
  const start = clock.now()
  const known = new Map<Resource, Observation>()
  for (let looks = 1; ; looks++) {
    const pending = resources.filter((resource) => known.get(resource)?.verdict.kind !== "live")
    const verdicts = await Promise.all(pending.map(async (resource) => [resource, await look(resource)] as const))
    const seconds = clock.now() - start
    for (const [resource, verdict] of verdicts) known.set(resource, observe(known.get(resource), verdict, seconds))
    const watched = [...known].map(([resource, seen]) => ({ resource, seen }))
    const seen = [...known.values()]
    const now = waitStatus(seen, seconds, patience)
    if (now !== "looking") return { standing: now, watched, seconds }
    await clock.pause(pauseSeconds(looks, seen, seconds, patience))
  }
}

type WatchedResource = { resource: Resource; seen: Observation }

export function renderLive({ resources, seconds, wanted }: Omit<SyncOutcome, "status">): string {
  const what = wanted.image ? `${wanted.image.repository}@${wanted.image.digest}` : `commit ${wanted.commit}`
  return [`LIVE after ${Math.round(seconds)} s: ${what}`, ...resources.map(stateLine)].join("\n")
}

export function stateLine({ name, text }: Pick<ResourceState, "name" | "text">): string {
  return `${name}: ${text}`
}

/** The error of a wait without success, with the last verdict of each resource. */
export function notLive(
  kind: "failed" | "late",
  watched: WatchedResource[],
  { now, timeout, settle }: Patience & { now: number },
): SlipwayError {
  const bad = watched.filter(({ seen }) =>
    kind === "failed" ? hasFailed(seen, now, settle) : seen.verdict.kind !== "live",
  )
  const code: ErrorCode = kind === "failed" ? "SYNC_FAILED" : "SYNC_TIMEOUT"
  return new SlipwayError(code, {
    expected: `${bad.map(({ resource }) => resourceName(resource)).join(", ")} to go live within ${timeout} s`,
    got: bad.map((watched) => clause(stateLine(stateOf(watched)))).join("; "),
    fix:
      kind === "failed"
        ? "Fix the cause, or run gitops rollback: the commit stays in git."
        : "Raise wait.timeout in slipway.yaml (alone: --timeout), or fix what it waits for: the commit stays in git.",
  })
}

/** What to wait for, as a caller passes it, and the API that reports it. */
export type SyncInput = {
  resources: string[]
  commit?: string
  ref?: string
  timeout: number
  settle: number
  api: ApiInput
}

/** The time limit of one read, in milliseconds. */
const READ = 10_000

/** The last state of one resource. */
export type ResourceState = { name: string; state: Verdict["kind"]; text: string }

/** The outcome of a wait; `error` is what a caller throws unless the release is live. */
export type SyncOutcome = { wanted: DesiredRelease; seconds: number; resources: ResourceState[] } & (
  | { status: "live" }
  | { status: "failed" | "blocked" | "late"; error: SlipwayError }
)

type SyncPlan = { resources: Resource[]; wanted: DesiredRelease; patience: Patience; api: Api }

/** Refuses invalid options, without a read. */
export async function planSync({ resources: names, api: input, ...rest }: SyncInput): Promise<SyncPlan> {
  const wanted = parseDesiredRelease(rest)
  const patience = parsePatience(rest)
  const api = await readApi(input)
  const resources = parseResources(names)
  for (const resource of resources) {
    requireVerifiable(resource, wanted)
    requireServed(api, resource)
  }
  return { resources, wanted, patience, api }
}

/** Waits until a cluster runs a release, or does not. */
export async function readSync(input: SyncInput): Promise<SyncOutcome> {
  const { resources, wanted, patience, api } = await planSync(input)
  const via = await readVia(input.api.service)
  const { standing, watched, seconds } = await waitUntilLive(resources, patience, {
    look: async (resource) => {
      const read = await getObject(objectRequest(api, resource), { api, via, milliseconds: READ })
      return judgeResponse(read, resource, wanted)
    },
  })
  const ended = { wanted, seconds, resources: watched.map(stateOf) }
  if (standing === "live") return { ...ended, status: standing }
  const error = notLive(standing, watched, { ...patience, now: seconds })
  if (standing === "late") return { ...ended, status: standing, error }
  const seen = watched.map((one) => one.seen)
  return { ...ended, status: failureKind(seen, seconds, patience.settle), error }
}

function stateOf({ resource, seen: { verdict } }: WatchedResource): ResourceState {
  return {
    name: resourceName(resource),
    state: verdict.kind,
    text: verdict.kind === "live" ? verdict.how : verdict.why,
  }
}

/** Waits until a cluster runs a release. */
export async function waitForSync(input: SyncInput): Promise<string> {
  const outcome = await readSync(input)
  if (outcome.status === "live") return renderLive(outcome)
  throw outcome.error
}
