import { expect, test } from "vitest"
import { digestOf } from "../../lib/oci/reference.ts"
import { judgeImages } from "../../lib/retention/judge.ts"
import { parseRules } from "../../lib/retention/rules.ts"

const DAY = 86_400
const NOW = Date.UTC(2026, 10, 26) / 1000
type Given = { tags: string[]; age?: number }

/** Which of the images stay, by their first tag. `age` is in days. */
function stay(keep: string[], given: Given[]): string[] {
  const images = given.map(({ tags, age }) => ({
    digest: digestOf(tags.join()),
    tags,
    ...(age !== undefined && { created: NOW - age * DAY }),
  }))
  const verdicts = judgeImages(images, parseRules(keep, undefined).rules, NOW)
  return images.filter(({ digest }) => verdicts.get(digest)?.keep).map(({ tags }) => tags[0] ?? "")
}
const aged = (...tags: string[]) => tags.map((tag, age) => ({ tags: [tag], age }))

test.each<{ name: string; keep: string[]; given: Given[]; stays: string[] }>([
  { name: "the last two", keep: ["* last=2"], given: aged("a", "b", "c"), stays: ["a", "b"] },
  {
    name: "the last two of many, whatever their order",
    keep: ["* last=2"],
    given: aged("a", "b", "c").reverse(),
    stays: ["b", "a"],
  },
  {
    name: "those of the same time as the last",
    keep: ["* last=1"],
    given: [
      { tags: ["a"], age: 1 },
      { tags: ["b"], age: 1 },
      { tags: ["c"], age: 2 },
    ],
    stays: ["a", "b"],
  },
  { name: "what is no older than the days", keep: ["* days=1"], given: aged("a", "b", "c"), stays: ["a", "b"] },
  { name: "what one of two limits keeps", keep: ["* last=1 days=1"], given: aged("a", "b", "c"), stays: ["a", "b"] },
  {
    name: "more by the count than by the days",
    keep: ["* last=2 days=1"],
    given: [
      { tags: ["a"], age: 8 },
      { tags: ["b"], age: 9 },
      { tags: ["c"], age: 10 },
    ],
    stays: ["a", "b"],
  },
  {
    name: "what is for ever",
    keep: ["v*", "* days=1"],
    given: [
      { tags: ["v1"], age: 900 },
      { tags: ["x"], age: 900 },
    ],
    stays: ["v1"],
  },
  {
    name: "what no rule is about",
    keep: ["pr-* days=1"],
    given: [
      { tags: ["pr-1"], age: 9 },
      { tags: ["x"], age: 9 },
    ],
    stays: ["x"],
  },
  {
    name: "an image by any of its tags",
    keep: ["v*", "* days=1"],
    given: [{ tags: ["x", "v1"], age: 9 }],
    stays: ["x"],
  },
  { name: "by the first rule alone", keep: ["v0* days=1", "v*"], given: [{ tags: ["v0.1"], age: 9 }], stays: [] },
  {
    name: "a count without what an earlier rule decides about",
    keep: ["v*", "* last=1"],
    given: aged("v2", "v1", "a", "b"),
    stays: ["v2", "v1", "a"],
  },
  {
    name: "what nobody knows the age of, and does not count",
    keep: ["* last=1 days=1"],
    given: [{ tags: ["a"] }, ...aged("b", "c", "d")],
    stays: ["a", "b", "c"],
  },
])("keeps $name", ({ keep, given, stays }) => expect(stay(keep, given)).toEqual(stays))

test("says which rule decided, and when the image was made", () => {
  const image = { digest: digestOf("x"), tags: ["pr-1"], created: NOW - 9 * DAY }
  const { rules } = parseRules(["pr-* days=7"], undefined)
  expect(judgeImages([image], rules, NOW).get(image.digest)).toEqual({
    keep: false,
    reason: 'pr-1, by the rule "pr-*: 7 days": made 2026-11-17',
  })
})
