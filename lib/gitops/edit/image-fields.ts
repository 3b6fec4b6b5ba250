import { SlipwayError } from "../../error.ts"
import {
  DIGEST_IN_TAG,
  digestBeside,
  hasHost,
  type ImageFields,
  type ImageKeys,
  isOwnVersion,
  isRepository,
  isWhole,
  keysOfMapping,
  keysOfText,
  rivalsOf,
} from "./image-keys.ts"
import { fieldTag, isSameRepository, type NewImage, type Part, partText, valueText } from "./new-image.ts"

/** `around` has the texts near the image: one of them may be the registry that a template puts before the name. */
export type FieldContext = { fields: ImageFields; image: NewImage; around?: string[] }

/** Plans the fields of a mapping that name the image. Guarantees that one of them holds the digest. */
export function planFields(planning: FieldContext): ImageFields {
  const { fields } = planning
  const keys = withoutLabel(keysOfMapping(fields), planning)
  const whole = keys.names.at(-1)
  if (whole && isWhole(fields[whole] ?? "")) return planWhole(whole, { ...planning, keys })
  return planParts(keys, planning)
}

/** Plans an image that is one text with its tag and digest, unless a sibling holds them. */
export function planText(key: string, planning: FieldContext): ImageFields {
  const keys = withoutLabel(keysOfText(key, planning.fields), planning)
  const version = keys.digest ?? keys.hex ?? keys.tag
  if (!version) return planWhole(key, { ...planning, keys })
  const rivals = isOwnVersion(key, version) ? [] : rivalsOf(key, planning.fields)
  if (rivals.length) throw sharedVersion(key, { version, rivals })
  return planParts(keys, planning)
}

function planParts(keys: ImageKeys, planning: FieldContext): ImageFields {
  return { ...planNames(keys, planning), ...planVersion(keys, planning) }
}

/** Plans a text with its tag or digest; templates still join a sibling registry to it. */
function planWhole(key: string, { keys, ...planning }: FieldContext & { keys: ImageKeys }): ImageFields {
  const { fields, image } = planning
  const current = fields[key] ?? ""
  const bare = nameOf(current)
  const alone = keys.names.length === 1 && !keys.registry && !isBelow(bare, planning)
  if (alone) return { [key]: valueText(current, { part: "ref", image }) }
  const names = planNames(keys, { ...planning, fields: { ...fields, [key]: bare } })
  const version = (partText(image, "ref") ?? "").slice((partText(image, "repository") ?? "").length)
  return { ...names, [key]: `${names[key] ?? bare}${version}` }
}

/** Drops a `name` that is only a label, because the other keys already give the repository. */
function withoutLabel(keys: ImageKeys, planning: FieldContext): ImageKeys {
  if (keys.names.length < 2 || keys.names.at(-1) !== "name") return keys
  const rest = { ...keys, names: keys.names.slice(0, -1) }
  return isNamed(rest, planning) ? rest : keys
}

/** The key of the tag that people read. */
export function tagKey(fields: ImageFields): string | undefined {
  return keysOfMapping(fields).tag
}

/** Derives from a key, its value and its siblings which part of a reference the value is. */
export function partOf(key: string, fields: ImageFields): Part {
  const current = fields[key] ?? ""
  const { registry } = keysOfMapping(fields)
  const repository = registry ? "path" : "repository"
  if (isDigest(current) || /digest$/i.test(key)) return "digest"
  if (/sha(?:256)?$/i.test(key)) return "hex"
  if (/registry$/i.test(key)) return "registry"
  if (/(?:repository|repo|newName)$/i.test(key)) return repository
  if (/(?:tag|version)$/i.test(key)) {
    if (joinedName(keysOfMapping(fields), fields).endsWith(DIGEST_IN_TAG)) return "hex"
    return digestBeside(key, fields) ? "tag" : "pinned-tag"
  }
  const { digest, hex, tag } = keysOfText(key, fields)
  return (digest ?? hex ?? tag) && isRepository(current) ? repository : "ref"
}

/** Plans a single value of any part; a name stays if it and its siblings already give the new repository. */
export function planSingle(key: string, planning: FieldContext): string {
  const { fields, image } = planning
  const current = fields[key] ?? ""
  const part = partOf(key, fields)
  if (part === "ref") return planReference(key, planning)
  if (part !== "repository" && part !== "path" && part !== "registry") return valueText(current, { part, image })
  const ways = [keysOfMapping(fields), ...(part === "registry" ? [] : [keysOfText(key, fields)])]
  const keys = ways.find(({ names, registry }) => names.includes(key) || registry === key)
  if (!keys) return valueText(current, { part, image })
  return planNames(withoutLabel(keys, planning), planning)[key] ?? current
}

/** Plans a whole reference; a sibling registry applies unless the text has a host. */
function planReference(key: string, planning: FieldContext): string {
  const current = planning.fields[key] ?? ""
  const { registry } = hasHost(current) ? {} : keysOfMapping(planning.fields)
  const keys = { names: [key], ...(registry && { registry }) }
  return planWhole(key, { ...planning, keys })[key] ?? current
}

/** Keeps a name that already gives the new repository; otherwise one value must hold all of the name. */
function planNames(keys: ImageKeys, planning: FieldContext): ImageFields {
  const { fields, image } = planning
  const now = joinedName(keys, fields)
  if (isNamed(keys, planning)) return {}
  const [key, ...others] = keys.names
  if (!key || (others.length && image.anyName)) return {}
  if (others.length) throw severalNames(keys, planning)
  const suffix = now.endsWith(DIGEST_IN_TAG) ? DIGEST_IN_TAG : ""
  if (!keys.registry) return { [key]: valueText(fields[key] ?? "", { part: "repository", image }) + suffix }
  const [left, right] = [fields[keys.registry] ?? "", fields[key] ?? ""]
  return {
    [keys.registry]: `${partText(image, "registry")}${left.endsWith("/") ? "/" : ""}`,
    [key]: `${right.startsWith("/") ? "/" : ""}${partText(image, "path")}${suffix}`,
  }
}

/** Whether the keys already give the new repository, alone or after a text near them. */
function isNamed(keys: ImageKeys, planning: FieldContext): boolean {
  const name = joinedName(keys, planning.fields).replace(DIGEST_IN_TAG, "")
  return isSameRepository(name, partText(planning.image, "repository") ?? "") || isBelow(name, planning)
}

/** Whether a text near the name is the missing start of the new repository, whatever its key. */
function isBelow(name: string, { fields, image, around = [] }: FieldContext): boolean {
  const repository = partText(image, "repository") ?? ""
  const before = [...Object.values(fields), ...around].map((text) => trimmed(withoutScheme(text)))
  return before.some((text) => text !== "" && isSameRepository(`${text}/${name}`, repository))
}

function planVersion({ names, digest, hex, tag, ...keys }: ImageKeys, { fields, image }: FieldContext): ImageFields {
  const shown = fieldTag(image)
  const place = digest ?? hex
  const current = fields[place ?? tag ?? ""] ?? ""
  if (place) {
    const bare = place === hex && !isDigest(current)
    const text = bare ? (partText(image, "hex") ?? "") : withSign(current, image)
    // A tag with its own digest would give two digests.
    const old = fields[tag ?? ""] ?? ""
    const beside = shown ?? (old.includes("@") ? old.replace(/@.*$/s, "") : undefined)
    return { [place]: text, ...(tag && beside !== undefined && { [tag]: beside }) }
  }
  if (tag && joinedName({ names, ...keys }, fields).endsWith(DIGEST_IN_TAG))
    return { [tag]: partText(image, "hex") ?? "" }
  if (tag && isDigest(current)) return { [tag]: withSign(current, image) }
  const pinned = tag && partText(image, "pinned-tag")
  if (tag && pinned) return { [tag]: pinned }
  throw noPlaceForDigest(fields, { tag, shown })
}

/** A digest, with the @ that some charts expect in the value. */
function isDigest(text: string): boolean {
  return /^@?sha256:[0-9a-f]*$/.test(text)
}

function withSign(current: string, image: NewImage): string {
  return `${current.startsWith("@") ? "@" : ""}${partText(image, "digest")}`
}

/** The name that the keys give. Only the last part can have a tag; in earlier parts a colon precedes a port. */
export function joinedName({ registry, names }: ImageKeys, fields: ImageFields): string {
  const texts = [...(registry ? [registry] : []), ...names].map((key) => fields[key] ?? "")
  const parts = texts.map((text, i) => (i < texts.length - 1 || !names.length ? withoutScheme(text) : nameOf(text)))
  return parts.map(trimmed).join("/")
}

function trimmed(part: string): string {
  return part.replace(/^\/+|\/+$/g, "")
}

function withoutScheme(text: string): string {
  return text.replace(/^[a-z][a-z0-9+.-]*:\/\//, "")
}

/** A name without its tag; `@sha256` at its end belongs to the name. */
function nameOf(text: string): string {
  const name = withoutScheme(text)
  return isWhole(name) ? name.replace(/@.*$/s, "").replace(/:[^:/]*$/, "") : name
}

function severalNames(keys: ImageKeys, { fields, image }: FieldContext): SlipwayError {
  const all = [...(keys.registry ? [keys.registry] : []), ...keys.names]
  return new SlipwayError("EDIT_INVALID", {
    expected: `one key that names the repository, or several that together are ${partText(image, "repository")}`,
    got: `several keys with another name: ${all.map((key) => `${key} ${fields[key]}`).join(", ")}`,
    fix: "Write the new name into these keys by hand once: later bumps write only the digest.",
  })
}

function sharedVersion(key: string, { version, rivals }: { version: string; rivals: string[] }): SlipwayError {
  return new SlipwayError("EDIT_INVALID", {
    expected: `a tag or digest for ${key} only`,
    got: `${version}, which may apply to ${[key, ...rivals].slice(0, 12).join(", ")}`,
    fix: `Add a key such as ${key}Tag that the template reads, or edit a value with the whole reference: yaml:<path>=ref.`,
  })
}

function noPlaceForDigest(fields: ImageFields, { tag, shown }: { tag?: string; shown?: string }): SlipwayError {
  const keys = `the keys ${Object.keys(fields).slice(0, 12).join(", ") || "none"}`
  if (tag) {
    return new SlipwayError("EDIT_INVALID", {
      expected: `a key digest or sha, or a tag to write into ${tag} together with the digest`,
      got: `${keys}, and no tag`,
      fix: "Pass a tag of the image as --tag, or add an empty digest key if the file's reader supports one.",
    })
  }
  return new SlipwayError("EDIT_INVALID", {
    expected: "a key that can hold the digest: digest or sha, or tag for tag@digest",
    got: `${keys}${shown ? ` for the tag ${shown}` : ""}`,
    fix: "Add an empty tag or digest key, whichever the file's reader supports.",
  })
}
