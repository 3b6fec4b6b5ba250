import type { Edit, EditResult } from "./edit.ts"
import { type FieldContext, planSingle } from "./image-fields.ts"
import { type NewImage, type Part, valueText } from "./new-image.ts"
import { type Cursor, elements, entries, entry, fieldsAt, locate, parseAddress, textAt } from "./yaml/cursor.ts"
import { parseYaml } from "./yaml/document.ts"
import { replaceScalar } from "./yaml/scalar.ts"
import { writeYaml } from "./yaml/write.ts"

/** Edits one value by path, of YAML or of JSON. */
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

/** What a value becomes, by the part of the reference that it holds; which one that is its neighbours tell. */
export function planValue(place: Cursor, image: NewImage, given?: Part): string {
  const current = textAt(place) ?? ""
  if (given) return valueText(current, { part: given, image })
  const key = String(place.at.at(-1) ?? "")
  const { fields, ...planning } = fieldContextAt(place.parent, image)
  return planSingle(key, { ...planning, fields: { ...fields, [key]: current } })
}

/** What there is to plan with where an image stands: what its mapping has, and what stands around that. */
export function fieldContextAt(map: Cursor | undefined, image: NewImage): FieldContext {
  return { fields: map ? fieldsAt(map) : {}, image, around: map ? textsAround(map) : [] }
}

/** The texts of the mappings above, and all that is global there: a chart's registry may be any of them. */
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
