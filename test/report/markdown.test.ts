import { expect, test } from "vitest"
import { cell, code, details, fenced, link, plain } from "../../lib/report/markdown.ts"

test.each([
  { name: "words", text: "3 of 4 (75 %)", shown: "3 of 4 (75 %)" },
  { name: "a mention, as code", text: "@acme/team", shown: "`@acme/team`" },
  { name: "an address, as code", text: "https://a.example", shown: "`https://a.example`" },
  { name: "backticks, as code without them", text: "a`b`", shown: "`a'b'`" },
  { name: "several lines, as one", text: "a\n  b", shown: "a b" },
])("shows $name", ({ text, shown }) => {
  expect(plain(text)).toBe(shown)
})

test("escapes a bar in a cell, also in code", () => {
  expect([cell("a|b"), code("a|b")]).toEqual(["`a\\|b`", "`a|b`"])
})

test("keeps a web address as a link, and shows any other as code", () => {
  expect([link("https://git.example/pulls/7"), link("https://git.example/a b")]).toEqual([
    "https://git.example/pulls/7",
    "`https://git.example/a b`",
  ])
})

test("fences a text that contains a fence by a longer one", () => {
  expect(fenced("text", "```")).toEqual(["````text", "```", "````"])
})

test("folds lines", () => {
  expect(details("Findings", ["a"])).toEqual(["<details><summary>Findings</summary>", "", "a", "", "</details>"])
})
