import type { Edit, EditResult } from "./edit.ts"
import { type FieldContext, planSingle } from "./image-fields.ts"
import { type NewImage, type Part, valueText } from "./new-image.ts"
import { type Cursor, elements, entries, entry, fieldsAt, locate, parseAddress, textAt } from "./yaml/cursor.ts"
import { parseYaml } from "./yaml/document.ts"
import { replaceScalar } from "./yaml/scalar.ts"
import { writeYaml } from "./yaml/write.ts"

/** Edits one value of YAML or JSON by path. */
export function applyYaml(
  text: string,
  { kind, path, part, image }: Extract<Edit, { kind: "yaml" | "json" }>,
): EditResult {
  const file = parseYaml(text)
  const address = parseAddress(path)
  const place = locate(file, address)
  const value = planValue(place, image, part)
  return writeYaml(file, {
    image,
    splices: replaceScalar(place, value, kind === "json" ? "double" : undefined),
    places: [{ document: place.document, at: place.at, text: value }],
    shared: address.anchor !== undefined,
  })
}

/** Renders a value by its part of the reference, which its key and siblings tell unless `given`. */
export function planValue(place: Cursor, image: NewImage, given?: Part): string {
  const current = textAt(place) ?? ""
  if (given) return valueText(current, { part: given, image })
  const key = String(place.at.at(-1) ?? "")
  const { fields, ...planning } = fieldContextAt(place.parent, image)
  return planSingle(key, { ...planning, fields: { ...fields, [key]: current } })
}

/** The texts for planning an image: those of its mapping, and those around it. */
export function fieldContextAt(map: Cursor | undefined, image: NewImage): FieldContext {
  return { fields: map ? fieldsAt(map) : {}, image, around: map ? textsAround(map) : [] }
}

/** The texts of the parent mappings and below their `global`, any of which may be the registry. */
function textsAround(map: Cursor): string[] {
  const above = map.parent ? textsAround(map.parent) : []
  const own = entries(map).flatMap(([, value]) => textAt(value) ?? [])
  const global = entry(map, "global")
  return [...above, ...own, ...(global ? textsBelow(global) : [])]
}

function textsBelow(cursor: Cursor): string[] {
  const below = [...entries(cursor).map(([, value]) => value), ...elements(cursor)]
  return [...[textAt(cursor) ?? []].flat(), ...below.flatMap(textsBelow)]
}
