import type { Edit, EditResult } from "./edit.ts"
import { partOf, planName } from "./image-fields.ts"
import type { NewImage, Part } from "./new-image.ts"
import { valueText } from "./value-text.ts"
import { type Cursor, fieldsAt, locate, parseAddress, textAt } from "./yaml-cursor.ts"
import { parseYaml } from "./yaml-file.ts"
import { replaceScalar } from "./yaml-scalar.ts"
import { writeYaml } from "./yaml-write.ts"

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
  const fields = { ...(place.parent ? fieldsAt(place.parent) : {}), [key]: current }
  const part = partOf(key, fields)
  if (part === "repository" || part === "path" || part === "registry") return planName(key, { fields, image })
  return valueText(current, { part, image })
}
