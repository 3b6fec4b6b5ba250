import { SlipwayError } from "../../error.ts"
import { placeText, roots } from "./yaml-cursor.ts"
import type { YamlFile } from "./yaml-file.ts"

/** One value that differs between two files. `before` or `after` is empty where there is no such value. */
export type LeafChange = { document: number; at: (string | number)[]; path: string; before: string; after: string }

type Leaf = { document: number; at: (string | number)[]; text: string }

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
  const path = placeText({ file, document, at, node: null, flow: false })
  return { document, at, path, before: texts.before.trim(), after: texts.after.trim() }
}

/** All values of a file by place, in the order in which they stand. */
export function leavesOf(file: YamlFile): Map<string, Leaf> {
  const found = roots(file).flatMap(({ document }) => leavesIn(plainValue(file, document), { document, at: [] }))
  return new Map(found.map((leaf) => [JSON.stringify([leaf.document, ...leaf.at]), leaf]))
}

function leavesIn(value: unknown, place: Omit<Leaf, "text">): Leaf[] {
  if (!value || typeof value !== "object") return [{ ...place, text: String(value ?? "") }]
  const children = Array.isArray(value) ? [...value.entries()] : Object.entries(value)
  return children.flatMap(([key, item]) => leavesIn(item, { ...place, at: [...place.at, key] }))
}

function plainValue(file: YamlFile, document: number): unknown {
  try {
    return file.documents[document]?.toJS()
  } catch (error) {
    throw new SlipwayError("EDIT_INVALID", {
      expected: "a file of YAML whose aliases can be resolved",
      got: error instanceof Error ? error.message : "another",
      fix: "Correct the aliases of the file.",
    })
  }
}
