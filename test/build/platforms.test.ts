import { expect, test } from "vitest"
import { parsePlatforms } from "../../lib/build/platforms.ts"

test.each([
  { name: "a list", texts: ["linux/amd64", "linux/arm64"], read: ["linux/amd64", "linux/arm64"] },
  { name: "one text with commas", texts: ["linux/amd64, linux/arm/v7"], read: ["linux/amd64", "linux/arm/v7"] },
  { name: "default variants", texts: ["linux/arm64/v8", "linux/arm"], read: ["linux/arm64", "linux/arm/v7"] },
])("reads $name", ({ texts, read }) => {
  expect(parsePlatforms(texts)).toEqual(read)
})

test.each([
  {
    name: "none",
    texts: [""],
    message:
      'PLATFORM_INVALID: expected one or more different platforms, got "". Pass for example --platforms=linux/amd64,linux/arm64.',
  },
  { name: "one twice, in two spellings", texts: ["linux/arm64", "linux/arm64/v8"], message: "got linux/arm64 twice." },
  {
    name: "what is none",
    texts: ["linux/amd64", "arm64"],
    message: "PLATFORM_INVALID: expected os/architecture[/variant]",
  },
  { name: "another tool's name", texts: ["linux/aarch64"], message: 'got "linux/aarch64". Write linux/arm64.' },
])("refuses $name", ({ texts, message }) => {
  expect(() => parsePlatforms(texts)).toThrow(message)
})
