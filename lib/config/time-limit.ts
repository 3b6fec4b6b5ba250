import { setTimeout } from "node:timers/promises"

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
