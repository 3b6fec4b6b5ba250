import type { Writable } from "node:stream"
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

/** Disables telemetry, which would take half of the session's time. */
const SILENT = "DAGGER_SILENT"

/** Opens a session with the current engine, with the destination of its progress; returns how to close it. */
export async function startSession(LogOutput?: Writable): Promise<() => Promise<void>> {
  if (!process.env["_EXPERIMENTAL_DAGGER_RUNNER_HOST"])
    throw new Error(`expected _EXPERIMENTAL_DAGGER_RUNNER_HOST to name an engine, got none. ${HOW}`)
  if (!LogOutput) process.env[SILENT] = "1"
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
      { LogOutput },
    )
    ended.catch(failed)
  }).finally(() => delete process.env[SILENT])
  return async () => {
    release()
    await ended
  }
}

/** Runs in a session of its own, as a command does: the engine resolves a tag once in a session. */
export async function inSession<T>(act: () => Promise<T>): Promise<T> {
  const end = await startSession()
  try {
    return await act()
  } finally {
    await end()
  }
}
