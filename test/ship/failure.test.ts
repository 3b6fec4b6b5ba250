import { expect, test } from "vitest"
import { SlipwayError } from "../../lib/error.ts"
import { failureRecord } from "../../lib/ship/failure.ts"
import type { Stage } from "../../lib/ship/stopwatch.ts"

function stages(...ended: [string, Stage["status"]][]): Stage[] {
  return ended.map(([name, status]) => ({ name, status, startedAt: "1970-01-01T00:00:00.000Z", seconds: 1 }))
}

test("names the stage that failed, and the error's code and message", () => {
  const error = new SlipwayError("GATE_FAILED", { expected: "nothing", got: "1 finding", fix: "Update." })
  expect(failureRecord(error, stages(["test", "done"], ["scan", "failed"], ["build", "running"]))).toEqual({
    stage: "scan",
    code: "GATE_FAILED",
    message: "GATE_FAILED: expected nothing, got 1 finding. Update.",
  })
})

test("shows the end of what a command printed", () => {
  const printed = Array.from({ length: 100 }, (_, at) => `line ${at}`).join("\n")
  const error = Object.assign(new Error("exit code: 1"), { stdout: `${printed}\n`, stderr: "no such file\n" })
  const { message } = failureRecord(error, stages(["build", "failed"]))
  expect(message.split("\n").slice(0, 2)).toEqual(["exit code: 1", "line 40"])
  expect(message.split("\n").slice(-2)).toEqual(["line 99", "no such file"])
})

test("keeps a message at a length that a report can show", () => {
  expect(failureRecord(new Error("x".repeat(20_000)), []).message).toBe(
    `${"x".repeat(1000)}\n(11000 characters are left out)\n${"x".repeat(8000)}`,
  )
})

test("keeps what failed and the end of what it printed, of which the middle is left out", () => {
  const head = "TESTS_FAILED: expected passing tests, got go."
  const { message } = failureRecord(new Error(`${head}\n${"waiting\n".repeat(2000)}boom`), [])
  expect(message.split("\n").slice(0, 2)).toEqual([head, "(8005 characters are left out)"])
  expect(message).toMatch(/waiting\nboom$/)
})

test("shows the end of one long line that a command printed", () => {
  const error = Object.assign(new Error("exit code: 1"), { stdout: `${"x".repeat(50_000)}the end` })
  const { message } = failureRecord(error, [])
  expect(message).toMatch(/^exit code: 1\n.*xthe end$/s)
  expect(message.length).toBeLessThan(9100)
})

test.each([
  { thrown: "words", message: "words" },
  { thrown: undefined, message: "undefined" },
])("is a record of whatever was thrown: $thrown", ({ thrown, message }) => {
  expect(failureRecord(thrown, [])).toEqual({ stage: "ship", message })
})

test("the engine's way to the reason is left out", () => {
  const error = new Error(
    `failed to load container from converted ID: load Container@${"Cv+/".repeat(30)}==: load xxh3:124da29101b603fb: inputs: load xxh3:3a0070fd0b43a032: inputs: lstat /missing: no such file or directory`,
  )
  expect(failureRecord(error, []).message).toBe("lstat /missing: no such file or directory")
})
