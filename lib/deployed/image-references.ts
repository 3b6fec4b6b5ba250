import { parseAllDocuments } from "yaml"
import { MOST_ALIASES } from "../config/file.ts"
import { joinedName } from "../gitops/edit/image-fields.ts"
import {
  type ImageFields,
  type ImageKeys,
  isVersionKey,
  isWhole,
  keysOfMapping,
  keysOfText,
} from "../gitops/edit/image-keys.ts"
import { DIGEST, type Digest, digestsIn, HOST, PATH, TAG } from "../oci/reference.ts"

/** An image that a file names. Without a digest, its tag decides what runs; a digest without a name is `unnamed`. */
export type ImageReference = { name: string; tag?: string; digest?: Digest }
export type FileReferences = {
  images: ImageReference[]
  unnamed: Digest[]
  /** The names that a kustomization replaces. */
  replaced: string[]
}

type Mapping = Record<string, unknown>

/** Reads the images of one file of a GitOps repository: YAML and JSON by their keys, other text by its digests. */
export function referencesIn(path: string, text: string): FileReferences {
  const documents = /\.(?:ya?ml|json)$|(?:^|\/)Kustomization$/.test(path) ? readDocuments(text) : undefined
  const mappings = documents?.flatMap((document) => mappingsIn(document))
  const images = unique(mappings ? mappings.flatMap(imagesOf) : digestReferences(text))
  const named = new Set(images.map(({ digest }) => digest))
  const texts = mappings ? mappings.flatMap(({ fields }) => Object.values(fields)) : [text]
  return {
    images,
    unnamed: [...new Set(texts.flatMap(digestsIn))].filter((digest) => !named.has(digest)),
    replaced: (documents ?? []).flatMap(replacedNames),
  }
}

/** The files' images, without those that a kustomization of the same branch replaces by others. */
export function withoutReplaced(files: { path: string; found: FileReferences }[]): typeof files {
  const replaced = new Set(files.flatMap(({ found }) => found.replaced.map(familiarName)))
  const isPlaceholder = ({ name, digest }: ImageReference) => digest === undefined && replaced.has(familiarName(name))
  return files.map(({ path, found }) => {
    const images = found.images.filter((image) => found.replaced.length > 0 || !isPlaceholder(image))
    return { path, found: { ...found, images } }
  })
}

/** Undefined for a text that is not YAML, such as a chart's template. */
function readDocuments(text: string): unknown[] | undefined {
  try {
    const documents = parseAllDocuments(text, { logLevel: "error" })
    if (!Array.isArray(documents) || documents.some(({ errors }) => errors.length > 0)) return undefined
    return documents.map((document) => document.toJS({ maxAliasCount: MOST_ALIASES }))
  } catch {
    return undefined
  }
}

/** A mapping's texts, and whether it is a container of a pod or an entry of a kustomization's `images`. */
type ImageMapping = { fields: ImageFields; role?: "container" | "entry" | undefined }

const CONTAINERS = ["containers", "initContainers", "ephemeralContainers"]

function mappingsIn(value: unknown, under = ""): ImageMapping[] {
  if (typeof value === "string") return [{ fields: { [under]: value } }]
  if (Array.isArray(value)) return value.flatMap((item) => mappingsIn(item, under))
  if (!isMapping(value)) return []
  const role = CONTAINERS.includes(under) ? "container" : under === "images" ? "entry" : undefined
  const nested = Object.entries(value).flatMap(([key, child]) =>
    typeof child === "object" && child !== null ? mappingsIn(child, key) : [],
  )
  return [{ fields: textsOf(value), role }, ...nested]
}

function textsOf(mapping: Mapping): ImageFields {
  const scalars = Object.entries(mapping).filter(([, value]) => ["string", "number"].includes(typeof value))
  return Object.fromEntries(scalars.map(([key, value]) => [key, String(value)]))
}

function imagesOf({ fields, role }: ImageMapping): ImageReference[] {
  const single = Object.entries(fields).flatMap(([key, text]) => {
    const isImage = /image$/i.test(key)
    if (isImage && isWhole(text)) return parseImage(text) ?? []
    if (isImage && role === "container") return parseImage(text) ?? []
    return isVersionKey(key) ? [] : digestReferences(text)
  })
  const texts = Object.keys(fields).filter(
    (key) => /(?:image|repository|repo)$/i.test(key) && !isWhole(fields[key] ?? ""),
  )
  const keys = [withoutLabel(keysOfMapping(fields)), ...texts.map((key) => keysOfText(key, fields))]
  return [...single, ...keys.flatMap((one) => partsOf(one, { fields, role }))]
}

/** A `name` next to a repository is a label, or the name that a kustomization replaces. */
function withoutLabel({ names, ...keys }: ImageKeys): ImageKeys {
  const isLabel = names.at(-1) === "name" && /^(?:image_?)?(?:repository|repo|newName)$/i.test(names.at(-2) ?? "")
  return { ...keys, names: isLabel ? names.slice(0, -1) : names }
}

/** A name and its version in several values. A plain `name` and `version` are those of a chart or a package. */
function partsOf(keys: ImageKeys, { fields, role }: ImageMapping): ImageReference[] {
  const key = keys.names.at(-1)
  if (key === undefined || (isWhole(fields[key] ?? "") && key !== "name")) return []
  const [own = "", version = "", hex = ""] = [keys.digest, keys.tag, keys.hex].map((one) => fields[one ?? ""] ?? "")
  const [digest] = [
    ...digestsIn(own),
    ...digestsIn(version),
    ...digestsIn(/^[0-9a-f]{64}$/.test(hex) ? `sha256:${hex}` : hex),
  ]
  const tag = version.replace(/@.*$/s, "")
  const isTagged = tag !== "" && !isDigestText(tag) && keys.tag !== "version" && (key !== "name" || role === "entry")
  if (!digest && !isTagged) return []
  const name = joinedName(keys, fields)
  const image = parseImage(name)
  return image ? [{ name: image.name, ...(isTagged && { tag }), ...(digest && { digest }) }] : []
}

function isDigestText(text: string): boolean {
  return /^@?sha256/.test(text)
}

const IMAGE_SHAPE = new RegExp(`^((?:${HOST}/)?${PATH})(?::(${TAG}))?(?:@(${DIGEST}))?$`)

/** An image as a cluster writes it, with Docker Hub's host and path added; undefined for a template or another text. */
export function parseImage(text: string): ImageReference | undefined {
  const [, name, tag, digest] = text.trim().match(IMAGE_SHAPE) ?? []
  if (!name) return undefined
  return { name: familiarName(name), ...(tag && { tag }), ...(digest && { digest: digest as Digest }) }
}

/** https://github.com/distribution/reference/blob/main/normalize.go */
function familiarName(name: string): string {
  const [first = "", ...path] = name.split("/")
  if (path.length > 0 && (/[.:]/.test(first) || first === "localhost")) return name
  return path.length > 0 ? `docker.io/${name}` : `docker.io/library/${name}`
}

const WHOLE = new RegExp(`(?<![\\w./:-])(?:${HOST}/)?${PATH}(?::${TAG})?@${DIGEST}`, "g")

function digestReferences(text: string): ImageReference[] {
  return [...text.matchAll(WHOLE)].flatMap(([whole]) => parseImage(whole) ?? [])
}

/** The names in the `images` of a kustomization. */
function replacedNames(document: unknown): string[] {
  const images = isMapping(document) ? document["images"] : undefined
  if (!Array.isArray(images)) return []
  const replacing = images.filter(
    (entry) => isMapping(entry) && (entry["newName"] ?? entry["newTag"] ?? entry["digest"]),
  )
  return replacing.flatMap(({ name }) => (typeof name === "string" ? [name] : []))
}

function unique(images: ImageReference[]): ImageReference[] {
  // a name with its digest in one value, and again in a sibling, is one image; a tag with the digest adds nothing
  const byKey = new Map(images.toReversed().map((image) => [`${image.name} ${image.digest ?? image.tag ?? ""}`, image]))
  return [...byKey.values()].toReversed()
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}
