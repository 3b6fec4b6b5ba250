import { expect, test } from "vitest"
import { resolveAnyBases } from "../../lib/dockerfile/resolved-base.ts"
import { fakeTools } from "../fake-tool.ts"

const digest = `sha256:${"0a".repeat(32)}`
const base = (image: string) => ({ image, platform: "linux/amd64", stage: "test", line: 2 })

test("each image that is built from is looked up once", async () => {
  fakeTools(() => ({}), { imageRef: async () => `go@${digest}` })
  expect(await resolveAnyBases([base("go:1"), base("go:1")])).toEqual([{ name: "go:1", digest }])
})

test("a registry that says nothing is not waited for without end", async () => {
  fakeTools(() => ({}), { imageRef: () => new Promise(() => {}) })
  await expect(resolveAnyBases([base("go:1")], 0.01)).rejects.toThrow(
    'REGISTRY_FAILED: expected an image to begin from (Dockerfile line 2) that can be pulled, here "go:1", got "no answer of its registry within 0.01 s".',
  )
})
