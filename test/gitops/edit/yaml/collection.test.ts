import { describe, expect, test } from "vitest"
import { type Splice, spliceText } from "../../../../lib/gitops/edit/splice.ts"
import { addElement, insertPair, removePair, replacePair } from "../../../../lib/gitops/edit/yaml/collection.ts"
import { type Cursor, locate, parseAddress } from "../../../../lib/gitops/edit/yaml/cursor.ts"
import { parseYaml } from "../../../../lib/gitops/edit/yaml/document.ts"

describe("yaml pair", () => {
  function edit(text: string, change: (map: Cursor) => Splice[]): string {
    return spliceText(text, change(locate(parseYaml(text), parseAddress("m"))))
  }

  describe("insert a pair", () => {
    test.each([
      { text: "m:\n  a: 1\n  b: 2\n", is: "m:\n  a: 1\n  k: v\n  b: 2\n" },
      { text: "m:\n  a: 1 # said\n", is: "m:\n  a: 1 # said\n  k: v\n" },
      { text: "m:\n  a: 1", is: "m:\n  a: 1\n  k: v" },
      { text: "m: {a: 1, b: 2}\n", is: "m: {a: 1, k: v, b: 2}\n" },
      { text: "m:\r\n  a: 1\r\n", is: "m:\r\n  a: 1\r\n  k: v\r\n" },
      { text: 'm:\n  a: "1"\n', is: 'm:\n  a: "1"\n  k: "v"\n' },
    ])("inserts a pair in $text", ({ text, is }) =>
      expect(edit(text, (map) => [insertPair(map, "a", ["k", "v"])])).toBe(is),
    )
  })

  describe("replace a pair", () => {
    test.each([
      { text: "m:\n  a: 1 # said\n  b: 2\n", is: "m:\n  k: v # said\n  b: 2\n" },
      { text: "m: {b: 2, a: '1'}\n", is: "m: {b: 2, k: 'v'}\n" },
    ])("replaces a pair in $text", ({ text, is }) =>
      expect(edit(text, (map) => replacePair(map, "a", ["k", "v"]))).toBe(is),
    )
  })

  describe("remove a pair", () => {
    test.each([
      { text: "m:\n  a: 1 # said\n  b: 2\n", is: "m:\n  b: 2\n" },
      { text: "m:\n  b: 2\n  a: 1\n", is: "m:\n  b: 2\n" },
      { text: "m:\n  b: 2\n  a: 1", is: "m:\n  b: 2" },
      { text: "m: {a: 1, b: 2}\n", is: "m: {b: 2}\n" },
      { text: "m: {b: 2, a: 1}\n", is: "m: {b: 2}\n" },
    ])("removes a pair from $text", ({ text, is }) => expect(edit(text, (map) => [removePair(map, "a")])).toBe(is))

    test("moves the next pair up after a dash", () => {
      const text = "m:\n- a: 1\n  b: 2\n"
      const file = parseYaml(text)
      expect(spliceText(text, [removePair(locate(file, parseAddress("m[0]")), "a")])).toBe("m:\n- b: 2\n")
    })
  })

  test("refuses a pair from a merge key", () => {
    const text = "d: &d {a: 1}\nm: {<<: *d, b: 2}\n"
    expect(() => edit(text, (map) => [removePair(map, "a")])).toThrow(/EDIT_INVALID: expected the key a at m/)
  })
})

describe("yaml element", () => {
  const fields: [string, string][] = [
    ["name", "web"],
    ["digest", "sha256:0a"],
  ]
  const add = (text: string) => {
    const { splice, ...place } = addElement(parseYaml(text), { key: "images", fields })
    return { ...place, text: spliceText(text, [splice]) }
  }

  describe("add an entry", () => {
    test.each([
      {
        name: "to a new list at the end",
        text: "resources:\n- a\n\n# patches:\n# - b\n",
        is: "resources:\n- a\n\n# patches:\n# - b\nimages:\n- name: web\n  digest: sha256:0a\n",
      },
      {
        name: "with the indentation of other lists",
        text: "resources:\n    - a",
        is: "resources:\n    - a\nimages:\n    - name: web\n      digest: sha256:0a",
      },
      {
        name: "after the last entry and its comment",
        text: "images:\n  # first\n  - name: a\n    newTag: v1 # said\n# last\nnamespace: x\n",
        is: "images:\n  # first\n  - name: a\n    newTag: v1 # said\n  - name: web\n    digest: sha256:0a\n# last\nnamespace: x\n",
        index: 1,
      },
      {
        name: "with CRLF line endings",
        text: "images:\r\n- name: a\r\nnamespace: x\r\n",
        is: "images:\r\n- name: a\r\n- name: web\r\n  digest: sha256:0a\r\nnamespace: x\r\n",
        index: 1,
      },
      {
        name: "below a key without a value, and its comment",
        text: "images: # none yet\nresources:\n  - a\n",
        is: "images: # none yet\n  - name: web\n    digest: sha256:0a\nresources:\n  - a\n",
      },
      { name: "in brackets", text: "images: []\n", is: "images: [{name: web, digest: sha256:0a}]\n" },
      {
        name: "in brackets after another",
        text: "images: [{name: a} ] # said\n",
        is: "images: [{name: a}, {name: web, digest: sha256:0a} ] # said\n",
        index: 1,
      },
      {
        name: "in JSON",
        text: '{"resources": ["a"]}',
        is: '{"resources": ["a"], "images": [{"name": "web", "digest": "sha256:0a"}]}',
      },
    ])("adds an entry $name", ({ text, is, index = 0 }) => {
      expect(add(text)).toEqual({ document: 0, at: ["images"], index, text: is })
    })
  })

  test.each(["", "- a\n", "images: web\n", "images: {web: v1}\n", "images: ~\n", "a: 1\n---\nb: 2\n"])(
    "%j has no room for one",
    (text) => expect(() => add(text)).toThrow(/^EDIT_INVALID: expected a file with a mapping that has a list images/),
  )
})
