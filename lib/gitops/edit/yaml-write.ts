import { quote, SlipwayError } from "../../error.ts"
import type { EditResult } from "./edit.ts"
import { type NewImage, partText } from "./new-image.ts"
import { type Splice, spliceText } from "./splice.ts"
import { type Cursor, listed } from "./yaml-cursor.ts"
import { parseYaml } from "./yaml-file.ts"
import { changedLeaves, type LeafChange, leafAt, placeTitle } from "./yaml-leaves.ts"
import type { YamlFile } from "./yaml-parts.ts"

/** What an edit means to do: the splices, and the places that may change by them. */
export type Intent = { image: NewImage; splices: Splice[]; places: Meant[]; notes?: string[]; shared?: boolean }
export type Place = Pick<Cursor, "document" | "at">
/** A place, and the text that a reader of the file has to find there: null for no value, undefined for whatever it is. */
export type Meant = Place & { text?: string | null }

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
  requireMeant(written, places)
  const hex = partText(image, "hex") ?? ""
  return {
    text,
    changes: changed.map(({ path, before, after }) => ({ path, before, after })),
    notes,
    pinned: places.some(({ text: wanted }) => wanted?.includes(hex)),
  }
}

function requireMeant(file: YamlFile, places: Meant[]): void {
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
    got: `one that also stands at ${listed(others.map(({ path }) => path))}`,
    fix: "Address the anchor to change every place that uses it (yaml:&anchor), or write the value out there first.",
  })
}
