import { retry } from "../engine/concurrency.ts"

/** Pauses between tries of a scanner that broke, in milliseconds; as many tries more as there are pauses. */
export const PAUSES = [1_000, 3_000]
/** The database's registries limit rates, so a download is given more time. */
export const DOWNLOAD_PAUSES = [2_000, 8_000, 20_000]

export type Patience = { pauses: number[]; isFinal?: (cause: unknown) => boolean }

type Tried<Value> = { value: Value } | { cause: unknown }

/** Tries again after each pause while `attempt` throws, unless the failure is final; the last one is the answer. */
export async function patiently<Value>(
  attempt: (tries: number) => Promise<Value>,
  { pauses, isFinal = () => false }: Patience,
): Promise<Value> {
  const outcome = await retry(
    async (tries): Promise<Tried<Value>> => {
      try {
        return { value: await attempt(tries) }
      } catch (cause) {
        return { cause }
      }
    },
    (tried, tries) => {
      const pause = pauses[tries - 1]
      return "value" in tried || isFinal(tried.cause) || pause === undefined ? undefined : pause / 1000
    },
  )
  if ("value" in outcome) return outcome.value
  throw outcome.cause
}
