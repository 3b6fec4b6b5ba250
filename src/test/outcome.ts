import type { Directory } from "@dagger.io/dagger"
import { SlipwayError } from "../error.ts"

export type TestCounts = { passed: number; failed: number; skipped: number }

/** What one run of tests came to. `counts` is known when the runner wrote it down; `output` is all that it printed. */
export type RunnerResult = {
  name: string
  image: string
  commands: string[]
  status: "passed" | "failed"
  /** The command that failed, and how. */
  failure?: { command: string; exitCode: number }
  seconds: number
  output: string
  counts?: TestCounts
}

export type ServiceLog = { name: string; image: string; log: string }

/** `report` holds JUnit, coverage and logs, whatever the outcome. */
export type Tested = { status: "passed" | "failed"; runners: RunnerResult[]; services: ServiceLog[]; report: Directory }

export type TestOutcome = Tested | { status: "skipped" }

const TAIL_LINES = 200
const PASSED_TAIL_LINES = 15

/** Lets a passed or deliberately skipped outcome through; a failed one becomes the error that shows the tests' output. */
export function requirePassed<Outcome extends TestOutcome>(outcome: Outcome): Outcome {
  if (outcome.status !== "failed") return outcome
  const failed = outcome.runners.filter(({ status }) => status === "failed")
  const logs = outcome.services.map(({ name, image, log }) => section(`log of service ${name} (${image})`, log))
  const got = failed.map(({ name, failure }) => `${name}: "${failure?.command}" ended with ${failure?.exitCode}`)
  throw new SlipwayError("TESTS_FAILED", {
    expected: "passing tests",
    got: got.join("; "),
    fix: ["Their output:", ...failed.map(({ name, output }) => section(name, output)), ...logs].join("\n\n"),
  })
}

/** For a person: a line for each runner, then the end of what it printed. */
export function renderOutcome(outcome: TestOutcome): string {
  if (outcome.status === "skipped") return "not tested\n"
  const lines = outcome.runners.map((runner) => `${runner.name.padEnd(12)} ${summary(runner)}`)
  const tails = outcome.runners.map(({ name, output }) => section(name, output, PASSED_TAIL_LINES))
  return `${[lines.join("\n"), ...tails].join("\n\n")}\n`
}

/** For a program: everything but the output, which has files of its own in the report. */
export function renderOutcomeJson(status: "passed" | "failed", runners: RunnerResult[]): string {
  const results = runners.map(({ output: _, ...result }) => result)
  return `${JSON.stringify({ version: 1, status, runners: results }, undefined, 2)}\n`
}

function summary({ status, counts, seconds, image }: RunnerResult): string {
  return `${status}${counts ? `, ${countsText(counts)}` : ""} in ${seconds.toFixed(1)} s (${image})`
}

function countsText({ passed, failed, skipped }: TestCounts): string {
  const failures = failed ? `${failed} failed, ` : ""
  return `${failures}${passed} passed${skipped ? `, ${skipped} skipped` : ""}`
}

function section(title: string, text: string, lines = TAIL_LINES): string {
  return [`--- ${title} ---`, ...tail(text, lines)].join("\n")
}

function tail(text: string, limit: number): string[] {
  const lines = text.trimEnd().split("\n")
  const left = lines.length - limit
  return left > 0 ? [`(${left} lines before are in the report)`, ...lines.slice(-limit)] : lines
}
