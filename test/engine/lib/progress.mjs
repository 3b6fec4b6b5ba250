import { setTimeout as sleep } from "node:timers/promises"

/** A build on a busy machine may take an hour, so the limit is on the time without any work. In ms. */
const LONGEST_PAUSE = 10 * 60_000
const INTERVAL = 15_000
/** The processor time, in seconds, that a waiting program may use in an interval: its timers, and no work. */
const IDLE_SECONDS = 0.05

/**
 * Resolves as soon as work makes no progress for the longest pause: no processor time, and no output. It never resolves for
 * work that ends before; `signal` ends the watch.
 */
export async function untilStalled(measure, { signal, pause = (ms) => sleep(ms, undefined, { signal }) }) {
  let last = measure()
  for (let idle = 0; idle < LONGEST_PAUSE; ) {
    await pause(INTERVAL)
    const now = measure()
    idle = isProgress(last, now) ? 0 : idle + INTERVAL
    last = now
  }
}

/** `seconds` falls when a process ends without a parent that waits; that is progress too. */
export function isProgress(before, after) {
  return after.bytes !== before.bytes || Math.abs(after.seconds - before.seconds) > IDLE_SECONDS
}

/** For messages. */
export const LONGEST_PAUSE_MINUTES = LONGEST_PAUSE / 60_000
