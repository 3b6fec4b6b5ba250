/** Pauses between tries of a scanner that broke, in milliseconds; as many tries more as there are pauses. */
export const PAUSES = [1_000, 3_000]
/** The database's registries limit rates, so a download is given more time. */
export const DOWNLOAD_PAUSES = [2_000, 8_000, 20_000]

export type Patience = { pauses: number[]; isFinal?: (cause: unknown) => boolean }

/** Tries again after each pause while `attempt` throws, unless the failure is final; the last one is the answer. */
export async function patiently<Value>(
  attempt: (tries: number) => Promise<Value>,
  { pauses, isFinal = () => false }: Patience,
): Promise<Value> {
  for (const [at, pause] of pauses.entries()) {
    try {
      return await attempt(at + 1)
    } catch (cause) {
      if (isFinal(cause)) throw cause
      await new Promise((resolve) => setTimeout(resolve, pause))
    }
  }
  return await attempt(pauses.length + 1)
}
