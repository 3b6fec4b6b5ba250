import { describe, expect, test } from "vitest"
import { type Splice, spliceText } from "../../../lib/gitops/edit/splice.ts"
import { type Cursor, locate, parseAddress } from "../../../lib/gitops/edit/yaml-cursor.ts"
import { parseYaml } from "../../../lib/gitops/edit/yaml-file.ts"
import { insertPair, removePair, replacePair } from "../../../lib/gitops/edit/yaml-pair.ts"

function edit(text: string, change: (map: Cursor) => Splice[]): string {
  return spliceText(text, change(locate(parseYaml(text), parseAddress("m"))))
}

describe("a pair is put in", () => {
  test.each([
    { text: "m:\n  a: 1\n  b: 2\n", is: "m:\n  a: 1\n  k: v\n  b: 2\n" },
    { text: "m:\n  a: 1 # said\n", is: "m:\n  a: 1 # said\n  k: v\n" },
    { text: "m:\n  a: 1", is: "m:\n  a: 1\n  k: v" },
    { text: "m: {a: 1, b: 2}\n", is: "m: {a: 1, k: v, b: 2}\n" },
    { text: "m:\r\n  a: 1\r\n", is: "m:\r\n  a: 1\r\n  k: v\r\n" },
    { text: 'm:\n  a: "1"\n', is: 'm:\n  a: "1"\n  k: "v"\n' },
  ])("$text", ({ text, is }) => expect(edit(text, (map) => [insertPair(map, "a", ["k", "v"])])).toBe(is))
})

describe("a pair is replaced in its place", () => {
  test.each([
    { text: "m:\n  a: 1 # said\n  b: 2\n", is: "m:\n  k: v # said\n  b: 2\n" },
    { text: "m: {b: 2, a: '1'}\n", is: "m: {b: 2, k: 'v'}\n" },
  ])("$text", ({ text, is }) => expect(edit(text, (map) => replacePair(map, "a", ["k", "v"]))).toBe(is))
})

describe("a pair is taken out", () => {
  test.each([
    { text: "m:\n  a: 1 # said\n  b: 2\n", is: "m:\n  b: 2\n" },
    { text: "m:\n  b: 2\n  a: 1\n", is: "m:\n  b: 2\n" },
    { text: "m:\n  b: 2\n  a: 1", is: "m:\n  b: 2" },
    { text: "m: {a: 1, b: 2}\n", is: "m: {b: 2}\n" },
    { text: "m: {b: 2, a: 1}\n", is: "m: {b: 2}\n" },
  ])("$text", ({ text, is }) => expect(edit(text, (map) => [removePair(map, "a")])).toBe(is))

  test("behind a dash the next one moves up", () => {
    const text = "m:\n- a: 1\n  b: 2\n"
    const file = parseYaml(text)
    expect(spliceText(text, [removePair(locate(file, parseAddress("m[0]")), "a")])).toBe("m:\n- b: 2\n")
  })
})

test("a pair that comes by a merge key is not this mapping's", () => {
  const text = "d: &d {a: 1}\nm: {<<: *d, b: 2}\n"
  expect(() => edit(text, (map) => [removePair(map, "a")])).toThrow(/EDIT_INVALID: expected the key a at m/)
})
