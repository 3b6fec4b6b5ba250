import { isMap, isSeq, type ParsedNode } from "yaml"
import { SlipwayError } from "../../error.ts"
import type { Splice } from "./splice.ts"
import { type Cursor, elements, entries, entry, isNull, roots } from "./yaml-cursor.ts"
import type { YamlFile } from "./yaml-parts.ts"
import { renderScalar, type ScalarStyle, styleOf } from "./yaml-scalar.ts"

/** A new mapping in a list of the file, and the place that it will have. */
export type AddedElement = { document: number; at: string[]; index: number; splice: Splice }
type Fields = [string, string][]

/** Adds a mapping to the list of a key at the file's root; where there is no such key, it is added as the last one. */
export function addElement(file: YamlFile, { key, fields }: { key: string; fields: Fields }): AddedElement {
  const [root] = roots(file)
  if (!root || roots(file).length > 1 || !isMap(root.node)) throw noRoom(key, "another kind of file")
  const list = entry(root, key)
  const place = { document: root.document, at: [key], index: list ? elements(list).length : 0 }
  return { ...place, splice: list ? addTo(list, { root, fields }) : addList(root, { key, fields }) }
}

function addTo(list: Cursor, { root, fields }: { root: Cursor; fields: Fields }): Splice {
  const { file, node } = list
  const range = node?.range
  const key = String(list.at.at(-1))
  const last = isSeq(node) ? (node.items.at(-1) as ParsedNode | undefined) : undefined
  if (isSeq(node) && !node.flow && last) {
    const [dash = 0] = node.range ?? []
    return insertLines(file.text, last.range[1], blockLines(fields, columnOf(file.text, dash)))
  }
  if (isSeq(node) && last) {
    return { start: last.range[1], end: last.range[1], text: `, ${flowText(fields, flowStyle(list))}` }
  }
  if (!range || !(isSeq(node) || isNull(node))) throw noRoom(key, "something else than a list")
  if (isSeq(node)) return { start: range[0], end: range[1], text: `[${flowText(fields, flowStyle(root))}]` }
  if (root.flow || range[0] !== range[1]) throw noRoom(key, "no list")
  return insertLines(file.text, range[0], blockLines(fields, listIndent(root)))
}

function addList(root: Cursor, { key, fields }: { key: string; fields: Fields }): Splice {
  const { file } = root
  const last = entries(root).at(-1)?.[1].node?.range
  if (root.flow) {
    if (!last) throw noRoom(key, "an empty mapping")
    const style = flowStyle(root)
    return { start: last[1], end: last[1], text: `, ${renderScalar(key, style)}: [${flowText(fields, style)}]` }
  }
  return insertLines(file.text, file.text.length, [`${key}:`, ...blockLines(fields, listIndent(root))])
}

/** Lines of their own behind the line at a place. A file that ends without a newline goes on to end without one. */
function insertLines(text: string, from: number, lines: string[]): Splice {
  const eol = text.includes("\r\n") ? "\r\n" : "\n"
  if (from > 0 && text[from - 1] === "\n")
    return { start: from, end: from, text: lines.map((line) => line + eol).join("") }
  const stop = text.slice(from).search(/\r?\n/)
  const at = stop < 0 ? text.length : from + stop
  return { start: at, end: at, text: lines.map((line) => eol + line).join("") }
}

function blockLines(fields: Fields, indent: number): string[] {
  return fields.map(([key, text], i) => `${" ".repeat(indent)}${i ? "  " : "- "}${key}: ${renderScalar(text, "plain")}`)
}

function flowText(fields: Fields, style: ScalarStyle): string {
  return `{${fields.map(([key, text]) => `${renderScalar(key, style)}: ${renderScalar(text, style)}`).join(", ")}}`
}

/** As the keys of what stands there: JSON has them in quotes. */
function flowStyle(cursor: Cursor): ScalarStyle {
  const map = isSeq(cursor.node) ? cursor.node.items[0] : cursor.node
  return isMap(map) ? styleOf(map.items[0]?.key) : "plain"
}

/** As the file's other lists have it. */
function listIndent(root: Cursor): number {
  const list = entries(root).find(([, { node }]) => isSeq(node) && !node.flow)?.[1].node
  return list?.range ? columnOf(root.file.text, list.range[0]) : 2
}

function columnOf(text: string, at: number): number {
  return at - (text.lastIndexOf("\n", at - 1) + 1)
}

function noRoom(key: string, got: string): SlipwayError {
  return new SlipwayError("EDIT_INVALID", {
    expected: `a file with a mapping that has a list ${key}, or none yet`,
    got,
    fix: "Add the entry by hand once; from then on it is edited in place.",
  })
}
