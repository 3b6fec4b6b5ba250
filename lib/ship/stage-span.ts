import { getTracer } from "@dagger.io/dagger/telemetry"

/** How a stage is called while it runs, and once it has ended well. */
export type Titles = { begin: string; end: () => string }

/** One span of Dagger's own view, around all that a stage asks of the engine; one that fails carries the error. */
export async function inSpan<T>({ begin, end }: Titles, stage: () => Promise<T>): Promise<T> {
  return await getTracer("slipway").startActiveSpan(begin, async (span) => {
    const result = await stage()
    span.updateName(end())
    return result
  })
}
