import { expect, test } from "vitest"
import { spliceText } from "../../../src/gitops/edit/splice.ts"
import { replaceTagComment } from "../../../src/gitops/edit/tag-comment.ts"
import { locate, parseAddress } from "../../../src/gitops/edit/yaml-cursor.ts"
import { parseYaml } from "../../../src/gitops/edit/yaml-file.ts"
import { REF } from "./edit-cases.ts"

test.each([
  { name: "is written where there is none", text: "a: x\n", tag: "v2", is: "a: x # tag: v2\n" },
  { name: "replaces its own", text: "a: x # tag: v1\n", tag: "v2", is: "a: x # tag: v2\n" },
  { name: "is taken away with the tag", text: "a: x # tag: v1\n", tag: undefined, is: "a: x\n" },
  { name: "stays as it is", text: "a: x # tag: v2\n", tag: "v2", is: "a: x # tag: v2\n" },
  { name: "leaves another's alone", text: "a: x # renovate\n", tag: "v2", is: "a: x # renovate\n" },
  { name: "has no place in braces", text: "{a: x}\n", tag: "v2", is: "{a: x}\n" },
  { name: "has no place behind a block", text: "a: |\n  x\n", tag: "v2", is: "a: |\n  x\n" },
])("the comment $name", ({ text, tag, is }) => {
  const place = locate(parseYaml(text), parseAddress("a"))
  const image = { ref: REF, tagStyle: "comment" as const, ...(tag && { tag }) }
  expect(spliceText(text, replaceTagComment(place, image))).toBe(is)
})

test("there is no comment for a tag that stands in the value", () => {
  const place = locate(parseYaml("a: x\n"), parseAddress("a"))
  expect(replaceTagComment(place, { ref: REF, tag: "v2" })).toEqual([])
})
