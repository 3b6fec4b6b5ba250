import { isMap } from "yaml"
import type { Edit, EditResult } from "./edit.ts"
import { planFields, tagKey } from "./image-fields.ts"
import type { NewImage } from "./new-image.ts"
import type { Splice } from "./splice.ts"
import { replaceTagComment } from "./tag-comment.ts"
import { type Cursor, entry, fieldsAt, locate, parseAddress, placeText, requireEntry, textAt } from "./yaml-cursor.ts"
import { parseYaml } from "./yaml-file.ts"
import { replaceScalar } from "./yaml-scalar.ts"
import { digestHex, valueText } from "./yaml-value.ts"
import { writeYaml } from "./yaml-write.ts"

/** Edits an image in Helm values, in the shape that the chart gave it. */
export function applyHelm(text: string, { path, image }: Extract<Edit, { kind: "helm" }>): EditResult {
  const file = parseYaml(text)
  const address = parseAddress(path)
  const intent = imageIntent(locate(file, address), image)
  return writeYaml(file, { ...intent, shared: address.anchor !== undefined })
}

export type ImageIntent = { splices: Splice[]; places: Cursor[]; notes: string[] }

/** How an image is edited that is one text, or a mapping of registry, repository, tag and digest. */
export function imageIntent(cursor: Cursor, image: NewImage): ImageIntent {
  if (isMap(cursor.node)) return fieldsIntent(cursor, image)
  const key = String(cursor.at.at(-1) ?? "")
  const value = valueText(key, { fields: { [key]: textAt(cursor) ?? "" }, image, part: "ref" })
  return {
    splices: [...replaceScalar(cursor, value), ...replaceTagComment(cursor, image)],
    places: [cursor],
    notes: [],
  }
}

function fieldsIntent(map: Cursor, image: NewImage): ImageIntent {
  const fields = fieldsAt(map)
  const plan = planFields(fields, image)
  const places = Object.keys(plan).map((key) => requireEntry(map, key))
  const textFor = ({ at }: Cursor) => plan[String(at.at(-1))] ?? ""
  const pinned = places.find((place) => textFor(place).includes(digestHex(image)))
  const splices = places.flatMap((place) => replaceScalar(place, textFor(place)))
  const comment = pinned ? replaceTagComment(pinned, image) : []
  return { splices: [...splices, ...comment], places, notes: staleTag(map, Object.keys(plan)) }
}

/** A tag that stays beside a new digest is not what runs; taking it away might break a chart that requires one. */
function staleTag(map: Cursor, planned: string[]): string[] {
  const key = tagKey(fieldsAt(map))
  const tag = key && !planned.includes(key) ? entry(map, key) : undefined
  return tag && textAt(tag)
    ? [`${placeText(tag)} still says ${textAt(tag)}: pass a tag to change it with the digest.`]
    : []
}
