import { setTimeout } from "node:timers/promises"

/** Starts work ahead of its use. A rejection surfaces where the promise is awaited, and nowhere if it never is. */
export function deferRejection<T>(work: Promise<T>): Promise<T> {
  work.catch(() => {})
  return work
}

/**
 * Like Promise.all, but waits until every promise has settled, and throws the first failure in the order of the list, not
 * in time.
 */
export async function allInOrder<T extends readonly unknown[]>(
  promises: readonly [...{ [K in keyof T]: Promise<T[K]> }],
): Promise<T> {
  const outcomes = await Promise.allSettled(promises)
  for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason
  return (await Promise.all(promises)) as unknown as T
}

/** The number of parallel requests: registries limit them, and each runs in a container. */
const CONCURRENCY = 8

/** Maps items a few at a time, `limit` at most, and returns the results in the order of the items. */
export async function mapConcurrently<T, R>(
  items: T[],
  map: (item: T) => Promise<R>,
  limit: number = CONCURRENCY,
): Promise<R[]> {
  const results: R[] = []
  const next = items.entries()
  async function work(): Promise<void> {
    for (const [at, item] of next) results[at] = await map(item)
  }
  await Promise.all(Array.from({ length: limit }, work))
  return results
}

/** A pause that doubles from `base` with each try, up to `cap`. Both have the same unit. */
export type Backoff = { base: number; cap: number }

/** The pause after a number of tries, without jitter. */
export function longestPause(tries: number, { base, cap }: Backoff): number {
  return Math.min(cap, base * 2 ** (tries - 1))
}

/** Jitter between half and the whole pause, so that many pipelines do not retry at the same moment. `random` is in [0, 1). */
export function halfJitter(pause: number, random: number): number {
  return pause * (0.5 + random / 2)
}

/** Repeats an attempt as long as `pause` returns the seconds to wait before the next one; undefined ends the loop. */
export async function retry<Outcome>(
  attempt: (tries: number) => Promise<Outcome>,
  pause: (outcome: Outcome, tries: number) => number | undefined,
): Promise<Outcome> {
  for (let tries = 1; ; tries++) {
    const outcome = await attempt(tries)
    const seconds = pause(outcome, tries)
    if (seconds === undefined) return outcome
    await setTimeout(seconds * 1000)
  }
}
