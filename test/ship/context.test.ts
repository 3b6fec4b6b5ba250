import { dag } from "@dagger.io/dagger"
import { beforeEach, expect, test, vi } from "vitest"
import { imageFetcher } from "../../lib/ship/context.ts"
import { fakeTools } from "../fake-tool.ts"

beforeEach(() => {
  const platform = vi.spyOn(dag, "defaultPlatform").mockResolvedValue("linux/amd64" as never)
  return () => platform.mockRestore()
})

test("pulls an image once, and leaves its failure to the step that needs the image", async () => {
  const entries = vi.fn(async () => {
    throw new Error("not found")
  })
  fakeTools(() => ({}), { entries })
  const fetchImage = imageFetcher()
  await Promise.all([fetchImage("crane"), fetchImage("crane")])
  expect(entries).toHaveBeenCalledTimes(1)
})

test("fails after a time limit if the registry does not respond", async () => {
  fakeTools(() => ({}), { entries: () => new Promise(() => {}) })
  await expect(imageFetcher(0.01)("crane")).rejects.toThrow(
    'REGISTRY_FAILED: expected an image for linux/amd64 that can be pulled, here "crane", got "no answer of its registry within 0.01 s".',
  )
})
