import { expect, test, vi } from "vitest"
import { halfJitter, longestPause, retry } from "../../lib/engine/retry.ts"

test.each([
  { tries: 1, longest: 100 },
  { tries: 2, longest: 200 },
  { tries: 4, longest: 800 },
  { tries: 5, longest: 1000 },
  { tries: 400, longest: 1000 },
])("pauses for at most $longest after $tries tries", ({ tries, longest }) => {
  expect(longestPause(tries, { base: 100, cap: 1000 })).toBe(longest)
})

test("spreads a pause between its half and its whole", () => {
  expect([0, 0.5, 1].map((random) => halfJitter(8, random))).toEqual([4, 6, 8])
})

test("tries until the outcome stands, and waits before each other try", async () => {
  const attempt = vi.fn(async (tries: number) => tries)
  const start = Date.now()
  expect(await retry(attempt, (outcome) => (outcome < 3 ? 0.03 : undefined))).toBe(3)
  expect(attempt).toHaveBeenCalledTimes(3)
  expect(Date.now() - start).toBeGreaterThanOrEqual(55)
})

test("ends with what an attempt throws", async () => {
  const attempt = vi.fn().mockRejectedValue(new Error("broken"))
  await expect(retry(attempt, () => 0)).rejects.toThrow("broken")
  expect(attempt).toHaveBeenCalledTimes(1)
})
