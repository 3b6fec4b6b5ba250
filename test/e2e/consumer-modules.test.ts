import { expect, test } from "vitest"
import { CONSUMERS, callConsumer } from "./consumer.ts"

// consumer.test.ts has the same in TypeScript
test("passes one function's result to the next in a module in Go", async () => {
  const checked = await callConsumer(CONSUMERS.Go, "check")
  expect(checked.code, checked.error).toBe(0)
  expect(checked.stdout).toContain("CRITICAL")
})

test.each(Object.entries(CONSUMERS))("ships from a module in %s", async (_, module) => {
  const released = await callConsumer(module, "release")
  expect(released.code, released.error).toBe(0)
  expect(released.stdout).toMatch(/^REHEARSAL: nothing left this engine/)
  expect(released.stdout).toMatch(/^tags +v1 \(created\)$/m)
  expect(released.stdout).toContain("at or above CRITICAL")
})
