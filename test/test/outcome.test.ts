import type { Directory } from "@dagger.io/dagger"
import { expect, test } from "vitest"
import {
  foundNothing,
  type RunnerResult,
  renderOutcome,
  renderOutcomeJson,
  requirePassed,
  type TestResults,
} from "../../lib/test/outcome.ts"

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
const outcome = (runners: RunnerResult[], fields: Partial<TestResults> = {}): TestResults => ({
  status: runners.includes(bad) ? "failed" : "passed",
  runners,
  services: [],
  report,
  ...fields,
})

test("renders what passed for people, with image and duration", () => {
  expect(renderOutcome(outcome([good]))).toBe(
    "api/go       passed, 3 passed, 1 skipped in 1.3 s (golang:1.26)\n\n--- api/go ---\n$ go test\nok\n",
  )
})

test("renders what failed for people, with the reason, a longer end of its output and the services' logs", () => {
  const services = [{ name: "db", image: "postgres:17", log: "FATAL: no such role\n" }]
  const text = renderOutcome(outcome([good, bad], { status: "failed", services }))
  expect(text).toContain('node         failed, 2 failed, 0 passed in 1.3 s (node:24): "npm test" ended with 7\n')
  expect(text).toContain("--- node ---\n(50 earlier lines are in the report)\nline 51\n")
  expect(text).toContain("--- log of service db (postgres:17) ---\nFATAL: no such role\n")
})

test("renders skipped tests as not tested", () => {
  expect(renderOutcome({ status: "skipped" })).toBe("not tested\n")
})

test("returns an outcome that passed or was skipped", () => {
  const passed = outcome([good])
  expect(requirePassed(passed)).toBe(passed)
  expect(requirePassed({ status: "skipped" })).toEqual({ status: "skipped" })
})

test("throws the end of the failed tests' output, with the services' logs", () => {
  const services = [{ name: "db", image: "postgres:17", log: "FATAL: no such role\n" }]
  const failed = () => requirePassed(outcome([good, bad], { services }))
  expect(failed).toThrow('TESTS_FAILED: expected passing tests, got node: "npm test" ended with 7.')
  expect(failed).toThrow("--- node ---\n(50 earlier lines are in the report)\nline 51\n")
  expect(failed).toThrow("--- log of service db (postgres:17) ---\nFATAL: no such role")
  expect(failed).not.toThrow("--- api/go ---")
})

const endedBy = (failure: RunnerResult["failure"]) => () =>
  requirePassed({ status: "failed", runners: [{ ...bad, output: "waiting", failure }], services: [], report })

test("names the command that hangs, its time limit and a fix", () => {
  expect(endedBy({ command: "npm test", exitCode: 124, timeout: 60 })).toThrow(
    'TESTS_FAILED: expected passing tests, got node: "npm test" did not end within 60 s. Fix the command that hangs, or raise test.timeout in slipway.yaml (alone: --timeout). See their output:\n\n--- node ---\nwaiting',
  )
})

test("adapts the fix to the caller, but neither the command nor its output", () => {
  const command = "npm test -- --timeout"
  const runner = { ...bad, output: "--timeout", failure: { command, exitCode: 124, timeout: 60 } }
  const outcome = { status: "failed" as const, runners: [runner], services: [], report }
  expect(() => requirePassed(outcome, (hint) => hint.replace("--timeout", "x"))).toThrow(
    'got node: "npm test -- --timeout" did not end within 60 s. Fix the command that hangs, or raise test.timeout in slipway.yaml (alone: x). See their output:\n\n--- node ---\n--timeout',
  )
})

test("explains pytest's exit code for no tests", () => {
  expect(endedBy({ command: "uv run --frozen pytest", exitCode: 5 })).toThrow(
    'got node: "uv run --frozen pytest" ended with 5, the exit code of pytest for no tests. Set test: false in slipway.yaml to ship without tests. See their output:',
  )
  expect(endedBy({ command: "npm test", exitCode: 5 })).toThrow('"npm test" ended with 5. See their output:')
})

test("fails a command that succeeds without finding any tests", () => {
  expect(endedBy({ command: "python manage.py test --noinput", exitCode: 0, foundNothing: true })).toThrow(
    'got node: "python manage.py test --noinput" found no tests. Set test: false in',
  )
})

test.each([
  {
    command: "python manage.py test --noinput",
    printed: "Found 0 test(s).\n\nRan 0 tests in 0.000s\n\nOK\n",
    nothing: true,
  },
  {
    command: "uv run python site/manage.py test site",
    printed: "Ran 0 tests in 0.000s\n\nNO TESTS RAN\n",
    nothing: true,
  },
  { command: "python -m unittest", printed: "\nRan 0 tests in 0.000s\n\nOK\n", nothing: true },
  { command: "python manage.py test", printed: "Found 10 test(s).\nRan 10 tests in 1.2s\n", nothing: false },
  { command: "npm test", printed: "Found 0 test(s).\n", nothing: false },
])("$command that prints $printed found no tests: $nothing", ({ command, printed, nothing }) => {
  expect(foundNothing(command, printed)).toBe(nothing)
})

test("cuts a long line to its end, with the number of characters in the report", () => {
  const output = `${"x".repeat(1_000_000)}the end`
  const shown = () => requirePassed({ status: "failed", runners: [{ ...bad, output }], services: [], report })
  expect(shown).toThrow("--- node ---\n(936007 earlier characters are in the report)\nxxx")
  expect(shown).toThrow(/x{63993}the end$/)
  expect(renderOutcome(outcome([{ ...good, output }]))).toHaveLength(64_127)
})

test("renders everything but the output for programs", () => {
  const { output: _, ...rest } = bad
  expect(JSON.parse(renderOutcomeJson("failed", [bad]))).toEqual({ version: 1, status: "failed", runners: [rest] })
})
