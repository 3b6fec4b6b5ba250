import { expect, test } from "vitest"
import type { PlatformManifest } from "../../lib/oci/layout.ts"
import { choosePlatforms } from "../../lib/smoke/platforms.ts"

const manifests = ["linux/amd64", "linux/arm64", "linux/arm/v7"].map((platform) => ({ platform }) as PlatformManifest)
const names = (chosen: ReturnType<typeof choosePlatforms>) =>
  "skip" in chosen ? chosen.skip : chosen.manifests.map(({ platform }) => platform)

test.each([
  { name: "the engine's own by default", asked: [], own: "linux/amd64", chosen: ["linux/amd64"] },
  {
    name: "the engine's own with a variant that is its default",
    asked: [],
    own: "linux/arm64/v8",
    chosen: ["linux/arm64"],
  },
  {
    name: "those that are asked for, once",
    asked: ["linux/arm64/v8", "linux/arm64", "linux/amd64"],
    own: "linux/amd64",
    chosen: ["linux/arm64", "linux/amd64"],
  },
])("starts $name", ({ asked, own, chosen }) => {
  expect(names(choosePlatforms(manifests, asked, own))).toEqual(chosen)
})

test("starts nothing if the image does not have the engine's platform", () => {
  expect(names(choosePlatforms(manifests, [], "linux/s390x"))).toBe(
    "the image has no linux/s390x, the engine's platform; smoke.platforms starts others under emulation",
  )
})

test("refuses a platform that the image does not have", () => {
  expect(() => choosePlatforms(manifests, ["linux/s390x"], "linux/amd64")).toThrow(
    "expected smoke.platforms to be among the image's (linux/amd64, linux/arm64, linux/arm/v7), got linux/s390x",
  )
  expect(() => choosePlatforms(manifests, ["arm64"], "linux/amd64")).toThrow("PLATFORM_INVALID")
})
