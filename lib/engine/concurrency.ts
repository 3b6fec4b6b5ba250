import { setTimeout } from "node:timers/promises"

/** Work that is under way before anyone waits for it. Whoever does is told how it failed; nobody else needs to know. */
export function deferRejection<T>(work: Promise<T>): Promise<T> {
  work.catch(() => {})
  return work
}

/**
 * Like Promise.all, but nothing is still under way when it ends, and of several failures the first in the list is told,
 * whichever came first.
 */
export async function allInOrder<T extends readonly unknown[]>(
  promises: readonly [...{ [K in keyof T]: Promise<T[K]> }],
): Promise<T> {
  const outcomes = await Promise.allSettled(promises)
  for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason
  return (await Promise.all(promises)) as unknown as T
}

/** So many questions at once: a registry limits them, and each is a container. */
const CONCURRENCY = 8

/** All answers in the items' order, a few at a time. */
export async function mapConcurrently<T, R>(items: T[], ask: (item: T) => Promise<R>): Promise<R[]> {
  const answers: R[] = []
  const next = items.entries()
  async function work(): Promise<void> {
    for (const [at, item] of next) answers[at] = await ask(item)
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, work))
  return answers
}

/** A pause that doubles from its base with each try, up to its cap. Both are of one unit. */
export type Backoff = { base: number; cap: number }

/** The longest pause after so many tries. */
export function longestPause(tries: number, { base, cap }: Backoff): number {
  return Math.min(cap, base * 2 ** (tries - 1))
}

/** Jitter between half and whole, so that many pipelines do not come back at the same moment. `random` is between 0 and 1. */
export function halfJitter(pause: number, random: number): number {
  return pause * (0.5 + random / 2)
}

/** Tries until the outcome stands: `pause` tells the seconds before another try, or undefined where none would help. */
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
