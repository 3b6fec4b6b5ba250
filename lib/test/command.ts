import { TEST_SECONDS } from "../../src/defaults.ts"
import { readText } from "../config/file.ts"
import { quote, SlipwayError } from "../error.ts"

// A run of plain characters, a quoted string, or an escaped character.
const PART = /[^\s"'\\|&;<>()`$]+|"((?:[^"\\$`]|\\.)*)"|'([^']*)'|\\(.)/y

/**
 * Splits a command line into words as a shell would, and refuses what only a shell could do: a "&&" that arrived as an
 * argument would be a test that silently did not run.
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

/** One word of such a line, quoted where it must be: a folder's name may hold blanks or brackets. */
export function quoteWord(word: string): string {
  return /^[\w.:@/=+,%-]+$/.test(word) ? word : `"${word.replace(/[\\"$`]/g, "\\$&")}"`
}

function invalidCommand(line: string, at: number): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: "a command of plain words and quoted strings",
    got: `${quote(line)}, where ${quote(line.charAt(at))} at position ${at + 1} needs a shell or a closing quote`,
    fix: "Pass several commands instead of joining them, quote the character, or name a shell: bash -c '…'.",
  })
}

/** What `timeout` ends with when it had to end a command: https://www.gnu.org/software/coreutils/manual/html_node/timeout-invocation.html */
export const TIMEOUT_EXIT = 124
/** The same where it is told to kill, and BusyBox's, which is killed itself. */
const KILL_EXIT = 137

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
export function isTimedOut(exitCode: number, { timeout, seconds }: { timeout: number; seconds: number }): boolean {
  return (exitCode === TIMEOUT_EXIT || exitCode === KILL_EXIT) && seconds >= timeout
}

export function requireSeconds(timeout: number): number {
  if (Number.isInteger(timeout) && timeout >= 1) return timeout
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "a time limit of whole seconds, at least 1",
    got: String(timeout),
    fix: `Leave it out for ${TEST_SECONDS}.`,
  })
}
