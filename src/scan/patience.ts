/** Pauses between tries of a scanner that broke, in milliseconds; as many tries more as there are pauses. */
export const PAUSES = [1_000, 4_000]
/** The database's registries limit rates, so a download is given more time. */
export const DOWNLOAD_PAUSES = [2_000, 8_000, 20_000]

/** Tries again after each pause while `attempt` throws; the last failure is the answer. */
export async function patiently<Value>(attempt: (tries: number) => Promise<Value>, pauses: number[]): Promise<Value> {
  for (const [at, pause] of pauses.entries()) {
    try {
      return await attempt(at + 1)
    } catch {
      await new Promise((resolve) => setTimeout(resolve, pause))
    }
  }
  return await attempt(pauses.length + 1)
}
