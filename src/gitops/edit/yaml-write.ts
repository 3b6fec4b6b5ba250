import { SlipwayError } from "../../error.ts"
import type { EditResult } from "./edit.ts"
import { type Splice, spliceText } from "./splice.ts"
import { type Cursor, listed } from "./yaml-cursor.ts"
import { parseYaml, type YamlFile } from "./yaml-file.ts"
import { changedLeaves, type LeafChange } from "./yaml-leaves.ts"

/** What an edit means to do: the splices, and the places that may change by them. */
export type Intent = { splices: Splice[]; places: Place[]; notes?: string[]; shared?: boolean }
export type Place = Pick<Cursor, "document" | "at">

/**
 * Applies the splices and believes nothing: the result is parsed again, and what differs must be the places that were
 * meant. So a value that an alias or a merge key shows elsewhere is never changed in silence.
 */
export function writeYaml(file: YamlFile, { splices, places, notes = [], shared = false }: Intent): EditResult {
  const text = spliceText(file.text, splices)
  if (text === file.text) return { text, changes: [], notes }
  const changed = changedLeaves(file, parseYaml(text))
  const meant = new Set(places.map(placeKey))
  const others = changed.filter((leaf) => !meant.has(placeKey(leaf)))
  if (others.length && !shared) throw changesOthers(others)
  return { text, changes: changed.map(({ path, before, after }) => ({ path, before, after })), notes }
}

function placeKey({ document, at }: Place): string {
  return JSON.stringify([document, ...at])
}

function changesOthers(others: LeafChange[]): SlipwayError {
  return new SlipwayError("EDIT_INVALID", {
    expected: "a value that belongs to one place alone",
    got: `one that also stands at ${listed(others.map(({ path }) => path))}`,
    fix: "Address the anchor to change every place that uses it (yaml:&anchor), or write the value out there first.",
  })
}
