import { SlipwayError } from "../../error.ts"
import { placeText, roots } from "./yaml-cursor.ts"
import { plainValue, type YamlFile } from "./yaml-file.ts"

/** One value that differs between two files. `before` or `after` is empty where there is no such value. */
export type LeafChange = { document: number; at: (string | number)[]; path: string; before: string; after: string }

type Place = { document: number; at: (string | number)[] }
type Leaf = Place & { text: string }

/** Every value that a reader of the files would see differ, aliases and merge keys resolved. */
export function changedLeaves(before: YamlFile, after: YamlFile): LeafChange[] {
  const [old, now] = [leavesOf(before), leavesOf(after)]
  const changed = [...old].filter(([key, { text }]) => now.get(key)?.text !== text)
  const added = [...now].filter(([key]) => !old.has(key))
  return [
    ...changed.map(([key, leaf]) => change(before, leaf, { before: leaf.text, after: now.get(key)?.text ?? "" })),
    ...added.map(([, leaf]) => change(after, leaf, { before: "", after: leaf.text })),
  ]
}

function change(file: YamlFile, { document, at }: Leaf, texts: { before: string; after: string }): LeafChange {
  const path = placeTitle(file, { document, at })
  return { document, at, path, before: texts.before.trim(), after: texts.after.trim() }
}

/** A place of a file, for people. */
export function placeTitle(file: YamlFile, { document, at }: Place): string {
  return placeText({ file, document, at, node: null, flow: false })
}

/** More values than any file of configuration has: aliases of aliases multiply, and such a file is no configuration. */
const MOST_VALUES = 250_000

const known = new WeakMap<YamlFile, Map<string, Leaf>>()

/** All values of a file by place, in the order in which they stand. Several edits look at the same file, so it is kept. */
export function leavesOf(file: YamlFile): Map<string, Leaf> {
  const kept = known.get(file)
  if (kept) return kept
  const found = new Map<string, Leaf>()
  for (const { document } of roots(file)) {
    const value = file.documents[document] && plainValue(file.documents[document])
    collectLeaves(value, { document, at: [] }, found)
  }
  known.set(file, found)
  return found
}

function collectLeaves(value: unknown, place: Place, into: Map<string, Leaf>): void {
  if (into.size > MOST_VALUES) throw tooMany()
  if (!value || typeof value !== "object") {
    into.set(JSON.stringify([place.document, ...place.at]), { ...place, text: String(value ?? "") })
    return
  }
  const children = Array.isArray(value) ? value.entries() : Object.entries(value)
  for (const [key, item] of children) collectLeaves(item, { ...place, at: [...place.at, key] }, into)
}

function tooMany(): SlipwayError {
  return new SlipwayError("EDIT_INVALID", {
    expected: `a file of at most ${MOST_VALUES.toLocaleString("en")} values, each alias counted as what it stands for`,
    got: "more",
    fix: "Aliases of aliases multiply: write less of the file by them.",
  })
}
