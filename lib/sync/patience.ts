import { SlipwayError } from "../error.ts"
import type { Verdict } from "./verdict.ts"

/** How long to wait, in seconds: in all, and for a failure that may be the last release's, or passing. */
export type Patience = { timeout: number; settle: number }

/** What is known of a resource by now. */
export type Seen = { verdict: Verdict; failedSince?: number }

export type Standing = "looking" | "live" | "failed" | "late"

const FIRST_PAUSE = 2
const LONGEST_PAUSE = 15

export function parsePatience({ timeout, settle }: Patience): Patience {
  if (timeout > 0 && settle >= 0) return { timeout, settle }
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "a timeout of at least one second, and a settle time of none or more",
    got: `${timeout} and ${settle}`,
    fix: "Both are seconds.",
  })
}

/** What is known after one more look; `now` is seconds since the first. */
export function seeAgain(before: Seen | undefined, verdict: Verdict, now: number): Seen {
  if (verdict.kind !== "failed") return { verdict }
  return { verdict, failedSince: before?.failedSince ?? now }
}

/** Whether to go on. One that has failed for good ends it all; at the end of the time the last look counts. */
export function standing(seen: Seen[], now: number, { timeout, settle }: Patience): Standing {
  if (seen.every(({ verdict }) => verdict.kind === "live")) return "live"
  if (seen.some((one) => hasFailed(one, now, settle))) return "failed"
  return now >= timeout ? "late" : "looking"
}

export function hasFailed({ failedSince }: Seen, now: number, settle: number): boolean {
  return failedSince !== undefined && now - failedSince >= settle
}

/** Seconds until the next look: short at first, never beyond the end, and never past the moment that a failure counts. */
export function pauseSeconds(looks: number, seen: Seen[], now: number, { timeout, settle }: Patience): number {
  const growing = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 1.5 ** (looks - 1))
  const settling = seen.flatMap(({ failedSince }) => (failedSince === undefined ? [] : [failedSince + settle - now]))
  return Math.max(0, Math.min(growing, timeout - now, ...settling))
}
