import { type Backoff, longestPause } from "../engine/concurrency.ts"

/** How long one bump may keep trying, and how it spreads out. Times are milliseconds. */
export const BACKOFF: Backoff = { base: 250, cap: 8_000 }
/** For a server that says that it is asked too often. */
export const THROTTLED: Backoff = { base: 10_000, cap: 30_000 }

/**
 * The pause before another try: a random part ("full jitter") of a bound that doubles, so that writers who collided once
 * do not collide again. `random` is between 0 and 1.
 */
export function pause(tries: number, backoff: Backoff, random: number): number {
  return Math.round(longestPause(tries, backoff) * random)
}
