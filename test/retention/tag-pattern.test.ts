import { expect, test } from "vitest"
import { matchesTag, overlap, parseTagPattern, patternSource, prefixOf } from "../../lib/retention/tag-pattern.ts"

test.each([
  { pattern: "v*", tag: "v1.2.3", matches: true },
  { pattern: "v*", tag: "v", matches: true },
  { pattern: "v*", tag: "dev1", matches: false },
  { pattern: "v1.2", tag: "v1x2", matches: false },
  { pattern: "*-rc*", tag: "v1-rc.1", matches: true },
  { pattern: "*", tag: "latest", matches: true },
  { pattern: "latest", tag: "latest-1", matches: false },
])("$pattern and the tag $tag: $matches", ({ pattern, tag, matches }) => {
  expect(matchesTag(parseTagPattern(pattern), tag)).toBe(matches)
})

test.each(["", "v[0-9]", "a b", "v?", "a/b", "x".repeat(129)])("refuses %j, and says what a pattern is", (text) => {
  expect(() => parseTagPattern(text)).toThrow(/^OPTIONS_INVALID: expected a pattern of tags/)
})

test.each([
  { left: "v*", right: "pr-*", both: false },
  { left: "v*", right: "*", both: true },
  { left: "v1*", right: "v*", both: true },
  { left: "*-rc", right: "v*", both: true },
  { left: "latest", right: "latest", both: true },
  { left: "latest", right: "lat*", both: true },
  { left: "latest", right: "late", both: false },
  { left: "a*c", right: "ab*", both: true },
  { left: "a*c", right: "*d", both: false },
  { left: "main-*", right: "main", both: false },
])("$left and $right share a tag: $both", ({ left, right, both }) => {
  expect([overlap(left, right), overlap(right, left)]).toEqual([both, both])
})

test("is an anchored regular expression for those who want one", () => {
  expect(patternSource(parseTagPattern("v1.*"))).toBe("^v1\\..*$")
})

test.each([
  { pattern: "pr-*", prefix: "pr-" },
  { pattern: "*", prefix: "" },
  { pattern: "latest", prefix: undefined },
  { pattern: "*-rc", prefix: undefined },
  { pattern: "a*b*", prefix: undefined },
])("what all of $pattern begin with: $prefix", ({ pattern, prefix }) => {
  expect(prefixOf(parseTagPattern(pattern))).toBe(prefix)
})
