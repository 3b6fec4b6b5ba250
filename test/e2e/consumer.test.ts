import { expect, test } from "vitest"
import { CONSUMERS, callConsumer } from "./consumer.ts"

// consumer-modules.test.ts has the module in Go, and releases
test("passes one function's result to the next in a module in TypeScript", async () => {
  const checked = await callConsumer(CONSUMERS.TypeScript, "check")
  expect(checked.code, checked.error).toBe(0)
  expect(checked.stdout).toContain("CRITICAL")
})
