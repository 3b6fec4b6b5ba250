import { expect, test } from "vitest"
import { objectName, parseYaml, textIn } from "../../../lib/gitops/edit/yaml-file.ts"

test("every scalar is the text that stands there", () => {
  const { documents } = parseYaml("a: 1.10\nb: yes\nc: 0x1\n---\nd: ~\n")
  expect(documents.map((document) => document.toJS())).toEqual([{ a: "1.10", b: "yes", c: "0x1" }, { d: "~" }])
})

test("JSON is read the same way", () => {
  expect(parseYaml('{"a": [1, true]}').documents[0]?.toJS()).toEqual({ a: ["1", "true"] })
})

test.each(["a: [", "a: b: c", "{{ if .Values.x }}\na: 1"])("%j is refused", (text) => {
  expect(() => parseYaml(text)).toThrow(/^EDIT_INVALID: expected a file of valid YAML/)
})

test("a key that stands twice is refused by its name and line, since readers do not agree on it", () => {
  expect(() => parseYaml("image:\n  tag: v1\n  pull: x\n  tag: v2\n")).toThrow(
    'EDIT_INVALID: expected each key once in a mapping, got "tag" again on line 4. Remove one of the two: Helm takes the last',
  )
})

test.each([
  {
    text: "kind: Deployment\nmetadata: {name: web, namespace: shop}",
    name: { kind: "Deployment", name: "web", namespace: "shop" },
  },
  { text: "kind: Deployment\nmetadata: {name: web}", name: { kind: "Deployment", name: "web" } },
  { text: "kind: Deployment", name: undefined },
  { text: "- a", name: undefined },
])("the object of $text", ({ text, name }) => {
  const [document] = parseYaml(text).documents
  expect(document && objectName(document)).toEqual(name)
})

test("the text at a path of keys", () => {
  const contents = parseYaml("a: {b: c}").documents[0]?.contents
  expect(textIn(contents, ["a", "b"])).toBe("c")
  expect(textIn(contents, ["a"])).toBeUndefined()
  expect(textIn("a", ["b"])).toBeUndefined()
})
