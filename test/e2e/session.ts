import { connection } from "@dagger.io/dagger"
import { afterAll, beforeAll } from "vitest"

const HOW = 'Start one with: eval "$(test/engine/up)" (npm test does that by itself).'

/** One engine session for a whole test file. Without an engine the file fails; it is never skipped. */
export function useEngine(): void {
  let release = () => {}
  let ended: Promise<void> = Promise.resolve()
  beforeAll(async () => {
    if (!process.env["_EXPERIMENTAL_DAGGER_RUNNER_HOST"]) throw new Error(`No Dagger engine is named. ${HOW}`)
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
  }, 60_000)
  afterAll(async () => {
    release()
    await ended
  })
}
