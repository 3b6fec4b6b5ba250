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
 * Edits an entry of `images:` in place. kustomize's own `edit set image` does the same to the meaning, but writes the
 * whole file anew and loses the comments behind values: the markers of Flux and Renovate among them.
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
    fix: NAME_AS_THERE,
  })
}

/** The same for an overlay, where an image that has no entry yet gets one: kustomize's builds tell whether it had effect. */
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

/** The entries of a kustomization, of an image transformer's configuration, and of Flux's Kustomization object. */
function imageEntries(root: Cursor): Cursor[] {
  const lists = [["images"], ["imageTags"], ["spec", "images"]].map((path) => descend(root, path))
  const single = entry(root, "imageTag")
  return [...lists.flatMap((list) => (list ? elements(list) : [])), ...(single ? [single] : [])].filter(
    (one) => "name" in fieldsAt(one),
  )
}

const NAME_AS_THERE = "Name an image as the entry's `name` has it, which is how the resources name it."

/** By the name that stands in the resources, as kustomize does; failing that, by the name that it is given. */
function findImage(all: Cursor[], name: string): Cursor | undefined {
  const named = all.filter((one) => fieldsAt(one)["name"] === name)
  const found = named.length ? named : all.filter((one) => fieldsAt(one)["newName"] === name)
  if (found.length < 2) return found[0]
  throw new SlipwayError("EDIT_INVALID", {
    expected: `one entry of images with the name ${name}`,
    got: `${found.length} (${nameList(found.map(placeText))})`,
    fix: NAME_AS_THERE,
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

/** A tag stays where a marker needs one; it then says what the digest is of. */
function tagOf(map: Cursor, image: NewImage): string | undefined {
  const place = entry(map, "newTag")
  if (image.tag || !place) return image.tag
  const marker = fluxMarker(place)
  if (!marker || image.spareTag) return marker && image.spareTag
  throw new SlipwayError("EDIT_INVALID", {
    expected: `${placeText(place)} to be free to go`,
    got: `the marker of Flux behind it: ${marker}`,
    fix: "Pass a tag as --tag, which stays there with the digest, or edit what the marker names (flux:namespace:policy).",
  })
}

/** A digest replaces the tag: both together would build `name:tag@digest`, which is for those who ask for it. */
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

/** What is said on the tag's line stays where it can: of a person it is about the image, of another program about a tag. */
function digestForTag(map: Cursor, { tagPlace, digestPlace, digest }: DigestForTag): VersionEdit {
  const comment = map.flow ? undefined : commentOf(tagPlace)
  const intoLine = !digestPlace || (comment !== undefined && commentOf(digestPlace) === undefined)
  const splices = intoLine
    ? [...replacePair(map, "newTag", ["digest", digest]), ...(digestPlace ? [removePair(map, "digest")] : [])]
    : [removePair(map, "newTag"), ...replaceScalar(digestPlace, digest)]
  const fate = intoLine ? "which stands before its comment now" : "and its comment went with it"
  const note = comment && `${placeText(tagPlace)} gave way to the digest, ${fate}: ${comment}`
  return { splices, notes: note ? [note] : [] }
}

/** What stands behind a value on its line. */
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
