import { TEST_SECONDS } from "../../src/defaults.ts"
import { readText } from "../config/file.ts"
import { SlipwayError } from "../error.ts"

/** What `timeout` ends with when it had to end a command: https://www.gnu.org/software/coreutils/manual/html_node/timeout-invocation.html */
export const ENDED = 124
/** The same where it is told to kill, and BusyBox's, which is killed itself. */
const KILLED = 137

/** Where the program of below lies. */
export const RUN_PATH = "/slipway/run"

/**
 * The engine takes an end by a signal (128 and more) for an error of its own, and the container's output and files are lost
 * then. So this passes it on as another number, which few programs end with.
 */
export const RUN_SCRIPT = readText(new URL("./run.sh", import.meta.url))

/** The number that a command itself ended with. */
export function readExitCode(code: number): number {
  return code >= 192 && code < 224 ? code - 64 : code
}

/**
 * A command under the image's own `timeout`. What hangs may not listen to a request to end, so it is killed: all of
 * its processes, for they are a group. Without such a program the command is as it was.
 */
export function limitArgs(args: string[], { timeout, limit }: { timeout: number; limit?: string }): string[] {
  return limit === undefined ? args : [RUN_PATH, limit, "-s", "KILL", String(timeout), ...args]
}

/** Whether it was the limit that ended a command: tests may end so by themselves, but only earlier. */
export function wasEnded(exitCode: number, { timeout, seconds }: { timeout: number; seconds: number }): boolean {
  return (exitCode === ENDED || exitCode === KILLED) && seconds >= timeout
}

export function requireSeconds(timeout: number): number {
  if (Number.isInteger(timeout) && timeout >= 1) return timeout
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "a time limit of whole seconds, at least 1",
    got: String(timeout),
    fix: `Leave it out for ${TEST_SECONDS}.`,
  })
}
