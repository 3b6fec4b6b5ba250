import { dag } from "@dagger.io/dagger"
import { beforeEach, expect, test, vi } from "vitest"
import { imageFetcher } from "../../lib/ship/context.ts"
import { fakeTools } from "../fake-tool.ts"

beforeEach(() => {
  const platform = vi.spyOn(dag, "defaultPlatform").mockResolvedValue("linux/amd64" as never)
  return () => platform.mockRestore()
})

test("an image is pulled once, and what is wrong with it is said by the step that needs it", async () => {
  const entries = vi.fn(async () => {
    throw new Error("not found")
  })
  fakeTools(() => ({}), { entries })
  const fetchImage = imageFetcher()
  await Promise.all([fetchImage("crane"), fetchImage("crane")])
  expect(entries).toHaveBeenCalledTimes(1)
})

test("a registry that says nothing is not waited for without end", async () => {
  fakeTools(() => ({}), { entries: () => new Promise(() => {}) })
  await expect(imageFetcher(0.01)("crane")).rejects.toThrow(
    'REGISTRY_FAILED: expected an image for linux/amd64 that can be pulled, here "crane", got "no answer of its registry within 0.01 s".',
  )
})
