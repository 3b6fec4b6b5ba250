import { isMap, isScalar } from "yaml"
import { SlipwayError } from "../../error.ts"
import type { Edit, EditResult } from "./edit.ts"
import { planFields, planText, tagKey } from "./image-fields.ts"
import { type ImageFields, isVersionKey } from "./image-keys.ts"
import type { NewImage } from "./new-image.ts"
import type { Splice } from "./splice.ts"
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
} from "./yaml/cursor.ts"
import { parseYaml, type YamlFile } from "./yaml/document.ts"
import { parsePath } from "./yaml/path.ts"
import { replaceScalar } from "./yaml/scalar.ts"
import { type ExpectedPlace, type Intent, leafAt, placeTitle, writeYaml } from "./yaml/write.ts"
import { fieldContextAt, planValue } from "./yaml-value.ts"

/** The document in a block scalar (`values: |`), and a function that maps its ranges to the file's. */
type EmbeddedFile = { file: YamlFile; outward: (splice: Splice) => Splice }

/** Opens the document; each of its lines is a line of the file without its indentation. */
export function openEmbeddedFile(place: Cursor): EmbeddedFile {
  const { node } = place
  if (!isScalar(node) || node.type !== "BLOCK_LITERAL" || !node.range) throw notEmbedded(place)
  const [start, end] = node.range
  const header = place.file.text.indexOf("\n", start) + 1
  const outer = lineStarts(place.file.text.slice(header, end))
  const text = String(node.value)
  const inner = lineStarts(text)
  const indents = inner.map(({ line }, i) => (outer[i]?.line.endsWith(line) ? outer[i].line.length - line.length : -1))
  if (indents.includes(-1)) throw notEmbedded(place)
  const move = (at: number) => {
    const i = inner.findLastIndex((one) => one.at <= at)
    return header + (outer[i]?.at ?? 0) + (indents[i] ?? 0) + (at - (inner[i]?.at ?? 0))
  }
  return {
    file: parseYaml(text),
    outward: (splice) => ({ ...splice, start: move(splice.start), end: move(splice.end) }),
  }
}

function lineStarts(text: string): { at: number; line: string }[] {
  return [...text.matchAll(/([^\r\n]*)(?:\r?\n|$)/g)]
    .filter(({ 0: whole, index }) => whole !== "" || index === 0)
    .map(({ index, 1: line = "" }) => ({ at: index, line }))
}

function notEmbedded(place: Cursor): SlipwayError {
  return new SlipwayError("EDIT_INVALID", {
    expected: `a document in a literal block (|) at ${placeText(place)}`,
    got: "another kind of text",
    fix: "Rewrite the text as a literal block, or as a mapping (valuesObject).",
  })
}

/** Edits an image in Helm values, and keeps its form. */
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

/** Edits an image in the values that have it: a mapping, or a document in a text. */
export function editValues(
  file: YamlFile,
  { holders, path, image }: { holders: Cursor[]; path: string; image: NewImage },
): EditResult {
  const texts = holders.filter(isLiteral).map((holder) => ({ holder, ...openEmbeddedFile(holder) }))
  const starts = [...holders.filter(({ node }) => isMap(node)), ...texts.flatMap((text) => roots(text.file))]
  const place = locateFrom(starts, parsePath(path))
  const intent = imageIntent(place, image)
  const inner = texts.find((text) => text.file === place.file)
  if (!inner) return writeYaml(file, intent)
  const result = writeYaml(inner.file, intent)
  const changes = result.changes.map((change) => ({ ...change, path: `${placeText(inner.holder)}: ${change.path}` }))
  const { document, at } = inner.holder
  const outer = writeYaml(file, { image, splices: intent.splices.map(inner.outward), places: [{ document, at }] })
  requireEmbedded(parseYaml(outer.text), { place: { document, at }, text: result.text })
  return { ...result, text: outer.text, changes }
}

/** Verifies the edit of an embedded document by reading the result. */
function requireEmbedded(file: YamlFile, { place, text }: { place: ExpectedPlace; text: string }): void {
  const found = leafAt(file, place)
  if (found === text) return
  throw new SlipwayError("EDIT_INVALID", {
    expected: `the document at ${placeTitle(file, place)} with a change of its image only`,
    got: "another text",
    fix: "Rewrite the document as a mapping (valuesObject) instead of a text.",
  })
}

type ImageIntent = Intent & { notes: string[] }

/** Plans the edit of an image that is one text, or a mapping of registry, repository, tag and digest. */
function imageIntent(cursor: Cursor, image: NewImage): ImageIntent {
  if (isMap(cursor.node)) {
    const plan = planFields(fieldContextAt(cursor, image))
    return { ...fieldsIntent(cursor, { plan, image }), notes: staleTag(cursor, Object.keys(plan)) }
  }
  const key = String(cursor.at.at(-1) ?? "")
  if (!isMap(cursor.parent?.node)) return textIntent(cursor, { text: textOf(cursor, image), image })
  if (isVersionKey(key)) return textIntent(cursor, { text: planValue(cursor, image), image })
  const { fields, ...planning } = fieldContextAt(cursor.parent, image)
  const plan = planText(key, { ...planning, fields: { ...fields, [key]: textAt(cursor) ?? "" } })
  return { ...fieldsIntent(cursor.parent, { plan, image, own: cursor }), notes: [] }
}

function textOf(cursor: Cursor, image: NewImage): string {
  return planText("image", { fields: { image: textAt(cursor) ?? "" }, image })["image"] ?? ""
}

function textIntent(cursor: Cursor, { text, image }: { text: string; image: NewImage }): ImageIntent {
  return { image, splices: replaceScalar(cursor, text), places: [expectedPlace(cursor, text)], notes: [] }
}

type PlannedImage = { plan: ImageFields; image: NewImage; own?: Cursor }

/** `own` is the addressed value, which an anchor can address without its key. */
function fieldsIntent(map: Cursor, { plan, image, own }: PlannedImage): Intent {
  const places = Object.entries(plan).map(([key, text]) => {
    const place = own && key === String(own.at.at(-1)) ? own : requireEntry(map, key)
    return { place, text }
  })
  return {
    image,
    splices: places.flatMap(({ place, text }) => replaceScalar(place, text)),
    places: places.map(({ place, text }) => expectedPlace(place, text)),
  }
}

function expectedPlace({ document, at }: Cursor, text: string): ExpectedPlace {
  return { document, at, text }
}

/** Notes a tag that keeps its old value with a new digest; removing it could break a chart that requires one. */
function staleTag(map: Cursor, planned: string[]): string[] {
  const key = tagKey(fieldsAt(map))
  const tag = key && !planned.includes(key) ? entry(map, key) : undefined
  return tag && textAt(tag)
    ? [`${placeText(tag)} is still ${textAt(tag)}: pass a tag to change it with the digest.`]
    : []
}

function isLiteral({ node }: Cursor): boolean {
  return isScalar(node) && node.type === "BLOCK_LITERAL"
}
