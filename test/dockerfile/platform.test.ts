import { expect, test } from "vitest"
import { readPlatform } from "../../lib/dockerfile/platform.ts"

test.each([
  ["linux/amd64", "linux/amd64"],
  ["amd64", "linux/amd64"],
  ["arm64", "linux/arm64"],
  ["arm", "linux/arm/v7"],
  ["armhf", "linux/arm/v7"],
  ["armel", "linux/arm/v6"],
  ["linux/arm", "linux/arm/v7"],
  ["linux/arm/7", "linux/arm/v7"],
  ["linux/arm/v6", "linux/arm/v6"],
  ["linux/arm64/v8", "linux/arm64"],
  ["linux/aarch64", "linux/arm64"],
  ["LINUX/x86_64", "linux/amd64"],
  ["x86-64", "linux/amd64"],
  ["linux/i386", "linux/386"],
  ["linux/amd64/v2", "linux/amd64/v2"],
  ["linux/amd64/v1", "linux/amd64"],
  ["linux", "linux/s390x"],
  ["windows(10.0.17763)/amd64", "windows/amd64"],
  ["macos/arm64", "darwin/arm64"],
  ["vax", undefined],
  ["", undefined],
  ["linux/", undefined],
  ["linux/a b", undefined],
  ["linux/arm/v7/x", undefined],
])("%s is %s", (text, platform) => {
  expect(readPlatform(text, "linux/s390x")).toBe(platform)
})
