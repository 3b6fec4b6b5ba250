import { quote, SlipwayError } from "../../../error.ts"
import type { EditResult } from "../edit.ts"
import { type NewImage, partText } from "../new-image.ts"
import { type Splice, spliceText } from "../splice.ts"
import { type Cursor, nameList, placeText } from "./cursor.ts"
import { parseYaml, plainValue, type YamlDocument, type YamlFile } from "./document.ts"

/** One value that differs between two files. `before` or `after` is empty if there is no value. */
type LeafChange = { document: number; at: (string | number)[]; path: string; before: string; after: string }

type LeafPlace = { document: number; at: (string | number)[] }
type Leaf = { at: (string | number)[]; text: string }

/** Lists every value that differs for a reader of the files, with aliases and merge keys resolved. */
export function changedLeaves(before: YamlFile, after: YamlFile): LeafChange[] {
  const documents = Array.from({ length: Math.max(before.documents.length, after.documents.length) }, (_, i) => i)
  const touched = documents.filter((i) => before.parts?.[i] === undefined || before.parts[i] !== after.parts?.[i])
  const compared = touched.map((document) => {
    const [old, now] = [leavesOf(before, document), leavesOf(after, document)]
    const changed = [...old].filter(([key, { text }]) => now.get(key)?.text !== text)
    const added = [...now].filter(([key]) => !old.has(key))
    const gone = changed.map(([key, { at, text }]) =>
      change(before, { document, at }, { before: text, after: now.get(key)?.text ?? "" }),
    )
    return { gone, come: added.map(([, { at, text }]) => change(after, { document, at }, { before: "", after: text })) }
  })
  return [...compared.flatMap(({ gone }) => gone), ...compared.flatMap(({ come }) => come)]
}

function change(file: YamlFile, { document, at }: LeafPlace, texts: { before: string; after: string }): LeafChange {
  const path = placeTitle(file, { document, at })
  return { document, at, path, before: texts.before.trim(), after: texts.after.trim() }
}

/** Renders a place of a file for messages. */
export function placeTitle(file: YamlFile, { document, at }: LeafPlace): string {
  return placeText({ file, document, at, node: null, flow: false })
}

/** A limit above any real configuration, because aliases of aliases multiply. */
const MOST_VALUES = 250_000

/** A limit for an anchor that contains its own alias. */
const DEEPEST = 500

const known = new WeakMap<YamlDocument, Map<string, Leaf>>()

/** The value at a place as readers of the file see it. */
export function leafAt(file: YamlFile, { document, at }: LeafPlace): string | undefined {
  return leavesOf(file, document).get(JSON.stringify(at))?.text
}

/** All values of a document by place, in order. Cached, because several edits read the same document. */
function leavesOf({ documents }: YamlFile, i: number): Map<string, Leaf> {
  const document = documents[i]
  if (!document) return new Map()
  const kept = known.get(document)
  if (kept) return kept
  const found = new Map<string, Leaf>()
  collectLeaves(plainValue(document), [], found)
  known.set(document, found)
  return found
}

function collectLeaves(value: unknown, at: (string | number)[], into: Map<string, Leaf>): void {
  if (into.size > MOST_VALUES || at.length > DEEPEST) throw tooMany()
  if (!value || typeof value !== "object") {
    into.set(JSON.stringify(at), { at, text: String(value ?? "") })
    return
  }
  const children = Array.isArray(value) ? value.entries() : Object.entries(value)
  for (const [key, item] of children) collectLeaves(item, [...at, key], into)
}

function tooMany(): SlipwayError {
  return new SlipwayError("EDIT_INVALID", {
    expected: `a document of at most ${MOST_VALUES.toLocaleString("en")} values with aliases resolved`,
    got: "more",
    fix: "Replace aliases of aliases by their values: they multiply, and an alias in its own anchor never ends.",
  })
}

/** The intent of an edit: the splices, and the places that they may change. */
export type Intent = { image: NewImage; splices: Splice[]; places: ExpectedPlace[]; notes?: string[]; shared?: boolean }
type Place = Pick<Cursor, "document" | "at">
/** A place and the expected text there: null for no value, undefined for any. */
export type ExpectedPlace = Place & { text?: string | null }

/**
 * Applies the splices and verifies the result: parsed again, each intended place must hold its intended text, and nothing
 * else may differ. So an edit never silently changes a value that an alias or a merge key shares, and reports "no change"
 * only for a file that already has the intended values.
 */
export function writeYaml(file: YamlFile, { image, splices, places, notes = [], shared = false }: Intent): EditResult {
  const text = spliceText(file.text, splices)
  const written = text === file.text ? file : parseYaml(text)
  const changed = text === file.text ? [] : changedLeaves(file, written)
  const intended = new Set(places.map(placeKey))
  const others = changed.filter((leaf) => !intended.has(placeKey(leaf)))
  if (others.length && !shared) throw changesOthers(others)
  requireExpected(written, places)
  const hex = partText(image, "hex") ?? ""
  return {
    text,
    changes: changed.map(({ path, before, after }) => ({ path, before, after })),
    notes,
    pinned: places.some(({ text: wanted }) => wanted?.includes(hex)),
  }
}

function requireExpected(file: YamlFile, places: ExpectedPlace[]): void {
  for (const place of places) {
    const found = leafAt(file, place)?.trim()
    if (place.text === undefined || (found ?? null) === place.text) continue
    throw new SlipwayError("EDIT_INVALID", {
      expected: `${place.text ?? "no value"} at ${placeTitle(file, place)} after the edit`,
      got: found === undefined ? "no value" : quote(found),
      fix: "Write the value by hand once, on one line after its key, and run this again.",
    })
  }
}

function placeKey({ document, at }: Place): string {
  return JSON.stringify([document, ...at])
}

function changesOthers(others: LeafChange[]): SlipwayError {
  return new SlipwayError("EDIT_INVALID", {
    expected: "a value of one place only",
    got: `one that ${nameList(others.map(({ path }) => path))} shares`,
    fix: "Address the anchor to change all its aliases (yaml:&anchor), or replace the alias by its value first.",
  })
}
