import { isAlias, isScalar } from "yaml"
import { SlipwayError } from "../../error.ts"
import type { Edit, EditResult } from "./edit.ts"
import { fieldTag, type NewImage, type Part, valueText } from "./new-image.ts"
import { type Cursor, elements, entries, nameList, placeText, roots, splitObject, textAt } from "./yaml/cursor.ts"
import { parseYaml } from "./yaml/document.ts"
import { replaceScalar } from "./yaml/scalar.ts"
import { writeYaml } from "./yaml/write.ts"

// https://fluxcd.io/flux/guides/image-update/#configure-image-update-for-custom-resources
const MARKER = /^[ \t]*,?[ \t]*#[ \t]*\{[ \t]*"\$imagepolicy"[ \t]*:[ \t]*"([^":]+:[^":]+)(?::([a-z]+))?"[ \t]*\}/

type MarkedPlace = { place: Cursor; policy: string; variant: string }

/** Edits every value that Flux's marker assigns to the policy, and no other. */
export function applyFlux(text: string, { policy, image }: Extract<Edit, { kind: "flux" }>): EditResult {
  const file = parseYaml(text)
  const { object, rest } = splitObject(policy)
  const all = roots(file, object).flatMap(markedBelow)
  const marked = all.filter((one) => one.policy === rest)
  if (marked.length === 0) throw unmarked(rest, all)
  const plans = marked.map((one) => plan(one, { image, marked }))
  return writeYaml(file, {
    image,
    splices: plans.flatMap(({ place, text }) => (text === undefined ? [] : replaceScalar(place, text))),
    places: plans.map(({ place: { document, at }, text }) => ({ document, at, ...(text !== undefined && { text }) })),
    notes: plans.flatMap(({ note }) => note ?? []),
  })
}

type Plan = { place: Cursor; text?: string; note?: string }

function plan({ place, variant }: MarkedPlace, { image, marked }: { image: NewImage; marked: MarkedPlace[] }): Plan {
  const current = textAt(place) ?? ""
  const write = (part: Part) => ({ place, text: valueText(current, { part, image }) })
  switch (variant) {
    case "":
      return write("ref")
    case "name":
      return write("repository")
    case "digest":
      return write("digest")
    case "tag": {
      const digestBeside = marked.some(
        (one) => one.variant === "digest" && one.place.parent?.node === place.parent?.node,
      )
      if (!digestBeside) return write("pinned-tag")
      if (fieldTag(image)) return write("tag")
      return { place, note: `${placeText(place)} is still ${current}: pass a tag to change it with the digest.` }
    }
    default:
      throw new SlipwayError("EDIT_INVALID", {
        expected: "a marker that ends in :tag, :name, :digest or the policy's name",
        got: `:${variant} at ${placeText(place)}`,
        fix: "Correct the marker in the file.",
      })
  }
}

function markedBelow(cursor: Cursor): MarkedPlace[] {
  const below = [...entries(cursor).map(([, value]) => value), ...elements(cursor)]
  return [...markerOf(cursor), ...below.flatMap(markedBelow)]
}

function markerOf(place: Cursor): MarkedPlace[] {
  const { node, file } = place
  if (!node?.range || !(isScalar(node) || isAlias(node))) return []
  const block = isScalar(node) && node.type?.startsWith("BLOCK")
  const behind = file.text.slice(node.range[block ? 0 : 1]).replace(block ? /^[|>][-+0-9]*/ : "", "")
  const [, policy, variant = ""] = behind.match(MARKER) ?? []
  return policy ? [{ place, policy, variant }] : []
}

function unmarked(policy: string, all: MarkedPlace[]): SlipwayError {
  return new SlipwayError("IMAGE_NOT_FOUND", {
    expected: `a value marked {"$imagepolicy": "${policy}"}`,
    got: nameList([...new Set(all.map((one) => one.policy))]),
    fix: "Set the edit to flux:NAMESPACE:NAME of a policy in the file's markers.",
  })
}
