import { repositoryOf } from "./new-image.ts"

/** The values that name an image, by key: the siblings `registry`, `repository`, `tag` and `digest` of a chart's values. */
export type ImageFields = Record<string, string>

/**
 * The keys that name the image, and those of its version. Templates join a registry and the names by a slash, in this
 * order; the registry belongs to this image only.
 */
export type ImageKeys = { registry?: string; names: string[]; tag?: string; digest?: string; hex?: string }

// Common spellings, the most common first; at most one of each line counts.
const REGISTRY = ["registry", "imageRegistry", "image_registry"]
/** Names of a registry that includes a part of the path. */
const HUB = ["hub", "host"]
const ORGANISATION = ["org", "organization", "organisation"]
/** Organisations only with a sibling registry, otherwise often something else. */
const ORGANISATION_IN_REGISTRY = ["namespace", "project", "owner"]
const REPOSITORY = ["repository", "repo", "imageRepository", "image_repository", "newName"]
const NAME = ["image", "imageName", "image_name", "name"]
const TAG = ["tag", "newTag", "imageTag", "image_tag", "version", "imageVersion", "image_version"]
const DIGEST = ["digest", "imageDigest", "image_digest"]
const HEX = ["sha", "sha256"]

/** After a repository with this end, the tag that a template joins by a colon is a digest. */
export const DIGEST_IN_TAG = "@sha256"

/** Finds the keys in a mapping of an image, or of a component with one. */
export function keysOfMapping(fields: ImageFields): ImageKeys {
  const own = [given(REPOSITORY, fields), given(NAME, fields)].filter((key) => key !== undefined)
  const names = own.length ? own : [first([...REPOSITORY, ...NAME], fields)].filter((key) => key !== undefined)
  const registry = given(REGISTRY, fields)
  const before = hasHost(fields[names[0] ?? ""] ?? "") ? [] : namesBefore(fields, registry)
  return { ...(registry && { registry }), names: [...before, ...names], ...versionKeys(fields) }
}

/**
 * Finds the keys of an image that is one text: `image` with `imageTag`, `webImage` with `webImageTag` or `tag`. A text
 * with a tag or digest is whole. Its siblings may belong to other images.
 */
export function keysOfText(key: string, fields: ImageFields): ImageKeys {
  if (REPOSITORY.includes(key)) return keysOfMapping(fields)
  const current = fields[key] ?? ""
  const { [key]: _, ...others } = fields
  const registry = given([...derived(key, "Registry"), ...REGISTRY, "hub"], others)
  const path = given([...ORGANISATION, ...REPOSITORY], others)
  const before = hasHost(current) ? [] : [registry, path].filter((one) => one !== undefined)
  const names = [...before, key]
  return isWhole(current) ? { names } : { names, ...versionKeys(others, key) }
}

/** The digest or hash that belongs to a tag, in the same mapping or with the same prefix. */
export function digestBeside(key: string, fields: ImageFields): string | undefined {
  const stem = TAG.includes(key) ? "" : key.replace(/_?(?:tag|version)$/i, "")
  const { digest, hex } = versionKeys(fields, stem)
  return digest ?? hex
}

/** Sibling images without a separate tag, to which a tag without a prefix may also apply. */
export function rivalsOf(key: string, fields: ImageFields): string[] {
  if (isMain(key)) return []
  const others = Object.keys(fields).filter((other) => other !== key && /image$/i.test(other))
  return others.filter((other) => isRepository(fields[other] ?? "") && !first(ownVersions(other), fields))
}

/** Whether a version's key has the text's prefix. */
export function isOwnVersion(key: string, version: string): boolean {
  return ownVersions(key).includes(version)
}

/** Whether a key is of a tag, a digest or a hash, not of an image. */
export function isVersionKey(key: string): boolean {
  return /(?:tag|version|digest|sha|sha256)$/i.test(key)
}

/** The keys before a name that has no host. */
function namesBefore(fields: ImageFields, registry?: string): string[] {
  const hub = registry ? undefined : given(HUB, fields)
  const organisations = registry || hub ? [...ORGANISATION, ...ORGANISATION_IN_REGISTRY] : ORGANISATION
  return [hub, given(organisations, fields)].filter((key) => key !== undefined)
}

/** The version keys of a mapping, or of a text; those with the text's prefix come first. */
function versionKeys(fields: ImageFields, key = ""): Pick<ImageKeys, "tag" | "digest" | "hex"> {
  const common = commonVersions(key, fields)
  const found = (parts: string[], names: string[]) =>
    first([...parts.flatMap((part) => derived(key, part)), ...names.filter(common)], fields)
  const keys = {
    digest: found(["Digest"], DIGEST),
    hex: found(["Sha", "Sha256"], HEX),
    tag: found(["Tag", "Version"], TAG),
  }
  return Object.fromEntries(Object.entries(keys).filter(([, name]) => name !== undefined))
}

/** Which version keys without a prefix belong to a text; with a sibling called `image`, they belong to that one. */
function commonVersions(key: string, fields: ImageFields): (version: string) => boolean {
  if (key === "" || isMain(key)) return () => true
  if (given([...NAME, ...REPOSITORY], fields)) return () => false
  return (version) => /^image/i.test(key) || !/^image/i.test(version)
}

function isMain(key: string): boolean {
  return [...NAME, ...REPOSITORY].includes(key)
}

function ownVersions(key: string): string[] {
  return ["Tag", "Version", "Digest", "Sha", "Sha256"].flatMap((part) => derived(key, part))
}

/** `webImageTag`, `webImage_tag`, `webTag` and `web_tag` belong to `webImage`; `webTag` to `webRepository` as well. */
function derived(key: string, part: string): string[] {
  const stems = [...new Set([key, key.replace(/_?(?:image|repository|repo)$/i, "")])].filter(Boolean)
  return stems.flatMap((stem) => [`${stem}${part}`, `${stem}_${part.toLowerCase()}`])
}

function first(keys: string[], fields: ImageFields): string | undefined {
  return keys.find((key) => Object.hasOwn(fields, key))
}

/** The first key with a value that is not empty. */
function given(keys: string[], fields: ImageFields): string | undefined {
  return keys.find((key) => Object.hasOwn(fields, key) && !isNothing(fields[key] ?? ""))
}

function isNothing(text: string): boolean {
  return /^(?:|~|null)$/i.test(text)
}

export function hasHost(name: string): boolean {
  const [host = "", ...path] = name.replace(/^[a-z][a-z0-9+.-]*:\/\//, "").split("/")
  return path.length > 0 && (/[.:]/.test(host) || host === "localhost")
}

/** Whether a text has no tag and no digest, so that a sibling has them. */
export function isRepository(text: string): boolean {
  return text !== "" && !isWhole(text)
}

/** Whether a text has a tag or digest. */
export function isWhole(text: string): boolean {
  const bare = text.endsWith(DIGEST_IN_TAG) ? text.slice(0, -DIGEST_IN_TAG.length) : text
  return repositoryOf(bare) !== bare
}
