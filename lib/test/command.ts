import { readText } from "../config/file.ts"
import { quote, SlipwayError } from "../error.ts"

/** Half of what the CI files give a job, so that tests that hang leave a report before the job is killed. In seconds. */
export const TEST_SECONDS = 3600

// A run of plain characters, a quoted string, or an escaped character.
const PART = /[^\s"'\\|&;<>()`$]+|"((?:[^"\\$`]|\\.)*)"|'([^']*)'|\\(.)/y

/**
 * Splits a command line into words like a shell, and refuses what needs a shell: "&&" as an argument would silently skip
 * the command after it.
 */
export function splitWords(line: string): string[] {
  const words: string[] = []
  let word: string | undefined
  PART.lastIndex = 0
  for (let at = 0; at < line.length; at = PART.lastIndex) {
    const match = PART.exec(line)
    if (match) {
      const [text, double, single, escaped] = match
      word = (word ?? "") + (double?.replace(/\\(.)/g, "$1") ?? single ?? escaped ?? text)
    } else if (/\s/.test(line.charAt(at))) {
      if (word !== undefined) words.push(word)
      word = undefined
      PART.lastIndex = at + 1
    } else throw invalidCommand(line, at)
  }
  return word === undefined ? words : [...words, word]
}

/** Quotes a word for such a line if needed: the name of a folder may contain blanks or brackets. */
export function quoteWord(word: string): string {
  return /^[\w.:@/=+,%-]+$/.test(word) ? word : `"${word.replace(/[\\"$`]/g, "\\$&")}"`
}

function invalidCommand(line: string, at: number): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: "a command of plain words and quoted strings",
    got: `${quote(line)}, where ${quote(line.charAt(at))} at position ${at + 1} needs a shell or a closing quote`,
    fix: "Pass several commands instead of joining them, quote the character, or call a shell: bash -c '…'.",
  })
}

/** The exit code of `timeout` after it ended a command: https://www.gnu.org/software/coreutils/manual/html_node/timeout-invocation.html */
export const TIMEOUT_EXIT = 124
/** The exit code after SIGKILL, and that of BusyBox's timeout, which kills itself too. */
const KILL_EXIT = 137

/** The path of RUN_SCRIPT in the container. */
export const RUN_PATH = "/slipway/run"

/**
 * Maps the exit codes of signals (128 and more) to numbers that few programs use. The engine treats the originals as its
 * own errors, and drops the container's output and files.
 */
export const RUN_SCRIPT = readText(new URL("./run.sh", import.meta.url))

/** The exit code of the command itself, undone from the mapping of RUN_SCRIPT. */
export function readExitCode(code: number): number {
  return code >= 192 && code < 224 ? code - 64 : code
}

/**
 * Runs a command under the image's `timeout`, which kills the whole process group, because a command that hangs may ignore
 * SIGTERM. Without `limit` the command stays the same.
 */
export function limitArgs(args: string[], { timeout, limit }: { timeout: number; limit?: string }): string[] {
  return limit === undefined ? args : [RUN_PATH, limit, "-s", "KILL", String(timeout), ...args]
}

/** Whether the limit ended a command. Tests can return the same exit code themselves, but only before the limit. */
export function isTimedOut(exitCode: number, { timeout, seconds }: { timeout: number; seconds: number }): boolean {
  return (exitCode === TIMEOUT_EXIT || exitCode === KILL_EXIT) && seconds >= timeout
}

export function requireSeconds(timeout: number): number {
  if (Number.isInteger(timeout) && timeout >= 1) return timeout
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "a time limit of whole seconds, at least 1",
    got: String(timeout),
    fix: `Set test.timeout in slipway.yaml (alone: --timeout) to at least 1, or leave it out for ${TEST_SECONDS}.`,
  })
}
