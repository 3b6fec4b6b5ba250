import { isMap, isSeq, type Pair, type ParsedNode } from "yaml"
import { SlipwayError } from "../../../error.ts"
import type { Splice } from "../splice.ts"
import { type Cursor, elements, entries, entry, isNull, placeText, roots } from "./cursor.ts"
import type { YamlFile } from "./document.ts"
import { fillEmpty, renderScalar, type ScalarStyle, styleOf } from "./scalar.ts"

type FoundPair = Pair<ParsedNode, ParsedNode> & { first: boolean; next?: FoundPair; before?: FoundPair }

/** Inserts `key: value` after the pair of another key, on a separate line, or after a comma in a flow mapping. */
export function insertPair(map: Cursor, after: string, [key, text]: [string, string]): Splice {
  const { file, flow } = map
  const anchor = pairOf(map, after)
  const rendered = `${renderScalar(key, styleOf(anchor.key))}: ${renderScalar(text, styleOf(anchor.value))}`
  const end = (anchor.value ?? anchor.key).range[1]
  if (flow) return { start: end, end, text: `, ${rendered}` }
  const eol = file.text.includes("\r\n") ? "\r\n" : "\n"
  const line = `${" ".repeat(columnOf(map))}${rendered}`
  if (file.text[end - 1] === "\n") return { start: end, end, text: line + eol }
  const at = lineEnd(file.text, end)
  return { start: at, end: at, text: eol + line }
}

/** Replaces the key and value of a pair in place, so that its order, quotes and comment stay. */
export function replacePair(map: Cursor, from: string, [key, text]: [string, string]): Splice[] {
  const pair = pairOf(map, from)
  const [start, end] = pair.key.range
  const [left, right] = pair.value?.range ?? [end, end]
  const rendered = renderScalar(text, styleOf(pair.value))
  return [
    { start, end, text: renderScalar(key, styleOf(pair.key)) },
    left === right ? fillEmpty(map.file.text, left, rendered) : { start: left, end: right, text: rendered },
  ]
}

/** Removes a pair with its line and comment. */
export function removePair(map: Cursor, key: string): Splice {
  const { text } = map.file
  const pair = pairOf(map, key)
  const start = pair.key.range[0]
  const end = (pair.value ?? pair.key).range[1]
  if (map.flow && pair.next) return { start, end: pair.next.key.range[0], text: "" }
  if (map.flow && pair.before) return { start: (pair.before.value ?? pair.before.key).range[1], end, text: "" }
  const lineStart = text.lastIndexOf("\n", start) + 1
  const lineStop = text[end - 1] === "\n" ? end : lineEnd(text, end)
  const next = lineStop + (text.slice(lineStop).match(/^\r?\n/)?.[0].length ?? 0)
  // After a dash the next pair moves up, with the comments before it.
  if (pair.first && text.slice(lineStart, start).trim()) return { start, end: next + columnOf(map), text: "" }
  // At the end of a file without a final newline, the newline before the last line is removed too.
  const last = next === lineStop && text[end - 1] !== "\n"
  return { start: last ? lineStart - 1 : lineStart, end: next, text: "" }
}

function pairOf(map: Cursor, key: string): FoundPair {
  const pairs = (isMap(map.node) ? map.node.items : []) as FoundPair[]
  const i = pairs.findIndex((pair) => "source" in pair.key && pair.key.source === key)
  const found = pairs[i]
  if (found) return { ...found, first: i === 0, next: pairs[i + 1], before: pairs[i - 1] } as FoundPair
  throw new SlipwayError("EDIT_INVALID", {
    expected: `the key ${key} at ${placeText(map)}`,
    got: "a key from a merge key",
    fix: "Write the entry in full, without a merge key.",
  })
}

function columnOf(map: Cursor): number {
  const start = ((isMap(map.node) ? map.node.items[0] : undefined) as FoundPair | undefined)?.key.range[0] ?? 0
  return start - (map.file.text.lastIndexOf("\n", start - 1) + 1)
}

function lineEnd(text: string, from: number): number {
  const at = text.slice(from).search(/\r?\n/)
  return at < 0 ? text.length : from + at
}

/** A new mapping in a list of the file, and its place. */
type AddedElement = { document: number; at: string[]; index: number; splice: Splice }
type Fields = [string, string][]

/** Adds a mapping to the list of a key at the file's root; a missing key is added at the end. */
export function addElement(file: YamlFile, { key, fields }: { key: string; fields: Fields }): AddedElement {
  const [root] = roots(file)
  if (!root || roots(file).length > 1 || !isMap(root.node)) throw noList(key, "another kind of file")
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
    return insertLines(file.text, last.range[1], blockLines(fields, elementColumn(file.text, dash)))
  }
  if (isSeq(node) && last) {
    return { start: last.range[1], end: last.range[1], text: `, ${flowText(fields, flowStyle(list))}` }
  }
  if (!range || !(isSeq(node) || isNull(node))) throw noList(key, "another value than a list")
  if (isSeq(node)) return { start: range[0], end: range[1], text: `[${flowText(fields, flowStyle(root))}]` }
  if (root.flow || range[0] !== range[1]) throw noList(key, "no list")
  return insertLines(file.text, range[0], blockLines(fields, listIndent(root)))
}

function addList(root: Cursor, { key, fields }: { key: string; fields: Fields }): Splice {
  const { file } = root
  const last = entries(root).at(-1)?.[1].node?.range
  if (root.flow) {
    if (!last) throw noList(key, "an empty mapping")
    const style = flowStyle(root)
    return { start: last[1], end: last[1], text: `, ${renderScalar(key, style)}: [${flowText(fields, style)}]` }
  }
  return insertLines(file.text, file.text.length, [`${key}:`, ...blockLines(fields, listIndent(root))])
}

/** Inserts lines after the line at a place. A file without a final newline stays without one. */
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

/** The style of the existing keys: JSON has quotes. */
function flowStyle(cursor: Cursor): ScalarStyle {
  const map = isSeq(cursor.node) ? cursor.node.items[0] : cursor.node
  return isMap(map) ? styleOf(map.items[0]?.key) : "plain"
}

/** The indentation of the file's other lists. */
function listIndent(root: Cursor): number {
  const list = entries(root).find(([, { node }]) => isSeq(node) && !node.flow)?.[1].node
  return list?.range ? elementColumn(root.file.text, list.range[0]) : 2
}

function elementColumn(text: string, at: number): number {
  return at - (text.lastIndexOf("\n", at - 1) + 1)
}

function noList(key: string, got: string): SlipwayError {
  return new SlipwayError("EDIT_INVALID", {
    expected: `a file with a mapping that has a list ${key}, or no such key`,
    got,
    fix: "Add the entry by hand once: later bumps edit it in place.",
  })
}
