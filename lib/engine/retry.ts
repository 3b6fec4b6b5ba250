import { setTimeout } from "node:timers/promises"

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
