import { isMap, type Pair, type ParsedNode } from "yaml"
import { SlipwayError } from "../../error.ts"
import type { Splice } from "./splice.ts"
import { type Cursor, placeText } from "./yaml-cursor.ts"
import { fillEmpty, renderScalar, styleOf } from "./yaml-scalar.ts"

type FoundPair = Pair<ParsedNode, ParsedNode> & { first: boolean; next?: FoundPair; before?: FoundPair }

/** Puts `key: value` behind the pair of another key, on a line of its own, or after a comma in a mapping in braces. */
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

/** Gives a pair another key and value in its place, so that the line keeps its order, quotes and comment. */
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

/** Takes a pair out, with its line and what is said on it. */
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
  // Behind a dash the next pair moves up to it; comments between the two come along.
  if (pair.first && text.slice(lineStart, start).trim()) return { start, end: next + columnOf(map), text: "" }
  // The last line of a file that ends without a newline takes the newline before it along.
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
    got: "one that comes from elsewhere",
    fix: "Write the entry out, without a merge key.",
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
