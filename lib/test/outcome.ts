import type { Directory } from "@dagger.io/dagger"
import type { TakenOver } from "../config/ci.ts"
import { SlipwayError } from "../error.ts"

export type TestCounts = { passed: number; failed: number; skipped: number }

/** The result of one runner. `counts` is set if the runner wrote a report; `output` is everything that it printed. */
export type RunnerResult = {
  name: string
  image: string
  commands: string[]
  status: "passed" | "failed"
  /** The command that failed, and its exit code. */
  failure?: {
    command: string
    exitCode: number
    /** The limit, in seconds, that ended the command; absent if it ended by itself. */
    timeout?: number
    /** Set if the command succeeded without finding any tests. */
    foundNothing?: true
  }
  seconds: number
  output: string
  counts?: TestCounts
}

export type ServiceLog = { name: string; image: string; log: string }

/** `report` holds JUnit, coverage and logs, for every outcome. */
export type TestResults = {
  status: "passed" | "failed"
  runners: RunnerResult[]
  services: ServiceLog[]
  report: Directory
  /** The earlier run that ran the tests, with the same inputs; they did not run in this one. */
  takenOver?: TakenOver
}

export type TestOutcome = TestResults | { status: "skipped" }

const TAIL_LINES = 200
const PASSED_TAIL_LINES = 15
/** A line can have any length: some programs print megabytes without a line break. */
const TAIL_CHARACTERS = 64_000

/**
 * Returns an outcome that passed or was skipped on purpose, and throws the output of a failed one. `inWords` adapts the
 * fix to the caller's flags, never the output.
 */
export function requirePassed<Outcome extends TestOutcome>(
  outcome: Outcome,
  inWords = (hint: string) => hint,
): Outcome {
  if (outcome.status !== "failed") return outcome
  const failed = outcome.runners.filter(({ status }) => status === "failed")
  const logs = outcome.services.map(serviceLog)
  const got = failed.map(({ name, failure }) => `${name}: ${failureText(failure)}`)
  const hints = failed.flatMap(({ failure }) => hint(failure))
  throw new SlipwayError("TESTS_FAILED", {
    expected: "passing tests",
    got: got.join("; "),
    fix: [
      [...new Set(hints.map(inWords)), "See their output:"].join(" "),
      ...failed.map(({ name, output }) => section(name, output)),
      ...logs,
    ].join("\n\n"),
  })
}

function failureText({ command, exitCode, timeout, foundNothing }: Failure = UNKNOWN_FAILURE): string {
  if (timeout !== undefined) return `"${command}" did not end within ${timeout} s`
  if (foundNothing) return `"${command}" found no tests`
  return `"${command}" ended with ${exitCode}${isWithoutTests({ command, exitCode }) ? ", the exit code of pytest for no tests" : ""}`
}

type Failure = NonNullable<RunnerResult["failure"]>
const UNKNOWN_FAILURE: Failure = { command: "", exitCode: 1 }

function hint(failure: Failure = UNKNOWN_FAILURE): string[] {
  if (failure.timeout !== undefined)
    return ["Fix the command that hangs, or raise test.timeout in slipway.yaml (alone: --timeout)."]
  if (isWithoutTests(failure)) return ["Set test: false in slipway.yaml to ship without tests."]
  return []
}

/** https://docs.pytest.org/en/stable/reference/exit-codes.html */
function isWithoutTests({ command, exitCode, foundNothing }: Failure): boolean {
  return foundNothing === true || (exitCode === 5 && /\bpytest\b/.test(command))
}

/** Django's runner, and Python's unittest before 3.12, succeed if they find no tests. */
export function foundNothing(command: string, printed: string): boolean {
  if (!/\bmanage\.py test\b|\bunittest\b/.test(command)) return false
  return /^Found 0 test\(s\)|^Ran 0 tests in /m.test(printed)
}

/** For people: a line for each runner, then the end of its output. */
export function renderOutcome(outcome: TestOutcome): string {
  if (outcome.status === "skipped") return "not tested\n"
  const lines = outcome.runners.map((runner) => `${runner.name.padEnd(12)} ${summary(runner)}`)
  const tails = outcome.runners.map(({ name, output, status }) =>
    section(name, output, status === "passed" ? PASSED_TAIL_LINES : TAIL_LINES),
  )
  const logs = outcome.status === "failed" ? outcome.services.map(serviceLog) : []
  return `${[lines.join("\n"), ...tails, ...logs].join("\n\n")}\n`
}

/** For programs: everything but the output, which has separate files in the report. */
export function renderOutcomeJson(status: "passed" | "failed", runners: RunnerResult[]): string {
  const results = runners.map(({ output: _, ...result }) => result)
  return `${JSON.stringify({ version: 1, status, runners: results }, undefined, 2)}\n`
}

function summary({ status, counts, seconds, image, failure }: RunnerResult): string {
  const reason = status === "failed" ? `: ${failureText(failure)}` : ""
  return `${status}${counts ? `, ${countsText(counts)}` : ""} in ${seconds.toFixed(1)} s (${image})${reason}`
}

function serviceLog({ name, image, log }: ServiceLog): string {
  return section(`log of service ${name} (${image})`, log)
}

function countsText({ passed, failed, skipped }: TestCounts): string {
  const failures = failed ? `${failed} failed, ` : ""
  return `${failures}${passed} passed${skipped ? `, ${skipped} skipped` : ""}`
}

function section(title: string, text: string, lines = TAIL_LINES): string {
  return [`--- ${title} ---`, ...tail(text, { lines })].join("\n")
}

/** The end of an output, limited by lines and by characters; `rest` names the place of the beginning. */
export function tail(text: string, { lines: limit = TAIL_LINES, rest = "in the report" } = {}): string[] {
  const lines = text.trimEnd().split("\n")
  const left = lines.length - limit
  const last = (left > 0 ? lines.slice(-limit) : lines).join("\n")
  const cut = last.length - TAIL_CHARACTERS
  return [
    ...(left > 0 ? [`(${left} earlier lines are ${rest})`] : []),
    ...(cut > 0 ? [`(${cut} earlier characters are ${rest})`, last.slice(cut)] : last.split("\n")),
  ]
}
