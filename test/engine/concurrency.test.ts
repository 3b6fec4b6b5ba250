import { describe, expect, test, vi } from "vitest"
import { allInOrder, deferRejection, halfJitter, longestPause, retry } from "../../lib/engine/concurrency.ts"

describe("deferred rejection", () => {
  test("surfaces where the promise is awaited, however late", async () => {
    const failing = deferRejection(Promise.reject(new Error("no such image")))
    await new Promise((resolve) => setTimeout(resolve, 5))
    await expect(failing).rejects.toThrow("no such image")
    expect(await deferRejection(Promise.resolve(7))).toBe(7)
  })

  test("is no unhandled rejection, which would end the process, if the promise is never awaited", async () => {
    const unhandled: unknown[] = []
    const note = (reason: unknown) => unhandled.push(reason)
    process.on("unhandledRejection", note)
    deferRejection(Promise.reject(new Error("not awaited")))
    await new Promise((resolve) => setTimeout(resolve, 5))
    process.off("unhandledRejection", note)
    expect(unhandled).toEqual([])
  })
})

describe("all in order", () => {
  const later = <T>(value: T) => new Promise<T>((resolve) => setTimeout(() => resolve(value), 5))

  test("returns each value at its place", async () => {
    expect(await allInOrder([later(1), Promise.resolve("two")])).toEqual([1, "two"])
  })

  test("throws the first failure in the order of the list, though another came first", async () => {
    const slow = later(1).then(() => Promise.reject(new Error("the key")))
    await expect(allInOrder([slow, Promise.reject(new Error("the signature"))])).rejects.toThrow("the key")
  })

  test("waits until every promise has settled", async () => {
    let ended = false
    const slow = later(1).then(() => {
      ended = true
    })
    await expect(allInOrder([Promise.reject(new Error("at once")), slow])).rejects.toThrow("at once")
    expect(ended).toBe(true)
  })
})

describe("retry", () => {
  test.each([
    { tries: 1, longest: 100 },
    { tries: 2, longest: 200 },
    { tries: 4, longest: 800 },
    { tries: 5, longest: 1000 },
    { tries: 400, longest: 1000 },
  ])("pauses for at most $longest after $tries tries", ({ tries, longest }) => {
    expect(longestPause(tries, { base: 100, cap: 1000 })).toBe(longest)
  })

  test("spreads the pause between half and whole", () => {
    expect([0, 0.5, 1].map((random) => halfJitter(8, random))).toEqual([4, 6, 8])
  })

  test("tries until the outcome is final, and waits before each retry", async () => {
    const attempt = vi.fn(async (tries: number) => tries)
    const start = Date.now()
    expect(await retry(attempt, (outcome) => (outcome < 3 ? 0.03 : undefined))).toBe(3)
    expect(attempt).toHaveBeenCalledTimes(3)
    expect(Date.now() - start).toBeGreaterThanOrEqual(55)
  })

  test("rethrows an attempt's error without a retry", async () => {
    const attempt = vi.fn().mockRejectedValue(new Error("broken"))
    await expect(retry(attempt, () => 0)).rejects.toThrow("broken")
    expect(attempt).toHaveBeenCalledTimes(1)
  })
})
