/** Work that is under way before anyone waits for it. Whoever does is told how it failed; nobody else needs to know. */
export function started<T>(work: Promise<T>): Promise<T> {
  work.catch(() => {})
  return work
}
