import { expect, test } from "vitest"
import { within } from "../../lib/config/time-limit.ts"

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
