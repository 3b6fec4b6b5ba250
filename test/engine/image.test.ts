import { expect, test } from "vitest"

const { composeImage, composeIndex } = await import(new URL("./lib/image.mjs", import.meta.url).href)

const layer = { name: "base", diffId: `sha256:${"1".repeat(64)}`, digest: `sha256:${"2".repeat(64)}`, size: 7 }
const read = (blob: { bytes: Buffer }) => JSON.parse(blob.bytes.toString())

test("composes the same digest from the same layers, and another one with another configuration", () => {
  const digest = (config?: object) => composeImage("amd64", [layer], config).manifest.descriptor.digest
  expect(digest()).toBe(digest())
  expect(digest({ User: "65532" })).not.toBe(digest())
})

test.each([
  {
    name: "defaults to Docker's",
    Env: ["A=1"],
    path: "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  },
  { name: "can be set", Env: ["PATH=/app"], path: "PATH=/app" },
])("PATH $name", ({ Env, path }) => {
  const { config } = read(composeImage("amd64", [layer], { Env }).config)
  expect(config.Env.filter((entry: string) => entry.startsWith("PATH="))).toEqual([path])
})

test("lists each platform in the index, arm64 with its variant", () => {
  const images = ["amd64", "arm64"].map((architecture) => composeImage(architecture, [layer]))
  expect(read(composeIndex(images)).manifests.map(({ platform }: { platform: object }) => platform)).toEqual([
    { architecture: "amd64", os: "linux" },
    { architecture: "arm64", os: "linux", variant: "v8" },
  ])
})
