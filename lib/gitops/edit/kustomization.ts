import { SlipwayError } from "../../error.ts"
import type { Edit, EditResult } from "./edit.ts"
import { isSameRepository, type NewImage, partText } from "./new-image.ts"
import type { Splice } from "./splice.ts"
import { addElement, insertPair, removePair, replacePair } from "./yaml/collection.ts"
import {
  type Cursor,
  descend,
  elements,
  entry,
  fieldsAt,
  nameList,
  placeText,
  roots,
  splitObject,
} from "./yaml/cursor.ts"
import { parseYaml, type YamlFile } from "./yaml/document.ts"
import { replaceScalar } from "./yaml/scalar.ts"
import { writeYaml } from "./yaml/write.ts"

/**
 * Edits an entry of `images:` in place. `kustomize edit set image` would rewrite the whole file and lose comments after
 * values, such as the markers of Flux and Renovate.
 */
export function applyKustomize(text: string, { name, image }: Extract<Edit, { kind: "kustomize" }>): EditResult {
  const file = parseYaml(text)
  const { object, rest } = splitObject(name)
  const all = roots(file, object).flatMap(imageEntries)
  const map = findImage(all, rest)
  if (map) return editEntry(file, { map, image })
  throw new SlipwayError("IMAGE_NOT_FOUND", {
    expected: `one entry of images with the name ${rest}`,
    got: nameList(all.map(entryTitle)),
    fix: USE_ENTRY_NAME,
  })
}

/** Edits an overlay, and adds a missing entry: the caller verifies its effect with kustomize's builds. */
export function setKustomizeImage(text: string, { name, image }: { name: string; image: NewImage }): EditResult {
  const file = parseYaml(text)
  const map = findImage(roots(file).flatMap(imageEntries), name)
  if (map) return editEntry(file, { map, image })
  const repository = partText(image, "repository") ?? ""
  const fields = [
    ["name", name],
    ...(isSameRepository(name, repository) ? [] : [["newName", repository]]),
    ...(image.tag ? [["newTag", image.tag]] : []),
    ["digest", partText(image, "digest") ?? ""],
  ] as [string, string][]
  const { document, at, index, splice } = addElement(file, { key: "images", fields })
  const places = fields.map(([key, text]) => ({ document, at: [...at, index, key], text }))
  return writeYaml(file, { image, splices: [splice], places: [{ document, at }, ...places] })
}

function editEntry(file: YamlFile, { map, image }: { map: Cursor; image: NewImage }): EditResult {
  const repository = repositoryEdit(map, image)
  const tag = tagOf(map, image)
  const texts: [string, string | null | undefined][] = [
    ["newName", repository.text],
    ["newTag", tag ?? null],
    ["digest", partText(image, "digest")],
  ]
  const version = versionEdit(map, { image, tag })
  return writeYaml(file, {
    image,
    splices: [...repository.splices, ...version.splices],
    notes: version.notes,
    places: texts.map(([key, text]) => ({ document: map.document, at: [...map.at, key], text })),
  })
}

/** The image entries of a kustomization, of an image transformer's configuration, and of Flux's Kustomization object. */
function imageEntries(root: Cursor): Cursor[] {
  const lists = [["images"], ["imageTags"], ["spec", "images"]].map((path) => descend(root, path))
  const single = entry(root, "imageTag")
  return [...lists.flatMap((list) => (list ? elements(list) : [])), ...(single ? [single] : [])].filter(
    (one) => "name" in fieldsAt(one),
  )
}

const USE_ENTRY_NAME = "Use the `name` of the entry, which is the image's name in the resources."

/** Finds an entry by its name, as kustomize does, or else by its newName. */
function findImage(all: Cursor[], name: string): Cursor | undefined {
  const named = all.filter((one) => fieldsAt(one)["name"] === name)
  const found = named.length ? named : all.filter((one) => fieldsAt(one)["newName"] === name)
  if (found.length < 2) return found[0]
  throw new SlipwayError("EDIT_INVALID", {
    expected: `one entry of images with the name ${name}`,
    got: `${found.length} (${nameList(found.map(placeText))})`,
    fix: USE_ENTRY_NAME,
  })
}

function entryTitle(map: Cursor): string {
  const { name = "", newName } = fieldsAt(map)
  return newName ? `${name} (newName ${newName})` : name
}

function repositoryEdit(map: Cursor, image: NewImage): { splices: Splice[]; text?: string } {
  const { name = "", newName } = fieldsAt(map)
  const repository = partText(image, "repository") ?? ""
  if (isSameRepository(newName || name, repository)) return { splices: [] }
  const place = entry(map, "newName")
  const splices = place ? replaceScalar(place, repository) : [insertPair(map, "name", ["newName", repository])]
  return { splices, text: repository }
}

/** Keeps a tag only where Flux's marker requires one; it then needs a new value. */
function tagOf(map: Cursor, image: NewImage): string | undefined {
  const place = entry(map, "newTag")
  if (image.tag || !place) return image.tag
  const marker = fluxMarker(place)
  if (!marker || image.spareTag) return marker && image.spareTag
  throw new SlipwayError("EDIT_INVALID", {
    expected: `${placeText(place)} without Flux's marker`,
    got: `the marker of Flux after it: ${marker}`,
    fix: "Pass a tag as --tag, which is written with the digest, or edit the marker's values (flux:NAMESPACE:POLICY).",
  })
}

/** Replaces the tag by the digest: both together would render `name:tag@digest`, which needs an explicit tag. */
function versionEdit(map: Cursor, { image, tag }: { image: NewImage; tag?: string }): VersionEdit {
  const [tagPlace, digestPlace] = [entry(map, "newTag"), entry(map, "digest")]
  const digest = partText(image, "digest") ?? ""
  if (tagPlace && !tag) return digestForTag(map, { tagPlace, digestPlace, digest })
  const last = tagPlace ? "newTag" : entry(map, "newName") ? "newName" : "name"
  const tagSplices = !tag ? [] : tagPlace ? replaceScalar(tagPlace, tag) : [insertPair(map, last, ["newTag", tag])]
  const own = digestPlace ? replaceScalar(digestPlace, digest) : [insertPair(map, last, ["digest", digest])]
  return { splices: [...tagSplices, ...own], notes: [] }
}

type VersionEdit = { splices: Splice[]; notes: string[] }
type DigestForTag = { tagPlace: Cursor; digestPlace?: Cursor; digest: string }

/** Keeps the comment on the tag's line if possible, because it may be about the image. */
function digestForTag(map: Cursor, { tagPlace, digestPlace, digest }: DigestForTag): VersionEdit {
  const comment = map.flow ? undefined : commentOf(tagPlace)
  const intoLine = !digestPlace || (comment !== undefined && commentOf(digestPlace) === undefined)
  const splices = intoLine
    ? [...replacePair(map, "newTag", ["digest", digest]), ...(digestPlace ? [removePair(map, "digest")] : [])]
    : [removePair(map, "newTag"), ...replaceScalar(digestPlace, digest)]
  const effect = intoLine ? "which now precedes its comment" : "and its comment was removed"
  const note = comment && `The digest replaced ${placeText(tagPlace)}, ${effect}: ${comment}`
  return { splices, notes: note ? [note] : [] }
}

/** The comment after a value on its line. */
function commentOf({ file, node }: Cursor): string | undefined {
  const end = node?.range?.[1] ?? 0
  return file.text
    .slice(end)
    .match(/^[ \t,}]*(#[^\r\n]*)/)?.[1]
    ?.trim()
}

function fluxMarker(place: Cursor): string | undefined {
  const comment = commentOf(place)
  return comment?.includes("$imagepolicy") ? comment : undefined
}
