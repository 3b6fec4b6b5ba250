import { setTimeout } from "node:timers/promises"

/** Tools without a limit of their own wait for ever for a server that takes a connection and says nothing. In seconds. */
export const ANSWER_SECONDS = 300

/**
 * What `work` comes to, or `late` if that takes longer. What was begun is not waited for any more: the engine ends it with
 * the session.
 */
export async function within<T>(seconds: number, work: Promise<T>, late: () => T): Promise<T> {
  const waiting = new AbortController()
  const tooLate = setTimeout(seconds * 1000, undefined, { signal: waiting.signal, ref: false }).then(late)
  tooLate.catch(() => {}) // the work was faster
  return await Promise.race([work, tooLate]).finally(() => waiting.abort())
}
