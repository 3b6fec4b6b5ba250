import { describe, expect, test } from "vitest"
import { openEmbedded } from "../../../lib/gitops/edit/embedded.ts"
import { spliceText } from "../../../lib/gitops/edit/splice.ts"
import { locate, parseAddress } from "../../../lib/gitops/edit/yaml-cursor.ts"
import { parseYaml } from "../../../lib/gitops/edit/yaml-file.ts"

const open = (text: string) => openEmbedded(locate(parseYaml(text), parseAddress("v")))

describe("a document in a text", () => {
  test.each([
    { name: "a literal block", text: "v: |\n  a: 1\n  b: x\n", is: "v: |\n  a: 1\n  b: y\n" },
    { name: "one that is stripped", text: "v: |-\n    b: x", is: "v: |-\n    b: y" },
    { name: "one with an indentation of its own", text: "v: |2\n    b: x\nw: 1\n", is: "v: |2\n    b: y\nw: 1\n" },
    { name: "one with blank lines", text: "v: |\n  # said\n\n  b: x\n", is: "v: |\n  # said\n\n  b: y\n" },
  ])("$name is edited where it stands", ({ text, is }) => {
    const { file, outward } = open(text)
    const at = file.text.indexOf("x")
    expect(spliceText(text, [outward({ start: at, end: at + 1, text: "y" })])).toBe(is)
  })

  test.each(["v: x\n", 'v: "a: 1"\n', "v: >\n  a: 1\n", "v: {a: 1}\n"])("%j is none", (text) => {
    expect(() => open(text)).toThrow(/EDIT_INVALID: expected a document in a literal block \(\|\) at v/)
  })
})
