import { type Alias, isAlias, isMap, isScalar, isSeq, type Node, type Pair, type YAMLMap } from "yaml"
import { SlipwayError } from "../../../error.ts"
import { type ObjectName, objectName, type YamlDocument, type YamlFile } from "./document.ts"
import { parsePath, pathText, type Step } from "./path.ts"

/** A node of a file, with its document and the keys and indices that lead to it. */
export type Cursor = {
  file: YamlFile
  document: number
  at: (string | number)[]
  node: Node | null
  flow: boolean
  parent?: Cursor
}

/** An address in a file: object (default: the only document with the path), anchor and steps. */
export type Address = { object?: ObjectName; anchor?: string; steps: Step[] }

type Miss = { depth: number; error: SlipwayError }
type Walk = Cursor | Miss

const NAME = "[A-Za-z0-9][A-Za-z0-9._-]*"
const OBJECT = new RegExp(`^([A-Z][A-Za-z0-9]*)/(?:(${NAME})/)?(${NAME}):(.+)$`, "s")
const ANCHOR = /^&([^\s.[\]{},]+)\.?(.*)$/s

/** Reads `[Kind/[namespace/]name:]rest`. An image's name begins in lower case, so it is never read as an object. */
export function splitObject(text: string): { object?: ObjectName; rest: string } {
  const [, kind, namespace, name, rest] = text.match(OBJECT) ?? []
  return kind && name && rest ? { object: { kind, name, ...(namespace && { namespace }) }, rest } : { rest: text }
}

/** Reads `[Kind/[namespace/]name:][&anchor.]path`. */
export function parseAddress(text: string): Address {
  const { rest, ...object } = splitObject(text)
  const [, anchor, path = ""] = rest.match(ANCHOR) ?? []
  if (anchor) return { ...object, anchor, steps: path ? parsePath(path) : [] }
  return { ...object, steps: parsePath(rest) }
}

/** The roots of a file's documents, or of the one with the object. */
export function roots(file: YamlFile, object?: ObjectName): Cursor[] {
  const all = file.documents.map((document, i) => rootCursor(file, document, i))
  if (!object) return all
  const found = all.filter(({ document }) => isObject(file.documents[document], object))
  if (found.length) return found
  throw new SlipwayError("IMAGE_NOT_FOUND", {
    expected: `an object ${objectText(object)}`,
    got: `a file with ${nameList(file.documents.map((document, i) => documentTitle(document, i, true)))}`,
    fix: "Set the object in the edit to one of these.",
  })
}

/** Finds the one place of an address; an error lists the values that exist. */
export function locate(file: YamlFile, { object, anchor, steps }: Address): Cursor {
  const starts = roots(file, object).flatMap((root) => (anchor === undefined ? [root] : anchored(root, anchor)))
  if (starts.length) return locateFrom(starts, steps)
  throw notFound(anchor === undefined ? "a document" : `an anchor &${anchor}`, "none")
}

/** Finds the one place that the steps reach from any of the starts. */
export function locateFrom(starts: Cursor[], steps: Step[]): Cursor {
  const walks = starts.map((start) => walk(start, steps))
  const found = walks.filter((end): end is Cursor => "node" in end)
  if (found.length === 1 && found[0]) return found[0]
  if (found.length > 1) throw severalPlaces(found, steps)
  const deepest = walks.filter((end): end is Miss => "error" in end).toSorted((a, b) => b.depth - a.depth)[0]
  throw deepest?.error ?? notFound(pathText(steps), "no values")
}

/** The values of a mapping by key, without those that it merges by `<<`. */
export function entries(cursor: Cursor): [string, Cursor][] {
  const { node } = cursor
  if (!isMap(node)) return []
  return node.items
    .filter((pair) => !isMerge(pair))
    .map((pair) => [keyText(pair), child(cursor, keyText(pair), pair.value)])
}

/** The elements of a list. */
export function elements(cursor: Cursor): Cursor[] {
  const { node } = cursor
  return isSeq(node) ? node.items.map((item, i) => child(cursor, i, item)) : []
}

/** The value of a mapping's key, unless it is merged. */
export function entry(cursor: Cursor, key: string): Cursor | undefined {
  return entries(cursor).find(([name]) => name === key)?.[1]
}

/** The texts of a mapping by key, including merged ones, as a reader of the file sees them. */
export function fieldsAt({ node, file, document }: Cursor): Record<string, string> {
  const fields: Record<string, unknown> = isMap(node)
    ? node.toJS(file.documents[document] as YamlDocument, { maxAliasCount: -1 })
    : {}
  return Object.fromEntries(
    Object.entries(fields).filter((pair): pair is [string, string] => typeof pair[1] === "string"),
  )
}

/** Whether readers treat a node as null. */
export function isNull(node: unknown): boolean {
  return (
    isScalar(node) && (node.type === "PLAIN" || node.type === undefined) && /^(?:|~|null)$/i.test(String(node.value))
  )
}

/** The value at the end of these keys, if all exist. */
export function descend(cursor: Cursor, keys: string[]): Cursor | undefined {
  return keys.reduce<Cursor | undefined>((here, key) => here && entry(here, key), cursor)
}

/** The text of a scalar or of an alias of one; undefined for a collection. */
export function textAt({ node, file, document }: Cursor): string | undefined {
  const target = isAlias(node) ? (node as Alias).resolve(file.documents[document] as YamlDocument) : node
  return isScalar(target) ? String(target.value) : undefined
}

/** The path from the document's root for messages, with list elements by unique name. */
export function placeText({ file, document, at }: Cursor): string {
  const title = file.documents.length > 1 ? `${titleIn(file, document)}:` : ""
  return title + pathText(namedSteps(file.documents[document]?.contents, at))
}

function walk(start: Cursor, steps: Step[]): Walk {
  let cursor = start
  for (const [depth, step] of steps.entries()) {
    const next = take(cursor, step, pathText(steps))
    if (next instanceof SlipwayError) return { depth, error: next }
    cursor = next
  }
  return cursor
}

/** Returns the value of a key, or throws why it cannot be edited. */
export function requireEntry(cursor: Cursor, key: string): Cursor {
  const found = take(cursor, { by: "key", key }, key)
  if (found instanceof SlipwayError) throw found
  return found
}

function take(cursor: Cursor, step: Step, path: string): Cursor | SlipwayError {
  const here = placeText(cursor) || "the document"
  if (isAlias(cursor.node)) return sharedError(`${here} (*${cursor.node.source})`, cursor.node.source)
  switch (step.by) {
    case "key": {
      const next = entry(cursor, step.key)
      if (next) return next
      const source = mergedFrom(cursor, step.key)
      if (source) return sharedError(`${here}.${step.key} (<<: *${source})`, source)
      const keys = entries(cursor).map(([key]) => key)
      return notFound(
        path,
        isMap(cursor.node) ? `${here} with the keys ${nameList(keys)}` : `${here}, which is not a mapping`,
      )
    }
    case "index":
      return elements(cursor)[step.index] ?? notFound(path, `${here} with ${elements(cursor).length} elements`)
    case "values":
      return choose(cursor, step.values, path)
  }
}

function choose(cursor: Cursor, values: Record<string, string>, path: string): Cursor | SlipwayError {
  const conditions = Object.entries(values)
  const textOf = (element: Cursor, key: string) => {
    const end = walk(element, parsePath(key))
    return "node" in end ? textAt(end) : undefined
  }
  const all = elements(cursor)
  const chosen = all.filter((element) => conditions.every(([key, value]) => textOf(element, key) === value))
  if (chosen.length === 1 && chosen[0]) return chosen[0]
  const there = all.map((element) => conditions.map(([key]) => `${key}=${textOf(element, key) ?? "?"}`).join(","))
  return notFound(`exactly one element for ${path}`, `${placeText(cursor) || "the document"} with ${nameList(there)}`)
}

function rootCursor(file: YamlFile, document: YamlDocument, i: number): Cursor {
  return { file, document: i, at: [], node: document.contents, flow: isFlow(document.contents) }
}

function child(parent: Cursor, key: string | number, node: unknown): Cursor {
  const value = (node ?? null) as Node | null
  return { ...parent, at: [...parent.at, key], node: value, flow: parent.flow || isFlow(value), parent }
}

function isFlow(node: unknown): boolean {
  return (isMap(node) || isSeq(node)) && node.flow === true
}

function isObject(document: YamlDocument | undefined, { kind, name, namespace }: ObjectName): boolean {
  const own = document && objectName(document)
  return own?.kind === kind && own.name === name && (namespace === undefined || own.namespace === namespace)
}

function anchored(root: Cursor, anchor: string): Cursor[] {
  const below = [...entries(root).map(([, value]) => value), ...elements(root)]
  const own = root.node && !isAlias(root.node) && root.node.anchor === anchor ? [root] : []
  return [...own, ...below.flatMap((value) => anchored(value, anchor))]
}

function mergedFrom(cursor: Cursor, key: string): string | undefined {
  const document = cursor.file.documents[cursor.document] as YamlDocument
  const sources = (cursor.node as YAMLMap).items?.filter(isMerge).map(({ value }) => value) ?? []
  const aliases = sources.flatMap((source) => (isSeq(source) ? source.items : [source])).filter((one) => isAlias(one))
  return aliases.find((alias) => {
    const map = (alias as Alias).resolve(document)
    return isMap(map) && map.has(key)
  })?.source
}

function isMerge({ key }: Pair): boolean {
  return isScalar(key) && key.source === "<<" && key.type === "PLAIN"
}

function keyText({ key }: Pair): string {
  return isScalar(key) ? String(key.source ?? key.value) : String(key)
}

function namedSteps(root: unknown, at: (string | number)[]): Step[] {
  let node = root
  return at.map((key) => {
    const parent = node
    node = isMap(parent) || isSeq(parent) ? parent.get(key, true) : undefined
    if (typeof key === "string") return { by: "key", key }
    const name = nameOf(node)
    const unique =
      isSeq(parent) && name !== undefined && parent.items.filter((one) => nameOf(one) === name).length === 1
    return unique ? { by: "values", values: { name } } : { by: "index", index: key }
  })
}

function nameOf(node: unknown): string | undefined {
  const name = isMap(node) ? node.get("name") : undefined
  return typeof name === "string" && /^[^[\]"',=]+$/.test(name) ? name : undefined
}

function objectText({ kind, namespace, name }: ObjectName): string {
  return [kind, ...(namespace ? [namespace] : []), name].join("/")
}

function documentTitle(document: YamlDocument | undefined, i: number, whole: boolean): string {
  const own = document && objectName(document)
  if (!own) return `document ${i + 1}`
  return whole ? objectText(own) : `${own.kind}/${own.name}`
}

/** Adds the namespace if the file has another object of the same kind and name. */
function titleIn({ documents }: YamlFile, i: number): string {
  const short = documentTitle(documents[i], i, false)
  const twice = documents.filter((document, at) => documentTitle(document, at, false) === short).length > 1
  return documentTitle(documents[i], i, twice)
}

function severalPlaces(found: Cursor[], steps: Step[]): SlipwayError {
  return new SlipwayError("EDIT_INVALID", {
    expected: `${pathText(steps)} in one place of the file`,
    got: `${found.length} (${nameList(found.map(placeText))})`,
    fix: `Prefix the path with the object, as in Deployment/web:${pathText(steps)}, or with its namespace, Deployment/shop/web:${pathText(steps)}.`,
  })
}

/** The error of a value that several places share, which only an edit of the anchor may change. */
export function sharedError(place: string, anchor: string): SlipwayError {
  return new SlipwayError("EDIT_INVALID", {
    expected: "a value of one place only",
    got: `${place}, shared through the anchor &${anchor}`,
    fix: `Address the anchor to change all its aliases (yaml:&${anchor}…), or replace the alias by its value first.`,
  })
}

function notFound(expected: string, got: string): SlipwayError {
  return new SlipwayError("IMAGE_NOT_FOUND", {
    expected,
    got,
    fix: "Correct the edit's path, or add the value to the file.",
  })
}

/** Joins up to twelve names for a message. */
export function nameList(names: string[]): string {
  if (names.length === 0) return "nothing"
  return names.slice(0, 12).join(", ") + (names.length > 12 ? ` and ${names.length - 12} more` : "")
}
