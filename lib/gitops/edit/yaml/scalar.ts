import { isAlias, isScalar, type Scalar } from "yaml"
import { SlipwayError } from "../../../error.ts"
import type { Splice } from "../splice.ts"
import { type Cursor, placeText, sharedError, textAt } from "./cursor.ts"

// Readers of YAML 1.1 (Helm, kustomize, Argo CD) and of 1.2 differ: what any of them takes for another type is quoted.
const NOT_TEXT = [
  /^(?:true|false|yes|no|on|off|y|n|null)$/i,
  /^[0-9][0-9_]*(?:\.[0-9_]*)?(?:e[-+]?[0-9]+)?$/i,
  /^0[xob][0-9a-f_]+$/i,
  /^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}/,
  /^[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/,
]

/** Whether the text may stand without quotes and still be read as text by every tool. */
export function isPlainText(text: string): boolean {
  return /^[A-Za-z0-9_](?:[\w./@+-]|:(?=[\w/]))*$/.test(text) && !NOT_TEXT.some((shape) => shape.test(text))
}

/** How a value is written: as the one before it, unless only quotes keep it a text. */
export type ScalarStyle = "plain" | "single" | "double"

/** Values are references and their parts, so no quoting style has anything to escape. */
export function renderScalar(text: string, style: ScalarStyle): string {
  if (style === "single") return `'${text}'`
  return style === "plain" && isPlainText(text) ? text : `"${text}"`
}

/** The style of a scalar; a file of JSON knows but one. */
export function styleOf(node: unknown): ScalarStyle {
  const type = isScalar(node) ? node.type : undefined
  return type === "QUOTE_SINGLE" ? "single" : type === "QUOTE_DOUBLE" ? "double" : "plain"
}

/** Puts a text in the place of a scalar, or of an alias: then this place alone, and not what the anchor names. */
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

/** A value where there is none yet: a blank keeps it apart from its key, and from a comment that follows it. */
export function fillEmpty(text: string, at: number, rendered: string): Splice {
  const blanks = text.slice(0, at).match(/[ \t]*$/)?.[0].length ?? 0
  const start = text[at] === "#" ? at - blanks : at
  const apart = /\s/.test(text[start - 1] ?? "") ? "" : " "
  return { start, end: start, text: `${apart}${rendered}` }
}

/** A block scalar of one line keeps its header, its indentation and its line's end. */
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
    got: "a mapping, a list, a text of several lines or nothing at all",
    fix: "Address the value itself, such as image.digest, or embed no document in a text.",
  })
}
