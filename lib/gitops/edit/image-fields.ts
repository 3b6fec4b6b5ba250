import { SlipwayError } from "../../error.ts"
import {
  DIGEST_IN_TAG,
  type ImageFields,
  type ImageKeys,
  isRepository,
  isWhole,
  keysOfMapping,
  keysOfText,
} from "./image-keys.ts"
import { fieldTag, isSameRepository, type NewImage, type Part, partText } from "./new-image.ts"
import { valueText } from "./value-text.ts"

/** What the fields of a mapping become, those that name the image. One of them holds the digest, or there is an error. */
export function planFields(fields: ImageFields, image: NewImage): ImageFields {
  const keys = keysOfMapping(fields)
  const whole = keys.names.at(-1)
  if (whole && isWhole(fields[whole] ?? "")) return planWhole(whole, { keys, fields, image })
  return planParts(keys, { fields, image })
}

/** The same of an image that is one text; it holds the tag and the digest itself, unless a text beside it does. */
export function planText(key: string, { fields, image }: Planning): ImageFields {
  const keys = keysOfText(key, fields)
  const hasVersion = keys.tag ?? keys.digest ?? keys.hex
  return hasVersion ? planParts(keys, { fields, image }) : planWhole(key, { keys, fields, image })
}

type Planning = { fields: ImageFields; image: NewImage }

function planParts(keys: ImageKeys, planning: Planning): ImageFields {
  return { ...planNames(keys, planning), ...planVersion(keys, planning) }
}

/** A text that has its tag or digest itself; a registry beside it is joined to it all the same. */
function planWhole(key: string, { keys, fields, image }: Planning & { keys: ImageKeys }): ImageFields {
  const current = fields[key] ?? ""
  if (keys.names.length === 1 && !keys.registry) return { [key]: valueText(current, { part: "ref", image }) }
  const bare = nameOf(current)
  const names = planNames(keys, { fields: { ...fields, [key]: bare }, image })
  const version = (partText(image, "ref") ?? "").slice((partText(image, "repository") ?? "").length)
  return { ...names, [key]: `${names[key] ?? bare}${version}` }
}

/** The field that a person reads the version from. */
export function tagKey(fields: ImageFields): string | undefined {
  return keysOfMapping(fields).tag
}

/** Tells from a key, what it holds and its neighbours which part of a reference a single value is. */
export function partOf(key: string, fields: ImageFields): Part {
  const current = fields[key] ?? ""
  const { registry, tag, digest, hex } = keysOfMapping(fields)
  const hasDigest = digest ?? hex
  const repository = registry ? "path" : "repository"
  if (isDigest(current) || /digest$/i.test(key)) return "digest"
  if (/sha(?:256)?$/i.test(key)) return "hex"
  if (/registry$/i.test(key)) return "registry"
  if (/(?:repository|repo|newName)$/i.test(key)) return repository
  if (/(?:tag|version)$/i.test(key)) {
    if (joined(keysOfMapping(fields), fields).endsWith(DIGEST_IN_TAG)) return "hex"
    return hasDigest ? "tag" : "pinned-tag"
  }
  const versionBeside = hasDigest ?? (tag === "version" ? undefined : tag)
  return versionBeside && isRepository(current) ? repository : "ref"
}

/** What a single value of the name becomes: its part, unless all that stands beside it comes to the same already. */
export function planName(key: string, { fields, image }: Planning): string {
  const current = fields[key] ?? ""
  const keys = keysOfMapping(fields)
  if (!keys.names.includes(key) && key !== keys.registry)
    return valueText(current, { part: partOf(key, fields), image })
  return planNames(keys, { fields, image })[key] ?? current
}

/** Leaves the name as it is written where it comes to the same; else there must be one value that holds all of it. */
function planNames(keys: ImageKeys, { fields, image }: Planning): ImageFields {
  const now = joined(keys, fields)
  if (isSameRepository(now.replace(DIGEST_IN_TAG, ""), partText(image, "repository") ?? "")) return {}
  const [key, ...others] = keys.names
  if (!key || (others.length && image.anyName)) return {}
  if (others.length) throw severalNames(keys, { fields, image })
  const suffix = now.endsWith(DIGEST_IN_TAG) ? DIGEST_IN_TAG : ""
  if (!keys.registry) return { [key]: valueText(fields[key] ?? "", { part: "repository", image }) + suffix }
  const [left, right] = [fields[keys.registry] ?? "", fields[key] ?? ""]
  return {
    [keys.registry]: `${partText(image, "registry")}${left.endsWith("/") ? "/" : ""}`,
    [key]: `${right.startsWith("/") ? "/" : ""}${partText(image, "path")}${suffix}`,
  }
}

function planVersion({ names, digest, hex, tag, ...keys }: ImageKeys, { fields, image }: Planning): ImageFields {
  const shown = fieldTag(image)
  const place = digest ?? hex
  const current = fields[place ?? tag ?? ""] ?? ""
  if (place) {
    const bare = place === hex && !isDigest(current)
    const text = bare ? (partText(image, "hex") ?? "") : withSign(current, image)
    // A tag that was pinned by itself would make two digests of one.
    const old = fields[tag ?? ""] ?? ""
    const beside = shown ?? (old.includes("@") ? old.replace(/@.*$/s, "") : undefined)
    return { [place]: text, ...(tag && beside !== undefined && { [tag]: beside }) }
  }
  if (tag && joined({ names, ...keys }, fields).endsWith(DIGEST_IN_TAG)) return { [tag]: partText(image, "hex") ?? "" }
  if (tag && isDigest(current)) return { [tag]: withSign(current, image) }
  const pinned = tag && partText(image, "pinned-tag")
  if (tag && pinned) return { [tag]: pinned }
  throw noPlaceForDigest(fields, { tag, shown })
}

/** A digest, with the sign before it that some charts leave to the value. */
function isDigest(text: string): boolean {
  return /^@?sha256:[0-9a-f]*$/.test(text)
}

function withSign(current: string, image: NewImage): string {
  return `${current.startsWith("@") ? "@" : ""}${partText(image, "digest")}`
}

function joined({ registry, names }: ImageKeys, fields: ImageFields): string {
  const parts = [...(registry ? [registry] : []), ...names].map((key) => nameOf(fields[key] ?? ""))
  return parts.map((part) => part.replace(/^\/+|\/+$/g, "")).join("/")
}

/** A name without a tag, which `@sha256` at its end is none of. */
function nameOf(text: string): string {
  const [, scheme = ""] = text.match(/^([a-z][a-z0-9+.-]*:\/\/)/) ?? []
  const name = text.slice(scheme.length)
  return isWhole(name) ? name.replace(/@.*$/s, "").replace(/:[^:/]*$/, "") : name
}

function severalNames(keys: ImageKeys, { fields, image }: Planning): SlipwayError {
  const all = [...(keys.registry ? [keys.registry] : []), ...keys.names]
  return new SlipwayError("EDIT_INVALID", {
    expected: `one key that names the repository, or several that are ${partText(image, "repository")} together`,
    got: `more than one key names the repository: ${all.map((key) => `${key} ${fields[key]}`).join(", ")}`,
    fix: "Write the new name into them by hand once; from then on the bump leaves them and writes the digest alone.",
  })
}

function noPlaceForDigest(fields: ImageFields, { tag, shown }: { tag?: string; shown?: string }): SlipwayError {
  const keys = `the keys ${Object.keys(fields).slice(0, 12).join(", ") || "none"}`
  if (tag) {
    return new SlipwayError("EDIT_INVALID", {
      expected: `a key digest or sha, or a tag to write into ${tag} together with the digest`,
      got: `${keys}, and no tag was passed`,
      fix: "Pass a tag of the image as --tag (of ship: --gitops-tag, or gitops.tag in slipway.yaml), or add an empty digest key, if what reads the file takes one.",
    })
  }
  return new SlipwayError("EDIT_INVALID", {
    expected: "a key that can hold the digest: digest or sha, or tag for tag@digest",
    got: `${keys}${shown ? ` for the tag ${shown}` : ""}`,
    fix: "Add an empty tag or digest key, whichever the reader of the file takes.",
  })
}
