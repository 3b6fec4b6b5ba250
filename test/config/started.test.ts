import { expect, test } from "vitest"
import { started } from "../../lib/config/started.ts"

test("tells whoever waits, however late", async () => {
  const failing = started(Promise.reject(new Error("no such image")))
  await new Promise((resolve) => setTimeout(resolve, 5))
  await expect(failing).rejects.toThrow("no such image")
  expect(await started(Promise.resolve(7))).toBe(7)
})

test("is no unhandled rejection, which would end the process, if nobody waits", async () => {
  const unhandled: unknown[] = []
  const note = (reason: unknown) => unhandled.push(reason)
  process.on("unhandledRejection", note)
  started(Promise.reject(new Error("nobody waits")))
  await new Promise((resolve) => setTimeout(resolve, 5))
  process.off("unhandledRejection", note)
  expect(unhandled).toEqual([])
})
