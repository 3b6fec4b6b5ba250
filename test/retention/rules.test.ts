import { describe, expect, test } from "vitest"
import {
  isForEver,
  matchesTag,
  overlap,
  parseRules,
  parseTagPattern,
  patternSource,
  prefixOf,
  renderRule,
  ruleOf,
} from "../../lib/retention/rules.ts"

describe("tag pattern", () => {
  test.each([
    { pattern: "v*", tag: "v1.2.3", matches: true },
    { pattern: "v*", tag: "v", matches: true },
    { pattern: "v*", tag: "dev1", matches: false },
    { pattern: "v1.2", tag: "v1x2", matches: false },
    { pattern: "*-rc*", tag: "v1-rc.1", matches: true },
    { pattern: "*", tag: "latest", matches: true },
    { pattern: "latest", tag: "latest-1", matches: false },
  ])("matches $pattern against the tag $tag: $matches", ({ pattern, tag, matches }) => {
    expect(matchesTag(parseTagPattern(pattern), tag)).toBe(matches)
  })

  test.each(["", "v[0-9]", "a b", "v?", "a/b", "x".repeat(129)])("refuses %j as a pattern", (text) => {
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
  ])("recognises $left and $right as overlapping: $both", ({ left, right, both }) => {
    expect([overlap(left, right), overlap(right, left)]).toEqual([both, both])
  })

  test("renders an anchored regular expression", () => {
    expect(patternSource(parseTagPattern("v1.*"))).toBe("^v1\\..*$")
  })

  test.each([
    { pattern: "pr-*", prefix: "pr-" },
    { pattern: "*", prefix: "" },
    { pattern: "latest", prefix: undefined },
    { pattern: "*-rc", prefix: undefined },
    { pattern: "a*b*", prefix: undefined },
  ])("reads the prefix $prefix of $pattern", ({ pattern, prefix }) => {
    expect(prefixOf(parseTagPattern(pattern))).toBe(prefix)
  })
})

describe("rules", () => {
  const FILE = { keep: [{ tags: ["release-*"] }], untagged: 14 }

  test("prefers the caller's rules over those of slipway.yaml", () => {
    const set = parseRules(["v* latest", " pr-*  days=7", "* last=20 days=30"], FILE)
    expect(set).toEqual({
      rules: [{ tags: ["v*", "latest"] }, { tags: ["pr-*"], days: 7 }, { tags: ["*"], last: 20, days: 30 }],
      untagged: 14,
    })
    expect(parseRules([], FILE)).toEqual({ rules: [{ tags: ["release-*"] }], untagged: 14 })
  })

  test.each(["last=5", "v* last=0", "v* last=5 last=6", "v* size=5", "v* days=10000", ""])("refuses %j", (text) => {
    expect(() => parseRules([text], undefined)).toThrow(/^OPTIONS_INVALID: expected PATTERN… \[last=N\] \[days=N\]/)
  })

  test("requires a rule", () => {
    expect(() => parseRules([], undefined)).toThrow(/^OPTIONS_INVALID: expected rules .*got none\. Pass --keep=/)
  })

  test("applies the first rule that matches", () => {
    const { rules } = parseRules(["v* latest", "v1* days=7", "main-* last=3"], undefined)
    expect(ruleOf("v1.2", rules)).toBe(rules[0])
    expect(ruleOf("main-7", rules)).toBe(rules[2])
    expect(ruleOf("nightly", rules)).toBeUndefined()
  })

  test.each([
    { rule: "v* latest", text: "v*, latest: for ever", forEver: true },
    { rule: "pr-* days=7", text: "pr-*: 7 days", forEver: false },
    { rule: "* last=20 days=30", text: "*: the last 20 or 30 days", forEver: false },
  ])("renders the rule $rule as $text", ({ rule, text, forEver }) => {
    const [parsed] = parseRules([rule], undefined).rules
    expect(parsed && renderRule(parsed)).toBe(text)
    expect(parsed && isForEver(parsed)).toBe(forEver)
  })
})
