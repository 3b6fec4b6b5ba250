import { errorMessage, SlipwayError } from "../error.ts"
import type { FailureRecord } from "./record.ts"
import type { Stage } from "./stopwatch.ts"

/** A message is for a report, not for a log of a whole build. */
const LONGEST = 8000
const LONGEST_HEAD = 1000
const TAIL_LINES = 60

/** Why a run ended, for its record: the stage that failed first, and what it said. */
export function failureRecord(error: unknown, stages: Stage[]): FailureRecord {
  const stage = stages.find(({ status }) => status === "failed")?.name ?? "ship"
  const code = error instanceof SlipwayError ? { code: error.code } : {}
  return { stage, ...code, message: shorten([messageOf(error), ...outputOf(error)].join("\n")) }
}

/** What failed is said first, and why at the end; what is long is the output between. */
function shorten(text: string): string {
  if (text.length <= LONGEST) return text
  const [head = ""] = text.split("\n", 1)
  const first = head.slice(0, LONGEST_HEAD)
  const left = text.length - first.length - LONGEST
  return left <= 0 ? text : `${first}\n(${left} characters are left out)\n${text.slice(-LONGEST)}`
}

/** What an error says, without the identifiers by which the engine leads to the reason at its end. */
export function messageOf(error: unknown): string {
  return errorMessage(error)
    .replace(/(?:failed to load \w+ from converted ID: )?load \w+@[\w+/=-]{40,}: /g, "")
    .replace(/(?:load xxh3:\w+: |inputs: )+/g, "")
}

/** What the engine says of a command that failed hangs on its error; a bare "exit code: 1" helps nobody. */
function outputOf(error: unknown): string[] {
  const { stdout, stderr } = (error ?? {}) as { stdout?: unknown; stderr?: unknown }
  return [stdout, stderr].flatMap((text) => (typeof text === "string" && text.trim() ? [tail(text)] : []))
}

function tail(text: string): string {
  return text.trimEnd().split("\n").slice(-TAIL_LINES).join("\n").slice(-LONGEST)
}
