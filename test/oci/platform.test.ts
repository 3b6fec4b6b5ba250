import { describe, expect, test } from "vitest"
import { normalise, parsePlatform, platformText } from "../../lib/oci/platform.ts"

describe("a platform", () => {
  test.each([
    { text: "linux/amd64", spec: { os: "linux", architecture: "amd64" }, as: "linux/amd64" },
    { text: "linux/arm64/v8", spec: { os: "linux", architecture: "arm64" }, as: "linux/arm64" },
    { text: "linux/arm", spec: { os: "linux", architecture: "arm", variant: "v7" }, as: "linux/arm/v7" },
    { text: "linux/arm/v6", spec: { os: "linux", architecture: "arm", variant: "v6" }, as: "linux/arm/v6" },
    { text: "linux/amd64/v3", spec: { os: "linux", architecture: "amd64", variant: "v3" }, as: "linux/amd64/v3" },
    { text: "windows/amd64", spec: { os: "windows", architecture: "amd64" }, as: "windows/amd64" },
  ])("is read from $text, and rendered as $as", ({ text, spec, as }) => {
    expect(parsePlatform(text)).toEqual(spec)
    expect(platformText(parsePlatform(text))).toBe(as)
  })

  test.each([
    { text: "linux/x86_64", fix: "Write linux/amd64." },
    { text: "linux/aarch64", fix: "Write linux/arm64." },
    { text: "linux/armhf", fix: "Write linux/arm/v7." },
    { text: "amd64", fix: "Use the names in https://" },
    { text: "linux/amd64 ", fix: "Use the names in https://" },
    { text: "linux/arm/7", fix: "Use the names in https://" },
    { text: "", fix: "Use the names in https://" },
  ])("is refused as $text: $fix", ({ text, fix }) => {
    expect(() => parsePlatform(text)).toThrow(`PLATFORM_INVALID: expected os/architecture[/variant]`)
    expect(() => parsePlatform(text)).toThrow(`got ${JSON.stringify(text)}. ${fix}`)
  })
})

test("ignores a variant that is the default of its architecture", () => {
  expect(normalise({ os: "linux", architecture: "arm64", variant: "v8" })).toEqual(parsePlatform("linux/arm64"))
  expect(normalise({ os: "linux", architecture: "arm" })).toEqual(parsePlatform("linux/arm/v7"))
})
