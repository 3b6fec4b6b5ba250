import { expect, test, vi } from "vitest"
import { patiently } from "../../lib/scan/patience.ts"

const broken = new Error("broken")
const pauses = [1, 1]

test("tries again until it works, and counts the tries", async () => {
  const attempt = vi.fn(async (tries: number) => {
    if (tries < 3) throw broken
    return tries
  })
  expect(await patiently(attempt, { pauses })).toBe(3)
})

test("gives up after the last pause with the last failure", async () => {
  const attempt = vi.fn().mockRejectedValue(broken)
  await expect(patiently(attempt, { pauses })).rejects.toBe(broken)
  expect(attempt).toHaveBeenCalledTimes(3)
})

test("a final failure is not tried again", async () => {
  const attempt = vi.fn().mockRejectedValue(broken)
  await expect(patiently(attempt, { pauses, isFinal: () => true })).rejects.toBe(broken)
  expect(attempt).toHaveBeenCalledTimes(1)
})

test("waits between tries", async () => {
  const attempt = vi.fn().mockRejectedValueOnce(broken).mockResolvedValue("done")
  const start = Date.now()
  await patiently(attempt, { pauses: [60] })
  expect(Date.now() - start).toBeGreaterThanOrEqual(55)
})
