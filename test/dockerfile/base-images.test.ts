import { expect, test } from "vitest"
import { baseImages } from "../../lib/dockerfile/base-images.ts"
import { readStages, requireStage } from "../../lib/dockerfile/stages.ts"

function bases(text: string, target?: string): string[] {
  const stages = readStages(text, { platforms: { target: "linux/arm64", build: "linux/amd64" }, buildArgs: {} })
  return baseImages(stages, requireStage(stages, target)).map(
    ({ image, platform, line }) => `${image} ${platform} ${line}`,
  )
}

test.each([
  { name: "the only stage", text: "FROM a", found: ["a linux/arm64 1"] },
  {
    name: "a stage on the build platform",
    text: "FROM --platform=$BUILDPLATFORM a AS b\nFROM scratch\nCOPY --from=b / /",
    found: ["a linux/amd64 1"],
  },
  { name: "a stage on another stage", text: "FROM a AS b\nFROM b\nRUN x", found: ["a linux/arm64 1"] },
  { name: "a stage by number", text: "FROM a\nFROM scratch\nCOPY --from=0 / /", found: ["a linux/arm64 1"] },
  {
    name: "an image to copy from",
    text: "FROM a\nCOPY --from=tools:1 /x /x",
    found: ["a linux/arm64 1", "tools:1 linux/arm64 2"],
  },
  {
    name: "an image to copy from, for the target's platform on whatever stage",
    text: "FROM --platform=$BUILDPLATFORM a\nCOPY --from=tools:1 /x /x",
    found: ["a linux/amd64 1", "tools:1 linux/arm64 2"],
  },
  {
    name: "a platform in its other spelling",
    text: "FROM --platform=linux/x86_64 a\nCOPY --from=b / /",
    found: ["a linux/amd64 1", "b linux/arm64 2"],
  },
  {
    name: "an image to mount",
    text: "FROM a\nRUN --mount=type=bind,from=m,target=/m x",
    found: ["a linux/arm64 1", "m linux/arm64 2"],
  },
  {
    name: "an image to mount, whose name is no stage's number",
    text: "FROM a\nFROM b\nRUN --mount=from=0,target=/m x",
    found: ["b linux/arm64 2", "0 linux/arm64 3"],
  },
  { name: "no stage that is not needed", text: "FROM a AS unused\nFROM b", found: ["b linux/arm64 2"] },
  { name: "an image with a later stage's name", text: "FROM b\nFROM c AS b", found: ["c linux/arm64 2"] },
  { name: "nothing", text: "FROM scratch", found: [] },
])("a build needs $name", ({ text, found }) => {
  expect(bases(text)).toEqual(found)
})

test("a target needs nothing of what comes after it", () => {
  expect(bases("FROM a AS one\nFROM b AS two", "one")).toEqual(["a linux/arm64 1"])
})
