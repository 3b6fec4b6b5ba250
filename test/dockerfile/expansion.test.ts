import { describe, expect, test } from "vitest"
import { expand, removePrefix, removeSuffix, replacePattern } from "../../lib/dockerfile/expansion.ts"

describe("expansion", () => {
  test.each([
    ["golang:$V", "golang:1.26"],
    ["golang:${V}-alpine", "golang:1.26-alpine"],
    ["${REG:-docker.io/library}/golang", "docker.io/library/golang"],
    ["${EMPTY:-x}${EMPTY-y}", "x"],
    ["${NONE-y}", "y"],
    ["${V:+set}${EMPTY:+set}${EMPTY+set}", "setset"],
    ["${NONE:-${V}}", "1.26"],
    ["$NONE.", "."],
    // BuildKit removes the escape, and reads $$ as a special parameter without a value
    ["\\$V", "$V"],
    ["$$V", "V"],
    ["\"$V\"'$V'", "1.26$V"],
    ['"\\$V\\x\\""', '$V\\x"'],
    ["${V%.*}", "1"],
    ["${V#*.}", "26"],
    ["${V/./-}", "1-26"],
    ["${V//[0-9]/x}", "1.26"],
    ["${V:?no}${EMPTY?no}", "1.26"],
    ["a\\ b", "a b"],
  ])("expands %s to %s", (text, expanded) => {
    expect(expand(text, { values: { V: "1.26", EMPTY: "" }, escapeChar: "\\" }).text).toBe(expanded)
  })

  test.each([
    ["${V", "no } ends the variable"],
    ["${}", "a variable has no name"],
    ["${V!x}", "V has the unknown modifier !"],
    ["${V:#x}", "V has the unknown modifier :#"],
    ["${NONE?say so}", "NONE: say so"],
    ["${EMPTY:?}", "EMPTY: it must not be empty"],
    ["'x", "a single quote is not closed"],
    ['"x', "a double quote is not closed"],
    ["${V#\\1}", "the pattern \\1 escapes a character that is not special"],
    ["${V/x}", "no / ends the variable"],
  ])("refuses %s: %s", (text, fault) => {
    expect(expand(text, { values: { V: "1.26", EMPTY: "" }, escapeChar: "\\" }).fault).toBe(fault)
  })

  test("lists the variables without a value", () => {
    const { unset } = expand("$A$V${EMPTY}${B:-x}${C:+y}${D%z}", { values: { V: "1", EMPTY: "" }, escapeChar: "\\" })
    expect(unset).toEqual(["A", "EMPTY", "D"])
  })

  test("escapes by another escape character, and not by the backslash", () => {
    expect(expand("`$V\\$V", { values: { V: "1" }, escapeChar: "`" }).text).toBe("$V\\1")
  })
})

describe("pattern", () => {
  test.each([
    ["1.26.1", "*.", "26.1", "1"],
    ["a.b", "?.", "b", "b"],
    ["a*b", "a\\*", "b", "b"],
    ["a.b", "x", "a.b", "a.b"],
    ["a/b/c", "*\\/", "b/c", "c"],
    ["[x]y", "[x]", "y", "y"],
  ])("%s without the prefix %s is %s, and %s with the longest match", (value, pattern, shortest, longest) => {
    expect(removePrefix(value, { pattern, longest: false })).toBe(shortest)
    expect(removePrefix(value, { pattern, longest: true })).toBe(longest)
  })

  test.each([
    ["1.26.1", ".*", "1.26", "1"],
    ["1.26.1", ".?", "1.26", "1.26"],
    ["abab", "b*", "aba", "a"],
    ["a*", "\\*", "a", "a"],
    ["äöü", "ü", "äö", "äö"],
  ])("%s without the suffix %s is %s, and %s with the longest match", (value, pattern, shortest, longest) => {
    expect(removeSuffix(value, { pattern, longest: false })).toBe(shortest)
    expect(removeSuffix(value, { pattern, longest: true })).toBe(longest)
  })

  test.each([
    ["a.b.c", ".", "a-b.c", "a-b-c"],
    ["aXbX", "X*", "a-", "a-"],
    ["abc", "", "-abc", "-a-b-c-"],
    ["abc", "*", "-", "-"],
    ["abc", "x", "abc", "abc"],
  ])("%s with %s replaced is %s, and %s with all matches replaced", (value, pattern, first, everywhere) => {
    expect(replacePattern(value, { pattern, replacement: "-", all: false })).toBe(first)
    expect(replacePattern(value, { pattern, replacement: "-", all: true })).toBe(everywhere)
  })

  test("refuses a pattern that escapes a character that is not special", () => {
    expect(removePrefix("a", { pattern: "\\a", longest: false })).toBeUndefined()
    expect(removeSuffix("a", { pattern: "\\", longest: false })).toBeUndefined()
    expect(replacePattern("a", { pattern: "\\a", replacement: "", all: false })).toBeUndefined()
  })
})
