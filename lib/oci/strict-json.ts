import { z } from "zod"
import { errorMessage } from "../error.ts"

/** Registries accept manifests of up to 4 MiB: https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-manifests */
export const DOCUMENT_BYTES: number = 4 << 20
const DEPTH = 32

/** The spelling of a document's fields, and the fields whose keys are free. */
export type Spelling = { fields: string[]; maps: string[] }

/**
 * Parses JSON that scanners, registries and nodes also parse, each with a different parser. Go's reads "Manifests" as
 * "manifests" and keeps the last of two equal keys, so a document with both could be one image here and another on a node.
 * Throws an Error that describes the fault.
 */
export function parseStrictJson(text: string, spelling: Spelling): unknown {
  if (text.length > DOCUMENT_BYTES) throw new Error(`${text.length} characters of JSON, more than ${DOCUMENT_BYTES}`)
  requireDepth(text)
  const value = parse(text)
  requireKeys(text, spelling)
  return value
}

/** A document of a layout or a registry, or its fault. */
export type DocumentResult<Value> = { value: Value } | { fault: string }

/** Reads an index, a manifest or a config that every parser reads in the same way. */
export function readDocument<Value>(text: string, schema: z.ZodType<Value>, spelling: Spelling): DocumentResult<Value> {
  try {
    const parsed = schema.safeParse(parseStrictJson(text, spelling))
    if (parsed.success) return { value: parsed.data }
    return { fault: z.prettifyError(parsed.error).replaceAll(/\s+/g, " ").slice(0, 500) }
  } catch (error) {
    return { fault: errorMessage(error) }
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Error("text that is not JSON")
  }
}

/** Runs before the parser, which may run out of stack; brackets within strings do not count. */
function requireDepth(text: string): void {
  let depth = 0
  for (const { char } of structure(text)) {
    if (char === "{" || char === "[") depth++
    if (char === "}" || char === "]") depth--
    if (depth > DEPTH) throw new Error(`JSON nested more than ${DEPTH} levels deep`)
  }
}

type Scope = { keys: Set<string>; folded: Set<string>; isMap: boolean }

function requireKeys(text: string, { fields, maps }: Spelling): void {
  const spelled = new Map(fields.map((field) => [fold(field), field]))
  const open: (Scope | undefined)[] = []
  let last: string | undefined
  for (const { char, key } of structure(text)) {
    if (char === "{")
      open.push({ keys: new Set(), folded: new Set(), isMap: last !== undefined && maps.includes(last) })
    if (char === "[") open.push(undefined)
    if (char === "}" || char === "]") open.pop()
    if (key !== undefined) requireKey(key, open.at(-1), spelled)
    last = key
  }
}

function requireKey(key: string, scope: Scope | undefined, spelled: Map<string, string>): void {
  if (!scope) return
  const folded = fold(key)
  const field = spelled.get(folded)
  const shown = `the key ${JSON.stringify(key.slice(0, 60))}`
  if (key === "__proto__") throw new Error(`${shown}, which is not data in JavaScript`)
  if (scope.keys.has(key) || (!scope.isMap && scope.folded.has(folded))) throw new Error(`${shown} twice in one object`)
  if (!scope.isMap && field !== undefined && field !== key) {
    throw new Error(`${shown}, which some parsers read as "${field}"`)
  }
  scope.keys.add(key)
  scope.folded.add(folded)
}

/** Equal for keys that Go's encoding/json reads as the same field: it folds case, including U+017F (s) and U+212A (k). */
function fold(key: string): string {
  return key.toUpperCase().toLowerCase()
}

type Mark = { char?: string; key?: string }

/** The brackets of a JSON text, and its keys, in order. */
function* structure(text: string): Generator<Mark> {
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at)
    if (char === '"') {
      const end = endOfString(text, at)
      if (isKey(text, end)) yield { key: unquoted(text.slice(at, end + 1)) }
      at = end
    } else if ("{}[]".includes(char)) yield { char }
  }
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === "\\") at++
    else if (text[at] === '"') return at
  }
  return text.length
}

/** Whether a colon follows the string, after any white space. */
function isKey(text: string, end: number): boolean {
  let at = end + 1
  while (" \t\n\r".includes(text[at] ?? "-")) at++
  return text[at] === ":"
}

function unquoted(token: string): string {
  try {
    return String(JSON.parse(token))
  } catch {
    return token // invalid JSON, which parse reports
  }
}
