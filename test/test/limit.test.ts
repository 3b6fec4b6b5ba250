import { spawnSync } from "node:child_process"
import { expect, test } from "vitest"
import { limitArgs, RUN_SCRIPT, readExitCode, requireSeconds, wasEnded } from "../../lib/test/limit.ts"

test("puts the image's own timeout before a command, and changes nothing where it has none", () => {
  const args = ["go", "test"]
  expect(limitArgs(args, { timeout: 60, limit: "/usr/bin/timeout" })).toEqual([
    ...["/slipway/run", "/usr/bin/timeout", "-s", "KILL", "60"],
    ...args,
  ])
  expect(limitArgs(args, { timeout: 60 })).toEqual(args)
})

test.each([
  { name: "GNU's limit", exitCode: 124, seconds: 60.1, ended: true },
  { name: "a limit that killed", exitCode: 137, seconds: 60.1, ended: true },
  { name: "tests that run out of memory", exitCode: 137, seconds: 12, ended: false },
  { name: "tests that end so by themselves", exitCode: 124, seconds: 3, ended: false },
  { name: "tests that fail late", exitCode: 1, seconds: 60.1, ended: false },
])("$name: $ended", ({ exitCode, seconds, ended }) => {
  expect(wasEnded(exitCode, { timeout: 60, seconds })).toBe(ended)
})

test.each([
  { name: "a success", script: "exit 0", code: 0 },
  { name: "a failure", script: "exit 7", code: 7 },
  { name: "the highest number that there is", script: "exit 255", code: 255 },
  { name: "an end by a signal", script: "kill -KILL $$", code: 137 },
])("passes on $name, by a number that the engine takes for an answer", ({ script, code }) => {
  const { status } = spawnSync("/bin/sh", ["-s", "--", "/bin/sh", "-c", script], { input: RUN_SCRIPT })
  expect(status === null || (status >= 128 && status < 192)).toBe(false)
  expect(readExitCode(status ?? 0)).toBe(code)
})

test.each([0, -1, 1.5, Number.NaN])("refuses %d as a limit", (timeout) => {
  expect(() => requireSeconds(timeout)).toThrow(
    `OPTIONS_INVALID: expected a time limit of whole seconds, at least 1, got ${timeout}. Leave it out for 3600.`,
  )
  expect(requireSeconds(1)).toBe(1)
})
