import { quote, SlipwayError } from "../../../error.ts"
import type { EditResult } from "../edit.ts"
import { type NewImage, partText } from "../new-image.ts"
import { type Splice, spliceText } from "../splice.ts"
import { type Cursor, nameList, placeText } from "./cursor.ts"
import { parseYaml, plainValue, type YamlDocument, type YamlFile } from "./document.ts"

/** One value that differs between two files. `before` or `after` is empty where there is no such value. */
type LeafChange = { document: number; at: (string | number)[]; path: string; before: string; after: string }

type LeafPlace = { document: number; at: (string | number)[] }
type Leaf = { at: (string | number)[]; text: string }

/** Every value that a reader of the files would see differ, aliases and merge keys resolved. */
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

/** A place of a file, for people. */
export function placeTitle(file: YamlFile, { document, at }: LeafPlace): string {
  return placeText({ file, document, at, node: null, flow: false })
}

/** More values than any document of configuration has: aliases of aliases multiply, and such a file is no configuration. */
const MOST_VALUES = 250_000

/** An anchor that holds an alias of itself has no end. */
const DEEPEST = 500

const known = new WeakMap<YamlDocument, Map<string, Leaf>>()

/** A value of a file as its readers see it. */
export function leafAt(file: YamlFile, { document, at }: LeafPlace): string | undefined {
  return leavesOf(file, document).get(JSON.stringify(at))?.text
}

/** All values of a document by place, in the order in which they stand. Several edits look at the same one, so it is kept. */
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
    expected: `a document of at most ${MOST_VALUES.toLocaleString("en")} values, each alias counted as what it stands for`,
    got: "more",
    fix: "Aliases of aliases multiply, and one within its own anchor never ends: write less of the file by them.",
  })
}

/** What an edit means to do: the splices, and the places that may change by them. */
export type Intent = { image: NewImage; splices: Splice[]; places: ExpectedPlace[]; notes?: string[]; shared?: boolean }
type Place = Pick<Cursor, "document" | "at">
/** A place, and the text that a reader of the file has to find there: null for no value, undefined for whatever it is. */
export type ExpectedPlace = Place & { text?: string | null }

/**
 * Applies the splices and believes nothing: the result is parsed again, each place that was meant must hold the text that
 * was meant for it, and nothing else may differ. So a value that an alias or a merge key shows elsewhere is never changed
 * in silence, and "no change" is said of a file only when it holds what was asked for.
 */
export function writeYaml(file: YamlFile, { image, splices, places, notes = [], shared = false }: Intent): EditResult {
  const text = spliceText(file.text, splices)
  const written = text === file.text ? file : parseYaml(text)
  const changed = text === file.text ? [] : changedLeaves(file, written)
  const meant = new Set(places.map(placeKey))
  const others = changed.filter((leaf) => !meant.has(placeKey(leaf)))
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
      fix: "Write the value out once by hand, on one line behind its key, and run this again.",
    })
  }
}

function placeKey({ document, at }: Place): string {
  return JSON.stringify([document, ...at])
}

function changesOthers(others: LeafChange[]): SlipwayError {
  return new SlipwayError("EDIT_INVALID", {
    expected: "a value that belongs to one place alone",
    got: `one that also stands at ${nameList(others.map(({ path }) => path))}`,
    fix: "Address the anchor to change every place that uses it (yaml:&anchor), or write the value out there first.",
  })
}
