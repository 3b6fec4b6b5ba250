import { expect, test } from "vitest"
import { allInOrder } from "../../lib/config/all-in-order.ts"

const later = <T>(value: T) => new Promise<T>((resolve) => setTimeout(() => resolve(value), 5))

test("answers each by its place", async () => {
  expect(await allInOrder([later(1), Promise.resolve("two")])).toEqual([1, "two"])
})

test("of two failures tells the first in the list, though the other came first", async () => {
  const slow = later(1).then(() => Promise.reject(new Error("the key")))
  await expect(allInOrder([slow, Promise.reject(new Error("the signature"))])).rejects.toThrow("the key")
})

test("ends when all have ended", async () => {
  let ended = false
  const slow = later(1).then(() => {
    ended = true
  })
  await expect(allInOrder([Promise.reject(new Error("at once")), slow])).rejects.toThrow("at once")
  expect(ended).toBe(true)
})
