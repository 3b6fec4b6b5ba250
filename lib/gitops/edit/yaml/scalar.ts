import { isAlias, isScalar, type Scalar } from "yaml"
import { SlipwayError } from "../../../error.ts"
import type { Splice } from "../splice.ts"
import { type Cursor, placeText, sharedError, textAt } from "./cursor.ts"

// YAML 1.1 (Helm, kustomize, Argo CD) and 1.2 differ: a text that either reads as another type needs quotes.
const NOT_TEXT = [
  /^(?:true|false|yes|no|on|off|y|n|null)$/i,
  /^[0-9][0-9_]*(?:\.[0-9_]*)?(?:e[-+]?[0-9]+)?$/i,
  /^0[xob][0-9a-f_]+$/i,
  /^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}/,
  /^[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/,
]

/** Whether every tool reads the text as text without quotes. */
export function isPlainText(text: string): boolean {
  return /^[A-Za-z0-9_](?:[\w./@+-]|:(?=[\w/]))*$/.test(text) && !NOT_TEXT.some((shape) => shape.test(text))
}

/** The quotes of a scalar. */
export type ScalarStyle = "plain" | "single" | "double"

/** Renders a text in a style; references and their parts contain nothing to escape. */
export function renderScalar(text: string, style: ScalarStyle): string {
  if (style === "single") return `'${text}'`
  return style === "plain" && isPlainText(text) ? text : `"${text}"`
}

/** The style of a scalar. */
export function styleOf(node: unknown): ScalarStyle {
  const type = isScalar(node) ? node.type : undefined
  return type === "QUOTE_SINGLE" ? "single" : type === "QUOTE_DOUBLE" ? "double" : "plain"
}

/** Replaces a scalar, or an alias itself, so that the anchor's value stays. */
export function replaceScalar(cursor: Cursor, text: string, style?: ScalarStyle): Splice[] {
  const { node, file } = cursor
  if (textAt(cursor)?.trim() === text) return []
  if (isAlias(node) && textAt(cursor) === undefined) throw sharedError(placeText(cursor), node.source)
  const range = node?.range
  if (!range || !(isScalar(node) || isAlias(node))) throw noScalar(cursor)
  const [start, end] = range
  if (isScalar(node) && node.type?.startsWith("BLOCK")) return [replaceBlock(cursor, node, text)]
  const rendered = renderScalar(text, style ?? styleOf(node))
  return [start === end ? fillEmpty(file.text, start, rendered) : { start, end, text: rendered }]
}

/** Inserts a value at an empty place, separated by a blank from its key and from a comment. */
export function fillEmpty(text: string, at: number, rendered: string): Splice {
  const blanks = text.slice(0, at).match(/[ \t]*$/)?.[0].length ?? 0
  const start = text[at] === "#" ? at - blanks : at
  const apart = /\s/.test(text[start - 1] ?? "") ? "" : " "
  return { start, end: start, text: `${apart}${rendered}` }
}

/** Replaces the line of a one-line block scalar, and keeps its header, indentation and line ending. */
function replaceBlock(cursor: Cursor, { range }: Scalar, text: string): Splice {
  const [start = 0, end = 0] = range ?? []
  const [whole, header = "", indent = "", line = "", rest = ""] =
    cursor.file.text.slice(start, end).match(/^([^\n]*\n)([ \t]*)([^\r\n]*)(\s*)$/) ?? []
  if (whole === undefined) throw noScalar(cursor)
  const from = start + header.length + indent.length
  return { start: from, end: end - rest.length, text: line === "" ? `${indent}${text}` : text }
}

function noScalar(cursor: Cursor): SlipwayError {
  return new SlipwayError("EDIT_INVALID", {
    expected: `a single value at ${placeText(cursor)}`,
    got: "a mapping, a list, a text of several lines or no value",
    fix: "Set the edit's path to a single value, such as image.digest.",
  })
}
