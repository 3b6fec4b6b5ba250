import { SlipwayError } from "../../error.ts"
import type { Edit, EditResult } from "./edit.ts"
import { type ImageFields, noPlaceForDigest, partOf } from "./image-fields.ts"
import { isSameRepository, type NewImage, type Part, partText } from "./new-image.ts"
import { replaceTagComment } from "./tag-comment.ts"
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
  const cursor = locate(file, address)
  const key = String(cursor.at.at(-1) ?? "")
  const fields = { ...(cursor.parent && fieldsAt(cursor.parent)), [key]: textAt(cursor) ?? "" }
  const value = valueText(key, { fields, image, part })
  const comment = kind === "yaml" && value.includes(digestHex(image)) ? replaceTagComment(cursor, image) : []
  const splices = [...replaceScalar(cursor, value, kind === "json" ? "double" : undefined), ...comment]
  return writeYaml(file, { splices, places: [cursor], shared: address.anchor !== undefined })
}

/** What one value becomes: the part that it holds, with the scheme and the spelling of the repository that it has. */
export function valueText(
  key: string,
  { fields, image, part }: { fields: ImageFields; image: NewImage; part?: Part },
): string {
  const current = fields[key]?.trim() ?? ""
  const asked = part ?? partOf(key, fields)
  const text = partText(image, asked)
  if (text === undefined) throw asked === "tag" ? noTag(key) : noPlaceForDigest(fields)
  const [scheme = ""] = current.match(/^[a-z][a-z0-9+.-]*:\/\//) ?? []
  const old = repositoryOf(current.slice(scheme.length))
  const name = partText(image, "repository") ?? ""
  const keepsName = (asked === "ref" || asked === "repository") && isSameRepository(old, name)
  return scheme + (keepsName ? old + text.slice(name.length) : text)
}

/** The hex digits by which a text is seen to hold the digest. */
export function digestHex(image: NewImage): string {
  return partText(image, "hex") ?? ""
}

/** The repository of a reference as people write it, without tag and digest. */
export function repositoryOf(reference: string): string {
  return reference.replace(/@.*$/s, "").replace(/:[^:/]*$/, "")
}

function noTag(key: string): SlipwayError {
  return new SlipwayError("EDIT_INVALID", {
    expected: `a tag to write at ${key}`,
    got: "none",
    fix: "Pass the tag that stands beside the digest, or edit the digest alone.",
  })
}
