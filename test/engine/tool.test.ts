import { describe, expect, test } from "vitest"
import { isTimedOut, readFatalResult, within } from "../../lib/engine/tool.ts"

describe("time limit", () => {
  const never = new Promise<string>(() => {})

  test("an answer in time is the answer", async () => {
    expect(await within(10, Promise.resolve("answer"), () => "late")).toBe("answer")
  })

  test("none in time is what stands for that", async () => {
    expect(await within(0.01, never, () => "late")).toBe("late")
  })

  test("a lateness that is an error is thrown", async () => {
    const late = (): string => {
      throw new Error("no answer")
    }
    await expect(within(0.01, never, late)).rejects.toThrow("no answer")
  })

  test("work that fails in time fails as it does", async () => {
    await expect(within(10, Promise.reject(new Error("refused")), () => "late")).rejects.toThrow("refused")
  })
})

describe("answer", () => {
  test.each([
    { name: "what stands in place of an answer that did not come", stderr: "Error: no answer within 60 s", late: true },
    { name: "a tool that says so of somebody else", stderr: "Error: proxy: no answer within 60 s", late: false },
    { name: "a refusal", stderr: "Error: GET https://r.test/v2/: UNAUTHORIZED: who are you", late: false },
    { name: "nothing", stderr: "", late: false },
  ])("$name is late: $late", ({ stderr, late }) => {
    expect(isTimedOut(stderr)).toBe(late)
  })
})

describe("fatal exit", () => {
  test("an exec's error is its exit code and what was printed", () => {
    const error = Object.assign(new Error("exit code: 128"), { exitCode: 128, stdout: "", stderr: "fatal: no" })
    expect(readFatalResult(error)).toEqual({ exitCode: 128, stdout: "", stderr: "fatal: no" })
  })

  test("what was not printed is empty", () => {
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
