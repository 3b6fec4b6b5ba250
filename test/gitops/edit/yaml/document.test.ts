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
    { name: "two documents", text: "a: 1\n---\nb: 2\n", parts: 2 },
    { name: "a marker at the start", text: "---\na: 1\n---\nb: 2\n", parts: 2 },
    { name: "comments before the first marker", text: "# a\n\n---\na: 1\n---\nb: 2\n", parts: 2 },
    { name: "a value after the marker", text: "a: 1\n--- |\n  b\n--- c\n---", parts: 4 },
    { name: "dashes that are not a marker", text: "a: 1\n----\n ---\nb: ---\n", parts: 1 },
    { name: "dashes after a separator that YAML does not know", text: "a: |\n  x\u2028---\n  y\n", parts: 1 },
    { name: "CRLF line endings", text: "a: 1\r\n---\r\nb: 2\r\n", parts: 2 },
    { name: "a directive", text: "%YAML 1.2\n---\na: 1\n---\nb: 2\n", parts: 1 },
    { name: "an end marker", text: "a: 1\n...\n---\nb: 2\n", parts: 1 },
  ])("splits a text with $name into $parts parts", ({ text, parts }) => {
    expect(splitDocuments(text)).toHaveLength(parts)
    expect(splitDocuments(text).join("")).toBe(text)
  })

  /** The data that edits use, in the order of the file: ranges, texts and styles. */
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

  test("parses every file by parts like the whole text, after any earlier file", () => {
    const all = joined(TEXTS)
    for (const text of [...TEXTS, all, joined(TEXTS.toReversed()), `a: 1\n---\n${all}`, `${all}\n---\n${all}`, all]) {
      expect(nodesOf(parseYaml(text).documents)).toEqual(whole(text))
    }
  })

  test("reuses documents of earlier files, and does not modify those files", () => {
    const before = readByParts("a: &x 1\nb: *x\n---\nc: 2\n---\nd: &d {v: 3}\ne: {<<: *d}\n", [])
    if (!before) throw new Error("expected parts")
    const now = "a: &x 100\nb: *x\n---\nc: 2\n---\nd: &d {v: 3}\ne: {<<: *d}\n---\nc: 2\n"
    const after = readByParts(now, [before])
    expect(nodesOf(after?.documents ?? [])).toEqual(whole(now))
    expect(after?.documents[2]?.toJS()).toEqual({ d: { v: "3" }, e: { v: "3" } })
    expect(nodesOf(before.documents)).toEqual(whole(before.text))
    expect(readByParts(before.text.replace("3", "4"), [before])?.documents[1]).toBe(before.documents[1])
  })

  test("parses the whole text if a part is not valid YAML", () => {
    expect(readByParts("a: 1\n---\nb: [\n", [])).toBeUndefined()
    expect(() => parseYaml("a: 1\n---\nb: 1\nb: 2\n")).toThrow('"b" again on line 4')
  })

  const container = (n: number) =>
    `      # note ${n}\n      - name: side${n}\n        image: ghcr.io/acme/side:v${n}\n        env:\n        - {name: KEY${n}, value: "some value that is as long as it is"}\n`
  const manifest = (i: number) =>
    `kind: Deployment\nmetadata: {name: app${i}}\nspec:\n  template:\n    spec:\n      containers:\n      - name: app\n        image: ghcr.io/acme/app:v${i}\n${Array.from({ length: 160 }, (_, n) => container(n)).join("")}`

  test("parses each document of a 2 MB manifest about once in five edits", { timeout: 120_000 }, () => {
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
    // Without reuse it took fifteen parses of the whole text.
    expect(all / once).toBeLessThan(7)
  })
})

describe("yaml file", () => {
  test("parses every scalar as text", () => {
    const { documents } = parseYaml("a: 1.10\nb: yes\nc: 0x1\n---\nd: ~\n")
    expect(documents.map((document) => document.toJS())).toEqual([{ a: "1.10", b: "yes", c: "0x1" }, { d: "~" }])
  })

  test("parses JSON the same way", () => {
    expect(parseYaml('{"a": [1, true]}').documents[0]?.toJS()).toEqual({ a: ["1", "true"] })
  })

  test.each(["a: [", "a: b: c", "{{ if .Values.x }}\na: 1"])("refuses %j as YAML", (text) => {
    expect(() => parseYaml(text)).toThrow(/^EDIT_INVALID: expected a file of valid YAML/)
  })

  test("refuses a duplicate key by its name and line", () => {
    expect(() => parseYaml("image:\n  tag: v1\n  pull: x\n  tag: v2\n")).toThrow(
      'EDIT_INVALID: expected each key once in a mapping, got "tag" again on line 4. Remove one of the two: Helm uses the last',
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
  ])("reads the object of $text", ({ text, name }) => {
    const [document] = parseYaml(text).documents
    expect(document && objectName(document)).toEqual(name)
  })

  test("reads the text at a path of keys", () => {
    const contents = parseYaml("a: {b: c}").documents[0]?.contents
    expect(textIn(contents, ["a", "b"])).toBe("c")
    expect(textIn(contents, ["a"])).toBeUndefined()
    expect(textIn("a", ["b"])).toBeUndefined()
  })
})
