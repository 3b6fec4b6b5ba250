import { expect, test } from "vitest"
import { compareVersions, parseVersion } from "../../lib/config/version.ts"

test.each([
  { name: "with a v", tags: ["v1.2.3"], text: "1.2.3" },
  { name: "without a v", tags: ["1.2.3"], text: "1.2.3" },
  { name: "among other tags", tags: ["nightly", "v1.2", "v1.2.3", "release-9.9.9"], text: "1.2.3" },
  { name: "that is highest as a number", tags: ["v1.9.0", "v1.10.0", "v1.2.0"], text: "1.10.0" },
  { name: "of a release before its candidate", tags: ["v1.0.0", "v1.0.0-rc.1"], text: "1.0.0" },
  { name: "of the tenth candidate before the ninth", tags: ["v1.0.0-rc.9", "v1.0.0-rc.10"], text: "1.0.0-rc.10" },
  { name: "of a beta before an alpha of more parts", tags: ["v1.0.0-alpha.1.2", "v1.0.0-beta"], text: "1.0.0-beta" },
  { name: "with build metadata", tags: ["v1.2.3+build.5"], text: "1.2.3+build.5" },
  { name: "of the later build", tags: ["v1.2.3+build.10", "v1.2.3+build.9"], text: "1.2.3+build.10" },
  { name: "of a candidate alone", tags: ["v1.0.0-rc.1"], text: "1.0.0-rc.1" },
])("reads the version $name", ({ tags, text }) => {
  expect(parseVersion(tags)?.text).toBe(text)
})

test("a commit without a version has none", () => {
  expect(parseVersion(["v1", "v01.2.3", "main"])).toBeUndefined()
})

test("its parts, and whether it is a pre-release", () => {
  expect(parseVersion(["v2.3.4-rc.1"])).toEqual({ text: "2.3.4-rc.1", major: "2", minor: "3", preRelease: true })
  expect(parseVersion(["v2.3.4"])?.preRelease).toBe(false)
})

test.each([
  { first: "1.9.0", second: "1.10.0", order: -1 },
  { first: "1.0.0-rc.10", second: "1.0.0-rc.9", order: 1 },
  { first: "2.0.0-rc.1", second: "2.0.0", order: -1 },
  { first: "v1.2.3", second: "1.2.3", order: 0 },
  { first: "1.2.3", second: "main", order: undefined },
  { first: undefined, second: "1.2.3", order: undefined },
])("$first beside $second: $order", ({ first, second, order }) => {
  expect(compareVersions(first, second)).toBe(order)
})
