import { SlipwayError } from "../../error.ts"
import { isSameRepository, type NewImage, type Part, partText, visibleTag } from "./new-image.ts"
import { repositoryOf, valueText } from "./value-text.ts"

/** The values that name an image, by key: the siblings `registry`, `repository`, `tag` and `digest` of a chart's values. */
export type ImageFields = Record<string, string>

// The spellings in use, the commonest first: of each line at most one counts.
const REPOSITORY = ["repository", "repo", "name", "image", "newName"]
const TAG = ["tag", "newTag", "imageTag", "version"]
const DIGEST = ["digest", "imageDigest"]
const HEX = ["sha", "sha256"]
const REGISTRY = ["registry", "imageRegistry"]

/** A repository that ends so makes a digest of the tag that a template joins to it by a colon. */
const DIGEST_IN_TAG = "@sha256"

/** What the fields become, those that name the image. One of them holds the digest, or there is an error. */
export function planFields(fields: ImageFields, image: NewImage): ImageFields {
  const name = first(REPOSITORY, fields)
  if (name && fields[name] && !isRepository(fields[name]))
    return { [name]: valueText(fields[name], { part: "ref", image }) }
  return { ...planRepository(fields, image), ...planVersion(fields, image) }
}

/** The field that a person reads the version from. */
export function tagKey(fields: ImageFields): string | undefined {
  return first(TAG, fields)
}

/** Tells from a key, what it holds and its neighbours which part of a reference a single value is. */
export function partOf(key: string, fields: ImageFields): Part {
  const current = fields[key] ?? ""
  const hasDigest = first(DIGEST, fields) ?? first(HEX, fields)
  const repository = first(REGISTRY, fields) ? "path" : "repository"
  if (/^sha256:[0-9a-f]*$/.test(current) || /digest$/i.test(key)) return "digest"
  if (/sha(?:256)?$/i.test(key)) return "hex"
  if (/registry$/i.test(key)) return "registry"
  if (/(?:repository|repo|newName)$/i.test(key)) return repository
  if (/(?:tag|version)$/i.test(key)) {
    if (repositoryText(fields).endsWith(DIGEST_IN_TAG)) return "hex"
    return hasDigest ? "tag" : "pinned-tag"
  }
  const versionBeside = hasDigest ?? TAG.find((one) => one !== "version" && one in fields)
  return versionBeside && isRepository(current) ? repository : "ref"
}

function planRepository(fields: ImageFields, image: NewImage): ImageFields {
  const key = first(REPOSITORY, fields)
  const registry = first(REGISTRY, fields)
  const current = repositoryText(fields)
  if (!key || isSameRepository(current.replace(DIGEST_IN_TAG, ""), partText(image, "repository") ?? "")) return {}
  const suffix = current.endsWith(DIGEST_IN_TAG) ? DIGEST_IN_TAG : ""
  const path = partText(image, registry ? "path" : "repository") + suffix
  return { ...(registry && { [registry]: partText(image, "registry") ?? "" }), [key]: path }
}

function planVersion(fields: ImageFields, image: NewImage): ImageFields {
  const [digest, hex, tag] = [first(DIGEST, fields), first(HEX, fields), first(TAG, fields)]
  const place = digest ?? hex
  if (place) {
    const bare = hex && !fields[hex]?.startsWith("sha256:") && !digest
    const shown = tag && visibleTag(image)
    return { [place]: partText(image, bare ? "hex" : "digest") ?? "", ...(tag && shown && { [tag]: shown }) }
  }
  if (tag && repositoryText(fields).endsWith(DIGEST_IN_TAG)) return { [tag]: partText(image, "hex") ?? "" }
  const pinned = tag && visibleTag(image) && partText(image, "pinned-tag")
  if (tag && pinned) return { [tag]: pinned }
  throw noPlaceForDigest(fields)
}

function repositoryText(fields: ImageFields): string {
  const registry = fields[first(REGISTRY, fields) ?? ""]
  const repository = fields[first(REPOSITORY, fields) ?? ""] ?? ""
  return registry ? `${registry}/${repository}` : repository
}

function first(keys: string[], fields: ImageFields): string | undefined {
  return keys.find((key) => key in fields && !(REGISTRY.includes(key) && isNothing(fields[key] ?? "")))
}

/** Without tag and digest, so that they stand elsewhere. */
function isRepository(text: string): boolean {
  const bare = text.endsWith(DIGEST_IN_TAG) ? text.slice(0, -DIGEST_IN_TAG.length) : text
  return bare !== "" && repositoryOf(bare) === bare
}

function isNothing(text: string): boolean {
  return /^(?:|~|null)$/i.test(text)
}

function noPlaceForDigest(fields: ImageFields): SlipwayError {
  return new SlipwayError("EDIT_INVALID", {
    expected: "a place for the digest: a key digest or sha, or a tag to write tag@digest with",
    got: `only ${Object.keys(fields).join(", ") || "nothing"}, and no tag`,
    fix: "Pass a tag that stands beside the digest for people, or add an empty digest key, if what reads the file takes one.",
  })
}
