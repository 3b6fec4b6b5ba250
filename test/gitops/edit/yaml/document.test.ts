import { describe, expect, test } from "vitest"
import { isMap, isScalar, parseAllDocuments, visit } from "yaml"
import { parseEdit } from "../../../../lib/gitops/edit/edit.ts"
import {
  objectName,
  parseYaml,
  READING,
  readByParts,
  splitDocuments,
  textIn,
  type YamlDocument,
} from "../../../../lib/gitops/edit/yaml/document.ts"
import { editContent } from "../../../../lib/gitops/file-edit.ts"
import type { ImageName } from "../../../../lib/gitops/overlay/verdict.ts"
import type { RepositoryPath } from "../../../../lib/gitops/request.ts"
import { NEW, REF, readEditCases } from "../edit-cases.ts"

describe("yaml parts", () => {
  test.each([
    { name: "one document", text: "a: 1\n", parts: 1 },
    { name: "two", text: "a: 1\n---\nb: 2\n", parts: 2 },
    { name: "a first mark", text: "---\na: 1\n---\nb: 2\n", parts: 2 },
    { name: "comments before the first mark", text: "# a\n\n---\na: 1\n---\nb: 2\n", parts: 2 },
    { name: "a value behind the mark", text: "a: 1\n--- |\n  b\n--- c\n---", parts: 4 },
    { name: "dashes that are no mark", text: "a: 1\n----\n ---\nb: ---\n", parts: 1 },
    { name: "dashes behind a separator that is none of YAML's", text: "a: |\n  x\u2028---\n  y\n", parts: 1 },
    { name: "line ends of Windows", text: "a: 1\r\n---\r\nb: 2\r\n", parts: 2 },
    { name: "a directive", text: "%YAML 1.2\n---\na: 1\n---\nb: 2\n", parts: 1 },
    { name: "an end mark", text: "a: 1\n...\n---\nb: 2\n", parts: 1 },
  ])("a text with $name has $parts parts, which are all of it", ({ text, parts }) => {
    expect(splitDocuments(text)).toHaveLength(parts)
    expect(splitDocuments(text).join("")).toBe(text)
  })

  /** All that edits look at, in the order of the file: ranges, texts and styles. */
  const nodesOf = (documents: YamlDocument[]) =>
    documents.map((document) => {
      const nodes: unknown[] = []
      visit(document, {
        Node: (key, node) => {
          const own = isScalar(node) ? [node.source, String(node.value), node.type] : [isMap(node)]
          nodes.push([key, node.range, (node as { anchor?: string }).anchor, ...own])
        },
      })
      return { range: document.range, nodes, value: document.toJS() }
    })
  const whole = (text: string) => nodesOf([...parseAllDocuments(text, READING)] as YamlDocument[])

  const TEXTS = readEditCases().flatMap(({ format, before, after }) => (format === "env" ? [] : [before, after]))
  const joined = (texts: string[]) => texts.map((text) => text.replace(/^---\n/, "")).join("\n---\n")

  test("reads every file as it would be read at once, whatever was read before", () => {
    const all = joined(TEXTS)
    for (const text of [...TEXTS, all, joined(TEXTS.toReversed()), `a: 1\n---\n${all}`, `${all}\n---\n${all}`, all]) {
      expect(nodesOf(parseYaml(text).documents)).toEqual(whole(text))
    }
  })

  test("takes from earlier files what stands in both, and leaves those as they were", () => {
    const before = readByParts("a: &x 1\nb: *x\n---\nc: 2\n---\nd: &d {v: 3}\ne: {<<: *d}\n", [])
    if (!before) throw new Error("expected parts")
    const now = "a: &x 100\nb: *x\n---\nc: 2\n---\nd: &d {v: 3}\ne: {<<: *d}\n---\nc: 2\n"
    const after = readByParts(now, [before])
    expect(nodesOf(after?.documents ?? [])).toEqual(whole(now))
    expect(after?.documents[2]?.toJS()).toEqual({ d: { v: "3" }, e: { v: "3" } })
    expect(nodesOf(before.documents)).toEqual(whole(before.text))
    expect(readByParts(before.text.replace("3", "4"), [before])?.documents[1]).toBe(before.documents[1])
  })

  test("is left to a reading of the whole text where a part is no valid YAML", () => {
    expect(readByParts("a: 1\n---\nb: [\n", [])).toBeUndefined()
    expect(() => parseYaml("a: 1\n---\nb: 1\nb: 2\n")).toThrow('"b" again on line 4')
  })

  const container = (n: number) =>
    `      # note ${n}\n      - name: side${n}\n        image: ghcr.io/acme/side:v${n}\n        env:\n        - {name: KEY${n}, value: "some value that is as long as it is"}\n`
  const manifest = (i: number) =>
    `kind: Deployment\nmetadata: {name: app${i}}\nspec:\n  template:\n    spec:\n      containers:\n      - name: app\n        image: ghcr.io/acme/app:v${i}\n${Array.from({ length: 160 }, (_, n) => container(n)).join("")}`

  test("five edits of a manifest of 2 MB read each of its documents about once", { timeout: 120_000 }, () => {
    const text = Array.from({ length: 85 }, (_, i) => manifest(i)).join("---\n")
    expect(text.length).toBeGreaterThan(2_000_000)
    const cpu = (act: () => void) => {
      const begin = process.cpuUsage().user
      act()
      return process.cpuUsage().user - begin
    }
    const once = cpu(() => parseAllDocuments(text, READING))
    const edits = [1, 20, 40, 60, 80].map((i) =>
      parseEdit(`yaml:Deployment/app${i}:spec.template.spec.containers[name=app].image`),
    )
    const change = { path: "a.yaml" as RepositoryPath, edits, image: { ref: REF, image: "app" as ImageName } }
    const all = cpu(() => {
      const { content, changes } = editContent({ text, encoding: "utf8" }, change)
      expect(content.text.split(NEW)).toHaveLength(6)
      expect(changes).toHaveLength(5)
    })
    // Fifteen readings of the whole text are what it took without any memory.
    expect(all / once).toBeLessThan(7)
  })
})

describe("yaml file", () => {
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
})
