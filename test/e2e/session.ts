import { connection } from "@dagger.io/dagger"
import { afterAll, beforeAll } from "vitest"

const HOW = 'Start one with: eval "$(test/engine/up)" (npm test does that by itself).'

/** One engine session for a whole test file. Without an engine the file fails; it is never skipped. */
export function useEngine(): void {
  let end: (() => Promise<void>) | undefined
  beforeAll(async () => {
    end = await startSession()
  }, 60_000)
  afterAll(() => end?.())
}

/** A session with the engine that is named now; answers how it ends. */
export async function startSession(): Promise<() => Promise<void>> {
  if (!process.env["_EXPERIMENTAL_DAGGER_RUNNER_HOST"]) throw new Error(`No Dagger engine is named. ${HOW}`)
  let release = () => {}
  let ended: Promise<void> = Promise.resolve()
  await new Promise<void>((ready, failed) => {
    ended = connection(
      () => {
        ready()
        return new Promise<void>((resolve) => {
          release = resolve
        })
      },
      { LogOutput: undefined },
    )
    ended.catch(failed)
  })
  return async () => {
    release()
    await ended
  }
}
