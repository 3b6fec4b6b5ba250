import { expect, test } from "vitest"
import { removePrefix, removeSuffix, replacePattern } from "../../lib/dockerfile/pattern.ts"

test.each([
  ["1.26.1", "*.", "26.1", "1"],
  ["a.b", "?.", "b", "b"],
  ["a*b", "a\\*", "b", "b"],
  ["a.b", "x", "a.b", "a.b"],
  ["a/b/c", "*\\/", "b/c", "c"],
  ["[x]y", "[x]", "y", "y"],
])("%s without the prefix %s is %s, and the longest way %s", (value, pattern, shortest, longest) => {
  expect(removePrefix(value, { pattern, longest: false })).toBe(shortest)
  expect(removePrefix(value, { pattern, longest: true })).toBe(longest)
})

test.each([
  ["1.26.1", ".*", "1.26", "1"],
  ["1.26.1", ".?", "1.26", "1.26"],
  ["abab", "b*", "aba", "a"],
  ["a*", "\\*", "a", "a"],
  ["äöü", "ü", "äö", "äö"],
])("%s without the suffix %s is %s, and the longest way %s", (value, pattern, shortest, longest) => {
  expect(removeSuffix(value, { pattern, longest: false })).toBe(shortest)
  expect(removeSuffix(value, { pattern, longest: true })).toBe(longest)
})

test.each([
  ["a.b.c", ".", "a-b.c", "a-b-c"],
  ["aXbX", "X*", "a-", "a-"],
  ["abc", "", "-abc", "-a-b-c-"],
  ["abc", "*", "-", "-"],
  ["abc", "x", "abc", "abc"],
])("%s with %s replaced is %s, and everywhere %s", (value, pattern, first, everywhere) => {
  expect(replacePattern(value, { pattern, replacement: "-", all: false })).toBe(first)
  expect(replacePattern(value, { pattern, replacement: "-", all: true })).toBe(everywhere)
})

test("no pattern escapes what is not special", () => {
  expect(removePrefix("a", { pattern: "\\a", longest: false })).toBeUndefined()
  expect(removeSuffix("a", { pattern: "\\", longest: false })).toBeUndefined()
  expect(replacePattern("a", { pattern: "\\a", replacement: "", all: false })).toBeUndefined()
})
