import { describe, expect, test } from "vitest"
import { spliceText } from "../../../../lib/gitops/edit/splice.ts"
import { locate, parseAddress } from "../../../../lib/gitops/edit/yaml/cursor.ts"
import { parseYaml } from "../../../../lib/gitops/edit/yaml/document.ts"
import { isPlainText, renderScalar, replaceScalar, styleOf } from "../../../../lib/gitops/edit/yaml/scalar.ts"

test.each(["v1", "a.b/c", "ghcr.io/acme/app:v1", "1.2.3", "sha256:0a"])("renders %s without quotes", (text) => {
  expect(isPlainText(text)).toBe(true)
})
test.each([
  "",
  "true",
  "No",
  "null",
  "1",
  "1.10",
  "1e3",
  "0x1f",
  "2026-01-01",
  "12:30",
  "a b",
  "a: b",
  "a #b",
  "-a",
  "*a",
  "a=b",
])("quotes %j, so that every reader reads text", (text) => expect(isPlainText(text)).toBe(false))

test.each([
  { text: "v1", style: "plain" as const, rendered: "v1" },
  { text: "1.10", style: "plain" as const, rendered: '"1.10"' },
  { text: "v1", style: "single" as const, rendered: "'v1'" },
  { text: "v1", style: "double" as const, rendered: '"v1"' },
])("renders $text in the style $style as $rendered", ({ text, style, rendered }) =>
  expect(renderScalar(text, style)).toBe(rendered),
)

describe("replace a value", () => {
  const replace = (text: string, value: string) => {
    const file = parseYaml(text)
    return spliceText(text, replaceScalar(locate(file, parseAddress("a")), value))
  }
  test.each([
    { text: "a: x # said\n", value: "z", is: "a: z # said\n" },
    { text: "a: 'x'\n", value: "z", is: "a: 'z'\n" },
    { text: 'a: "x"\n', value: "z", is: 'a: "z"\n' },
    { text: "a: x\n", value: "1", is: 'a: "1"\n' },
    { text: "a: x\n", value: "x", is: "a: x\n" },
    { text: "a:\nb: 1\n", value: "z", is: "a: z\nb: 1\n" },
    { text: "a: |\n  x\nb: 1\n", value: "z", is: "a: |\n  z\nb: 1\n" },
    { text: "b: &b x\na: *b\n", value: "z", is: "b: &b x\na: z\n" },
  ])("replaces the value of $text by $value", ({ text, value, is }) => expect(replace(text, value)).toBe(is))

  test.each([
    { text: "a:\n- # said\n- y\n", is: "a:\n- z # said\n- y\n" },
    { text: "a:\n-  # said\n", is: "a:\n- z  # said\n" },
    { text: "a:\n  -\t# said\n", is: "a:\n  - z\t# said\n" },
    { text: "a:\n-\n", is: "a:\n- z\n" },
  ])("keeps the comment after an empty list element ($text)", ({ text, is }) => {
    const first = locate(parseYaml(text), parseAddress("a[0]"))
    expect(spliceText(text, replaceScalar(first, "z"))).toBe(is)
  })

  test.each(["a: [x]\n", "a: {b: c}\n", "a: |\n  x\n  y\n"])("refuses %j, which has no single value", (text) => {
    expect(() => replace(text, "y")).toThrow(/EDIT_INVALID: expected a single value at a/)
  })
})

test.each([
  { text: "a: x", style: "plain" },
  { text: "a: 'x'", style: "single" },
  { text: 'a: "x"', style: "double" },
])("reads the style $style of $text", ({ text, style }) => {
  expect(styleOf(locate(parseYaml(text), parseAddress("a")).node)).toBe(style)
})
