import { SlipwayError } from "../../error.ts"
import { placeText } from "./yaml-cursor.ts"
import { plainValue } from "./yaml-file.ts"
import type { YamlDocument, YamlFile } from "./yaml-parts.ts"

/** One value that differs between two files. `before` or `after` is empty where there is no such value. */
export type LeafChange = { document: number; at: (string | number)[]; path: string; before: string; after: string }

type Place = { document: number; at: (string | number)[] }
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

function change(file: YamlFile, { document, at }: Place, texts: { before: string; after: string }): LeafChange {
  const path = placeTitle(file, { document, at })
  return { document, at, path, before: texts.before.trim(), after: texts.after.trim() }
}

/** A place of a file, for people. */
export function placeTitle(file: YamlFile, { document, at }: Place): string {
  return placeText({ file, document, at, node: null, flow: false })
}

/** More values than any document of configuration has: aliases of aliases multiply, and such a file is no configuration. */
const MOST_VALUES = 250_000

/** An anchor that holds an alias of itself has no end. */
const DEEPEST = 500

const known = new WeakMap<YamlDocument, Map<string, Leaf>>()

/** A value of a file as its readers see it. */
export function leafAt(file: YamlFile, { document, at }: Place): string | undefined {
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
