import { isMap, isScalar } from "yaml"
import type { Edit, EditResult } from "./edit.ts"
import { openEmbedded } from "./embedded.ts"
import { planFields, tagKey } from "./image-fields.ts"
import { type NewImage, partText } from "./new-image.ts"
import { parsePath } from "./path.ts"
import type { Splice } from "./splice.ts"
import { replaceTagComment } from "./tag-comment.ts"
import { valueText } from "./value-text.ts"
import {
  type Cursor,
  descend,
  entry,
  fieldsAt,
  locate,
  locateFrom,
  parseAddress,
  placeText,
  requireEntry,
  roots,
  splitObject,
  textAt,
} from "./yaml-cursor.ts"
import { parseYaml, type YamlFile } from "./yaml-file.ts"
import { replaceScalar } from "./yaml-scalar.ts"
import { writeYaml } from "./yaml-write.ts"

/** Edits an image in Helm values, in the shape that the chart gave it. */
export function applyHelm(text: string, { path, image }: Extract<Edit, { kind: "helm" }>): EditResult {
  const file = parseYaml(text)
  const address = parseAddress(path)
  const intent = imageIntent(locate(file, address), image)
  return writeYaml(file, { ...intent, shared: address.anchor !== undefined })
}

/** Edits an image below `spec.values` of Flux's HelmRelease, or in the text `spec.valuesContent` of k3s's HelmChart. */
export function applyHelmRelease(text: string, { path, image }: Extract<Edit, { kind: "helmrelease" }>): EditResult {
  const file = parseYaml(text)
  const { object, rest } = splitObject(path)
  const releases = roots(file, object)
  const holders = [
    ["spec", "values"],
    ["spec", "valuesContent"],
  ].flatMap((keys) => releases.flatMap((one) => descend(one, keys) ?? []))
  return editValues(file, { holders, path: rest, image })
}

/** Edits an image in whichever of these values has it: a mapping, or a text that is a document of its own. */
export function editValues(
  file: YamlFile,
  { holders, path, image }: { holders: Cursor[]; path: string; image: NewImage },
): EditResult {
  const texts = holders.filter(isLiteral).map((holder) => ({ holder, ...openEmbedded(holder) }))
  const starts = [...holders.filter(({ node }) => isMap(node)), ...texts.flatMap((text) => roots(text.file))]
  const place = locateFrom(starts, parsePath(path))
  const intent = imageIntent(place, image)
  const inner = texts.find((text) => text.file === place.file)
  if (!inner) return writeYaml(file, intent)
  const result = writeYaml(inner.file, intent)
  const changes = result.changes.map((change) => ({ ...change, path: `${placeText(inner.holder)}: ${change.path}` }))
  return {
    ...writeYaml(file, { splices: intent.splices.map(inner.outward), places: [inner.holder] }),
    changes,
    notes: result.notes,
  }
}

export type ImageIntent = { splices: Splice[]; places: Cursor[]; notes: string[] }

/** How an image is edited that is one text, or a mapping of registry, repository, tag and digest. */
export function imageIntent(cursor: Cursor, image: NewImage): ImageIntent {
  if (isMap(cursor.node)) return fieldsIntent(cursor, image)
  const value = valueText(textAt(cursor) ?? "", { part: "ref", image })
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
  const hex = partText(image, "hex") ?? ""
  const textFor = ({ at }: Cursor) => plan[String(at.at(-1))] ?? ""
  const pinned = places.find((place) => textFor(place).includes(hex))
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

function isLiteral({ node }: Cursor): boolean {
  return isScalar(node) && node.type === "BLOCK_LITERAL"
}
