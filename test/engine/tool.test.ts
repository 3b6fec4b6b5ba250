import { describe, expect, test } from "vitest"
import { isTimedOut, readFatalResult, within } from "../../lib/engine/tool.ts"

describe("time limit", () => {
  const never = new Promise<string>(() => {})

  test("returns a result that comes in time", async () => {
    expect(await within(10, Promise.resolve("answer"), () => "late")).toBe("answer")
  })

  test("returns the substitute after the limit", async () => {
    expect(await within(0.01, never, () => "late")).toBe("late")
  })

  test("throws what the substitute throws", async () => {
    const late = (): string => {
      throw new Error("no answer")
    }
    await expect(within(0.01, never, late)).rejects.toThrow("no answer")
  })

  test("rethrows the error of work that fails in time", async () => {
    await expect(within(10, Promise.reject(new Error("refused")), () => "late")).rejects.toThrow("refused")
  })
})

describe("timeout result", () => {
  test.each([
    { name: "the substitute for a late result", stderr: "Error: no answer within 60 s", late: true },
    {
      name: "a tool that reports another server's timeout",
      stderr: "Error: proxy: no answer within 60 s",
      late: false,
    },
    { name: "a refusal", stderr: "Error: GET https://r.test/v2/: UNAUTHORIZED: who are you", late: false },
    { name: "nothing", stderr: "", late: false },
  ])("$name counts as timed out: $late", ({ stderr, late }) => {
    expect(isTimedOut(stderr)).toBe(late)
  })
})

describe("fatal exit", () => {
  test("reads exit code and output from an exec's error", () => {
    const error = Object.assign(new Error("exit code: 128"), { exitCode: 128, stdout: "", stderr: "fatal: no" })
    expect(readFatalResult(error)).toEqual({ exitCode: 128, stdout: "", stderr: "fatal: no" })
  })

  test("reads missing output as empty", () => {
    expect(readFatalResult(Object.assign(new Error("exit code: 137"), { exitCode: 137 }))).toEqual({
      ...{ exitCode: 137, stdout: "", stderr: "" },
    })
  })

  test.each([new Error("connection lost"), undefined, null, "128", { exitCode: 128 }])(
    "%s is another error",
    (error) => {
      expect(readFatalResult(error)).toBeUndefined()
    },
  )
})
