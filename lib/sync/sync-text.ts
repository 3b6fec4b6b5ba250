import { clause, type ErrorCode, SlipwayError } from "../error.ts"
import { hasFailed, type Patience, type Seen } from "./patience.ts"
import { type Resource, resourceName } from "./resource.ts"
import type { Wanted } from "./verdict.ts"

/** A resource and the last that was seen of it. */
export type Watched = { resource: Resource; seen: Seen }

export function renderLive(watched: Watched[], seconds: number, wanted: Wanted): string {
  const what = wanted.image ? `${wanted.image.repository}@${wanted.image.digest}` : `commit ${wanted.commit}`
  return [`LIVE after ${Math.round(seconds)} s: ${what}`, ...watched.map(line)].join("\n")
}

/** The error of a wait that ended without success: the last that was seen of each. */
export function notLive(
  kind: "failed" | "late",
  watched: Watched[],
  { now, timeout, settle }: Patience & { now: number },
): SlipwayError {
  const bad = watched.filter(({ seen }) =>
    kind === "failed" ? hasFailed(seen, now, settle) : seen.verdict.kind !== "live",
  )
  const code: ErrorCode = kind === "failed" ? "SYNC_FAILED" : "SYNC_TIMEOUT"
  return new SlipwayError(code, {
    expected: `${bad.map(({ resource }) => resourceName(resource)).join(", ")} to go live within ${timeout} s`,
    got: bad.map((watched) => clause(line(watched))).join("; "),
    fix:
      kind === "failed"
        ? "What was pushed stays in git: see to the cause, or go back by rollback."
        : "That is the last that was seen. Wait longer by --timeout, or see to what it waits for; git is as it was.",
  })
}

function line({ resource, seen: { verdict } }: Watched): string {
  return `${resourceName(resource)}: ${verdict.kind === "live" ? verdict.how : verdict.why}`
}
