import { type Container, ReturnType } from "@dagger.io/dagger"
import { type Backoff, longestPause, retry } from "../../engine/concurrency.ts"
import {
  type ToolResult as Answered,
  type Run,
  readFatalResult,
  readToolResult,
  TOOL_SECONDS,
  timeoutResult,
  withEffect,
  within,
} from "../../engine/tool.ts"
import { isThrottled, isTransient } from "./failure.ts"

/** How long one bump may keep trying, and how it spreads out. Times are milliseconds. */
export const BACKOFF: Backoff = { base: 250, cap: 8_000 }
/** For a server that says that it is asked too often. */
const THROTTLED: Backoff = { base: 10_000, cap: 30_000 }

/**
 * The pause before another try: a random part ("full jitter") of a bound that doubles, so that writers who collided once
 * do not collide again. `random` is between 0 and 1.
 */
export function pause(tries: number, backoff: Backoff, random: number): number {
  return Math.round(longestPause(tries, backoff) * random)
}

/** What a program answered. Its "no" is a value: most of them are decided on. */
export type ExecResult = Answered & { container: Container }

/** Runs a program on what is in the container; the same on the same content is answered from the engine's cache. */
export async function runTool(container: Container, args: string[]): Promise<ExecResult> {
  const ran = container.withExec(args, { expect: ReturnType.Any })
  try {
    return { container: ran, ...(await readToolResult(ran)) }
  } catch (error) {
    const fatal = readFatalResult(error)
    if (!fatal) throw error
    return { container: ran, ...fatal }
  }
}

/**
 * One try of one run: what reads or changes the remote repository is done anew in each. A server that takes a connection
 * and says nothing is waited for until the deadline, in milliseconds since 1970; default some minutes from each question.
 */
export type Attempt = { run: Run; tries: number; deadline?: number }

/** The moment so many seconds from now. */
export function deadlineOf(seconds: number): number {
  return Date.now() + seconds * 1000
}

/** Runs what meets the world outside the engine; no answer in time is a "no" too. */
export async function runEffect(
  container: Container,
  args: string[],
  { run, tries, deadline }: Attempt,
): Promise<ExecResult> {
  const meeting = container.with(withEffect(run)).withEnvVariable("SLIPWAY_TRY", String(tries))
  return await runInTime(meeting, args, deadline)
}

/** Runs what may wait for a server; no answer by the deadline is a "no" too. */
export async function runInTime(container: Container, args: string[], deadline?: number): Promise<ExecResult> {
  const seconds = deadline === undefined ? TOOL_SECONDS : Math.max(0, (deadline - Date.now()) / 1000)
  return await within(seconds, runTool(container, args), () => ({ container, ...timeoutResult(Math.round(seconds)) }))
}

const ASK_TRIES = 3

/**
 * Asks a server what changes nothing there: one that stumbles, or wants to be asked later, is asked again, unless the pause
 * would end after the deadline: then the server's own words are the answer.
 */
export async function askServer(container: Container, args: string[], attempt: Attempt): Promise<ExecResult> {
  const ask = (asked: number) => runEffect(container.withEnvVariable("SLIPWAY_ASKED", String(asked)), args, attempt)
  return await retry(ask, ({ exitCode, stderr }, asked) => {
    if (exitCode === 0 || asked === ASK_TRIES || !isTransient(stderr)) return undefined
    const wait = pause(asked, isThrottled(stderr) ? THROTTLED : BACKOFF, Math.random())
    return attempt.deadline !== undefined && Date.now() + wait > attempt.deadline ? undefined : wait / 1000
  })
}
