import type { Edit, EditResult } from "./edit.ts"
import { partOf } from "./image-fields.ts"
import { partText } from "./new-image.ts"
import { replaceTagComment } from "./tag-comment.ts"
import { valueText } from "./value-text.ts"
import { fieldsAt, locate, parseAddress, textAt } from "./yaml-cursor.ts"
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
  const current = textAt(place) ?? ""
  const key = String(place.at.at(-1) ?? "")
  const siblings = place.parent ? fieldsAt(place.parent) : {}
  const value = valueText(current, { part: part ?? partOf(key, { ...siblings, [key]: current }), image })
  const holdsDigest = value.includes(partText(image, "hex") ?? value)
  const splices = [
    ...replaceScalar(place, value, kind === "json" ? "double" : undefined),
    ...(kind === "yaml" && holdsDigest ? replaceTagComment(place, image) : []),
  ]
  return writeYaml(file, { splices, places: [place], shared: address.anchor !== undefined })
}
