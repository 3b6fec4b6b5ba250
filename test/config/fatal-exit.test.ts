import { expect, test } from "vitest"
import { readFatalExit } from "../../lib/config/fatal-exit.ts"

test("an exec's error is its exit code and what was printed", () => {
  const error = Object.assign(new Error("exit code: 128"), { exitCode: 128, stdout: "", stderr: "fatal: no" })
  expect(readFatalExit(error)).toEqual({ exitCode: 128, stdout: "", stderr: "fatal: no" })
})

test("what was not printed is empty", () => {
  expect(readFatalExit(Object.assign(new Error("exit code: 137"), { exitCode: 137 }))).toEqual({
    ...{ exitCode: 137, stdout: "", stderr: "" },
  })
})

test.each([new Error("connection lost"), undefined, null, "128", { exitCode: 128 }])("%s is another error", (error) => {
  expect(readFatalExit(error)).toBeUndefined()
})
