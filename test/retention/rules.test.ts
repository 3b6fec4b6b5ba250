import { expect, test } from "vitest"
import { isForEver, parseRules, renderRule, ruleOf } from "../../lib/retention/rules.ts"

const FILE = { keep: [{ tags: ["release-*"] }], untagged: 14 }

test("are the caller's, which win over those of the file", () => {
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

test("without any there is nothing that could be kept", () => {
  expect(() => parseRules([], undefined)).toThrow(/^OPTIONS_INVALID: expected rules .*got none\. Pass --keep=/)
})

test("the first that a tag matches decides", () => {
  const { rules } = parseRules(["v* latest", "v1* days=7", "main-* last=3"], undefined)
  expect(ruleOf("v1.2", rules)).toBe(rules[0])
  expect(ruleOf("main-7", rules)).toBe(rules[2])
  expect(ruleOf("nightly", rules)).toBeUndefined()
})

test.each([
  { rule: "v* latest", text: "v*, latest: for ever", forEver: true },
  { rule: "pr-* days=7", text: "pr-*: 7 days", forEver: false },
  { rule: "* last=20 days=30", text: "*: the last 20 or 30 days", forEver: false },
])("$rule reads $text", ({ rule, text, forEver }) => {
  const [parsed] = parseRules([rule], undefined).rules
  expect(parsed && renderRule(parsed)).toBe(text)
  expect(parsed && isForEver(parsed)).toBe(forEver)
})
