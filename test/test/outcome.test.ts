import type { Directory } from "@dagger.io/dagger"
import { expect, test } from "vitest"
import {
  type RunnerResult,
  renderOutcome,
  renderOutcomeJson,
  requirePassed,
  type Tested,
} from "../../src/test/outcome.ts"

const report = {} as Directory
const good: RunnerResult = {
  name: "api/go",
  image: "golang:1.26",
  commands: ["go test"],
  status: "passed",
  seconds: 1.26,
  output: "$ go test\nok\n",
  counts: { passed: 3, failed: 0, skipped: 1 },
}
const bad: RunnerResult = {
  ...good,
  name: "node",
  image: "node:24",
  status: "failed",
  failure: { command: "npm test", exitCode: 7 },
  output: Array.from({ length: 250 }, (_, at) => `line ${at + 1}`).join("\n"),
  counts: { passed: 0, failed: 2, skipped: 0 },
}
const outcome = (runners: RunnerResult[], fields: Partial<Tested> = {}): Tested => ({
  status: runners.includes(bad) ? "failed" : "passed",
  runners,
  services: [],
  report,
  ...fields,
})

test("tells a person what passed, in which image and how long it took", () => {
  expect(renderOutcome(outcome([good]))).toBe(
    "api/go       passed, 3 passed, 1 skipped in 1.3 s (golang:1.26)\n\n--- api/go ---\n$ go test\nok\n",
  )
})

test("does not call it passed when nothing was tested", () => {
  expect(renderOutcome({ status: "skipped" })).toBe("not tested\n")
})

test("lets through what passed or was skipped on purpose", () => {
  const passed = outcome([good])
  expect(requirePassed(passed)).toBe(passed)
  expect(requirePassed({ status: "skipped" })).toEqual({ status: "skipped" })
})

test("a failure shows the end of the failed tests' output and the services' logs", () => {
  const services = [{ name: "db", image: "postgres:17", log: "FATAL: no such role\n" }]
  const failed = () => requirePassed(outcome([good, bad], { services }))
  expect(failed).toThrow('TESTS_FAILED: expected passing tests, got node: "npm test" ended with 7.')
  expect(failed).toThrow("--- node ---\n(50 lines before are in the report)\nline 51\n")
  expect(failed).toThrow("--- log of service db (postgres:17) ---\nFATAL: no such role")
  expect(failed).not.toThrow("--- api/go ---")
})

test("tells a program everything but the output", () => {
  const { output: _, ...rest } = bad
  expect(JSON.parse(renderOutcomeJson("failed", [bad]))).toEqual({ version: 1, status: "failed", runners: [rest] })
})
