import type { Secret } from "@dagger.io/dagger"
import { expect, test } from "vitest"
import { openSecret, renewed } from "../../lib/config/secret-source.ts"

test("a secret is itself, and the way to one is gone when it is opened", async () => {
  const secret = { own: 1 } as unknown as Secret
  expect(await openSecret(secret)).toBe(secret)
  expect(await openSecret(async () => secret)).toBe(secret)
})

test("what is older than its time is asked for again, and what is not is asked for once", async () => {
  let [asked, clock] = [0, 0]
  const token = renewed(
    async () => ++asked,
    600,
    () => clock,
  )
  expect(await Promise.all([token(), token()])).toEqual([1, 1])
  clock = 600_000
  expect(await token()).toBe(1)
  clock = 600_001
  expect(await token()).toBe(2)
})

test("a failure is told, and not kept", async () => {
  let asked = 0
  const token = renewed(async () => {
    asked += 1
    if (asked === 1) throw new Error("503")
    return asked
  }, 600)
  await expect(token()).rejects.toThrow("503")
  expect(await token()).toBe(2)
})
