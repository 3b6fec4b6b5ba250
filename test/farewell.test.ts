import { expect, test } from "vitest"
import { isLateFarewell, lastError } from "./farewell.ts"

const FAREWELL =
  'cleanup failed: "close dagger session": shutdown: do shutdown: Post "http://dagger/shutdown": context deadline exceeded'
const LOGGED = '9 : ERR cleanup failed msg="close dagger session" err="shutdown: do shutdown: …" duration=10.0s\n'
const PROGRESS = `1 : connect DONE\n2 : Slipway.ship DONE [12.3s]\n${LOGGED}`

test.each([
  { name: "after its progress", code: 1, stderr: `${PROGRESS}\nError: ${FAREWELL}\n` },
  { name: "without progress", code: 1, stderr: `Error: ${FAREWELL}\n` },
  { name: "after a tool that prints errors", code: 1, stderr: `Error: of a test\n${PROGRESS}\nError: ${FAREWELL}\n` },
])("ignores the error of closing a session $name", (ending) => {
  expect(isLateFarewell(ending)).toBe(true)
})

test.each([
  { name: "an error of the command before it", code: 1, stderr: `Error: GATE_FAILED: expected …\n${FAREWELL}\n` },
  { name: "another error after it", code: 1, stderr: `Error: ${FAREWELL}\nclose telemetry: broken\n` },
  { name: "another error last", code: 1, stderr: `Error: ${FAREWELL}\nError: GATE_FAILED\n` },
  { name: "a log line alone", code: 1, stderr: PROGRESS },
  { name: "an engine that is gone", code: 1, stderr: `Error: ${FAREWELL.replace(/context.*/, "EOF")}\n` },
  { name: "an error of closing telemetry", code: 1, stderr: `Error: ${FAREWELL.replace("session", "telemetry")}\n` },
  { name: "another exit code", code: 2, stderr: `${PROGRESS}\nError: ${FAREWELL}\n` },
  { name: "a signal", code: null, stderr: `Error: ${FAREWELL}\n` },
  { name: "success", code: 0, stderr: `Error: ${FAREWELL}\n` },
])("reports a failure: $name", (ending) => {
  expect(isLateFarewell(ending)).toBe(false)
})

test("finds the last error of a command, or all its output", () => {
  expect(lastError("a\nError: b\nError: c\nd\n")).toBe("Error: c\nd")
  expect(lastError("Error: b\n")).toBe("Error: b")
  expect(lastError("nothing else\n")).toBe("nothing else")
})
