import { expect, test } from "vitest"
import { stepCache } from "../../../lib/ship/cache/step-cache.ts"

const setup = { ci: [], nodeImage: "node:24", tools: { cosign: "cosign", crane: "crane" } }

test("asks for no volume without a directory", async () => {
  let asked = 0
  await stepCache(undefined, setup).fill(async () => {
    asked++
    return []
  })
  expect(asked).toBe(0)
})

test("leaves a source that cannot be read to the step that reads it", async () => {
  const filling = stepCache({} as never, setup).fill(() => Promise.reject(new Error("unreadable")))
  await expect(filling).resolves.toBeUndefined()
})
