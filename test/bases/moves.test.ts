import { expect, test } from "vitest"
import { basesId, comparePlatforms, isMoved, isPinned, movedPlatforms } from "../../lib/bases/moves.ts"
import type { Digest } from "../../lib/oci/reference.ts"

const digest = (letter: string) => `sha256:${letter.repeat(64)}` as Digest
const one = { name: "alpine:3", digest: digest("1") }
const two = { name: "debian:12", digest: digest("2") }

test("the name of a set of bases depends on their names and digests alone", () => {
  expect(basesId([one, two])).toMatch(/^[0-9a-f]{10}$/)
  expect(basesId([two, one, one])).toBe(basesId([one, two]))
  expect(basesId([one, { ...two, digest: digest("3") }])).not.toBe(basesId([one, two]))
  expect(basesId([one, { ...two, name: "debian:13" }])).not.toBe(basesId([one, two]))
})

test("platforms are compared one by one, and one without an earlier image is unknown", () => {
  const before = [
    { platform: "linux/amd64", digest: "a" },
    { platform: "linux/arm64", digest: "b" },
  ]
  const after = [
    { platform: "linux/amd64", digest: "a" },
    { platform: "linux/arm64", digest: "c" },
    { platform: "linux/386", digest: "d" },
  ]
  const platforms = comparePlatforms(before, after)
  expect(platforms.map(({ status }) => status)).toEqual(["unchanged", "changed", "unknown"])
  const base = { name: "alpine:3", from: digest("1"), to: digest("2"), status: "moved" as const, platforms }
  expect(isMoved(base)).toBe(true)
  expect(movedPlatforms(base)).toEqual(["linux/arm64", "linux/386"])
  expect(isMoved({ ...base, platforms: platforms.slice(0, 1) })).toBe(false)
})

test.each([
  { name: "alpine:3", pinned: false },
  { name: `alpine:3@${digest("1")}`, pinned: true },
  { name: "registry.test:5000/base", pinned: false },
])("$name is pinned: $pinned", ({ name, pinned }) => {
  expect(isPinned(name)).toBe(pinned)
})
