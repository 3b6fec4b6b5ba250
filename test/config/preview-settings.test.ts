import { expect, test } from "vitest"
import { fillNumber, numberIn, Preview, previewTag, requestOfTag } from "../../lib/config/preview-settings.ts"

const commit = "0a".repeat(20)

test("fills in the number everywhere", () => {
  expect(fillNumber("pr-{number}/{number}", 7)).toBe("pr-7/7")
})

test.each([
  { template: "previews/pr-{number}", text: "previews/pr-7", number: 7 },
  { template: "pr-{number}/of-{number}", text: "pr-7/of-7", number: 7 },
  { template: "pr-{number}/of-{number}", text: "pr-7/of-8", number: undefined },
  { template: "previews/pr-{number}", text: "previews/pr-7/more", number: undefined },
  { template: "previews/pr-{number}", text: "other/previews/pr-7", number: undefined },
  { template: "previews/pr-{number}", text: "previews/pr-07", number: undefined },
  { template: "previews/pr-{number}", text: "previews/pr-{number}", number: undefined },
  { template: "previews.d/pr-{number}", text: "previews-d/pr-7", number: undefined },
])("reads $number from $text by $template", ({ template, text, number }) => {
  expect(numberIn(template, text)).toBe(number)
})

test("a tag names its request and its commit", () => {
  expect(previewTag({ number: 7, commit })).toBe(`pr-7-${commit}`)
  expect(requestOfTag(`pr-7-${commit}`)).toBe(7)
})

test.each(["pr-7", "pr-7-0a0a0a0", `xpr-7-${commit}`, `pr-7-${commit}-more`, `pr-07-${commit}`, "v1"])(
  "the tag %s is none of a preview",
  (tag) => {
    expect(requestOfTag(tag)).toBeUndefined()
  },
)

test.each([
  {
    name: "an address without a number",
    settings: { url: "https://preview.example.com" },
    error: /must contain \{number\}/,
  },
  { name: "an address of another protocol", settings: { url: "javascript:{number}" }, error: /must be an address/ },
  { name: "a folder without a number", settings: { gitops: { path: "apps/prod" } }, error: /must contain \{number\}/ },
])("refuses $name", ({ settings, error }) => {
  expect(Preview.safeParse(settings).error?.message).toMatch(error)
})

test("accepts a number in the host's name", () => {
  expect(Preview.safeParse({ url: "https://pr-{number}.example.com" }).success).toBe(true)
})
