import { isScalar } from "yaml"
import { SlipwayError } from "../../error.ts"
import type { Edit, EditResult } from "./edit.ts"
import { isSameRepository, type NewImage, partText, visibleTag } from "./new-image.ts"
import type { Splice } from "./splice.ts"
import { replaceTagComment } from "./tag-comment.ts"
import {
  type Cursor,
  descend,
  elements,
  entry,
  fieldsAt,
  listed,
  placeText,
  roots,
  splitObject,
} from "./yaml-cursor.ts"
import { parseYaml } from "./yaml-file.ts"
import { insertPair, removePair, replacePair } from "./yaml-pair.ts"
import { replaceScalar } from "./yaml-scalar.ts"
import { writeYaml } from "./yaml-write.ts"

/**
 * Edits an entry of `images:` in place. kustomize's own `edit set image` does the same to the meaning, but writes the
 * whole file anew and loses the comments behind values: the markers of Flux and Renovate among them.
 */
export function applyKustomize(text: string, { name, image }: Extract<Edit, { kind: "kustomize" }>): EditResult {
  const file = parseYaml(text)
  const { object, rest } = splitObject(name)
  const map = requireImage(roots(file, object).flatMap(imageEntries), rest)
  const keys = ["newName", "newTag", "digest"]
  return writeYaml(file, {
    splices: [...repositorySplices(map, image), ...versionSplices(map, image)],
    places: keys.map((key) => ({ document: map.document, at: [...map.at, key] })),
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

/** By the name that stands in the resources, as kustomize does; failing that, by the name that it is given. */
function requireImage(all: Cursor[], name: string): Cursor {
  const named = all.filter((one) => fieldsAt(one)["name"] === name)
  const found = named.length ? named : all.filter((one) => fieldsAt(one)["newName"] === name)
  if (found.length === 1 && found[0]) return found[0]
  throw new SlipwayError(found.length ? "EDIT_INVALID" : "IMAGE_NOT_FOUND", {
    expected: `one entry of images with the name ${name}`,
    got: found.length ? `${found.length} (${listed(found.map(placeText))})` : listed(all.map(entryTitle)),
    fix: "Name an image as the entry's `name` has it, which is how the resources name it.",
  })
}

function entryTitle(map: Cursor): string {
  const { name = "", newName } = fieldsAt(map)
  return newName ? `${name} (newName ${newName})` : name
}

function repositorySplices(map: Cursor, image: NewImage): Splice[] {
  const { name = "", newName } = fieldsAt(map)
  const repository = partText(image, "repository") ?? ""
  if (isSameRepository(newName ?? name, repository)) return []
  const place = entry(map, "newName")
  return place ? replaceScalar(place, repository) : [insertPair(map, "name", ["newName", repository])]
}

/** A digest replaces the tag: both together would build `name:tag@digest`, which is for those who ask for it. */
function versionSplices(map: Cursor, image: NewImage): Splice[] {
  const [tagPlace, digestPlace] = [entry(map, "newTag"), entry(map, "digest")]
  const tag = visibleTag(image)
  const digest = partText(image, "digest") ?? ""
  const last = tagPlace ? "newTag" : entry(map, "newName") ? "newName" : "name"
  if (tagPlace && !tag) refuseMarked(tagPlace)
  if (tagPlace && !tag && !digestPlace)
    return [...replacePair(map, "newTag", ["digest", digest]), ...comment(tagPlace, image)]
  return [
    ...(tag ? (tagPlace ? replaceScalar(tagPlace, tag) : [insertPair(map, last, ["newTag", tag])]) : []),
    ...(tagPlace && !tag ? [removePair(map, "newTag")] : []),
    ...(digestPlace
      ? [...replaceScalar(digestPlace, digest), ...comment(digestPlace, image)]
      : [insertPair(map, last, ["digest", digest])]),
  ]
}

function comment(place: Cursor, image: NewImage): Splice[] {
  return isScalar(place.node) ? replaceTagComment(place, image) : []
}

function refuseMarked(place: Cursor): void {
  const end = place.node?.range?.[1] ?? 0
  const [line = ""] = place.file.text.slice(end).match(/^[^\r\n]*/) ?? []
  if (!line.includes("$imagepolicy")) return
  throw new SlipwayError("EDIT_INVALID", {
    expected: `${placeText(place)} to be free to go`,
    got: `the marker of Flux behind it: ${line.trim()}`,
    fix: "Pass a tag, which stays there beside the digest, or edit what the marker names (flux:namespace:policy).",
  })
}
