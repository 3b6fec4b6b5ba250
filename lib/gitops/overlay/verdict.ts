import { isCollection, isMap, isScalar, parseAllDocuments } from "yaml"
import { resolveDocument } from "../../config/file.ts"
import { quote, SlipwayError } from "../../error.ts"
import { DIGEST, HOST, NAME, PATH, splitDigestRef, TAG } from "../../oci/reference.ts"
import type { NewImage } from "../edit/new-image.ts"

/** A changed value in the manifests: its object, its field, and both texts. */
export type BuildChange = { object: string; field: string; from?: string; to?: string }

/** Every scalar of the manifests by object and field, independent of the order of objects. */
type ManifestValues = Map<string, string>

const SEPARATOR = "\n"

/** Parses the output of `kustomize build`. */
export function parseManifests(text: string): ManifestValues {
  const rendered: ManifestValues = new Map()
  const objects = new Set<string>()
  for (const document of parseAllDocuments(text, { logLevel: "silent" })) {
    const [error] = document.errors
    if (error) throw noManifests(error.message.split("\n")[0] ?? "")
    if (!isMap(document.contents)) continue
    const object = objectName(resolveDocument(document, noManifests), objects)
    collect(document.contents, { object, path: "" }, rendered)
  }
  return rendered
}

function noManifests(got: string): SlipwayError {
  return new SlipwayError("OVERLAY_INVALID", {
    expected: "manifests from kustomize build",
    got,
    fix: "Run kustomize build on the overlay and check its output.",
  })
}

/** Lists the changed values in the manifests, in the order of the later build. */
export function compareBuilds(before: ManifestValues, after: ManifestValues): BuildChange[] {
  const keys = [...after.keys(), ...[...before.keys()].filter((key) => !after.has(key))]
  return keys.flatMap((key) => {
    const [from, to] = [before.get(key), after.get(key)]
    const [object = "", field = ""] = key.split(SEPARATOR)
    return from === to ? [] : [{ object, field, ...(from !== undefined && { from }), ...(to !== undefined && { to }) }]
  })
}

/** The values of all fields called `image`, the name in containers and most custom resources. */
export function imagesOf(rendered: ManifestValues): string[] {
  const images = [...rendered].flatMap(([key, value]) => (/\.image$/.test(key) ? [value] : []))
  return [...new Set(images)].sort()
}

type Place = { object: string; path: string }

function collect(node: unknown, { object, path }: Place, into: ManifestValues): void {
  if (isMap(node)) {
    for (const { key, value } of node.items) {
      collect(value, { object, path: `${path}.${isScalar(key) ? String(key.value) : String(key)}` }, into)
    }
  } else if (isCollection(node)) {
    const labels = itemLabels(node.items)
    node.items.forEach((item, index) => {
      collect(item, { object, path: `${path}[${labels[index]}]` }, into)
    })
  } else {
    const value = isScalar(node) ? node.value : node
    into.set(`${object}${SEPARATOR}${path}`, typeof value === "string" ? value : JSON.stringify(value ?? null))
  }
}

/** Labels containers by name, so that an added one does not change the labels of those that follow. */
function itemLabels(items: unknown[]): string[] {
  const names = items.map((item) => (isMap(item) ? item.get("name") : undefined))
  const unique = names.every((name) => typeof name === "string") && new Set(names).size === names.length
  return items.map((_, index) => (unique ? String(names[index]) : String(index)))
}

/** Numbers objects of the same name (in different API groups), so that neither hides the other. */
function objectName(value: unknown, taken: Set<string>): string {
  const { kind, metadata } = (value ?? {}) as { kind?: unknown; metadata?: { name?: unknown; namespace?: unknown } }
  const name = [kind ?? "?", ...(metadata?.namespace ? [metadata.namespace] : []), metadata?.name ?? "?"].join("/")
  const free = taken.has(name) ? `${name}#${[...taken].filter((other) => other.startsWith(name)).length + 1}` : name
  taken.add(free)
  return free
}

/** An image's name in manifests and overlays: "web", "acme/web" or "ghcr.io/acme/web", without tag and digest. */
export type ImageName = string & { readonly brand: "ImageName" }

const SHAPE = new RegExp(`^(?:${HOST}/)?${NAME}(?:/${NAME})*$`)
const PLACEHOLDER = /^[A-Za-z0-9][A-Za-z0-9._/-]*$/

/** Accepts only a plain name: kustomize uses it as a pattern, and adds an entry for one that matches nothing. */
export function parseImageName(text: string): ImageName {
  if (SHAPE.test(text) || PLACEHOLDER.test(text)) return text as ImageName
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "an image's name as in the manifests, without tag or digest, such as ghcr.io/acme/web",
    got: quote(text),
    fix: "Set --image-name to the value of `image:` in the overlay's base, up to the tag's : or the digest's @.",
  })
}

// A port is not a tag: the colon of a tag comes after the last slash.
const IMAGE = new RegExp(`^((?:${HOST}/)?${PATH}|[A-Za-z0-9][A-Za-z0-9._/-]*)(?::(${TAG}))?(?:@(${DIGEST}))?$`)

/** The parts of an `image:` field. */
type ImageText = { name: string; tag?: string; digest?: string }

/** Splits an image's text; returns nothing if it is not an image. */
export function splitImage(text: string): ImageText | undefined {
  const [, name, tag, digest] = text.match(IMAGE) ?? []
  return name ? { name, ...(tag && { tag }), ...(digest && { digest }) } : undefined
}

/** One image of a bump: its name in the manifests, and the new value (see NewImage). */
export type ImageChange = NewImage & { image: ImageName }

/** The accepted values of `image` in the manifests, with and without a tag: only the digest decides what runs. */
export function imageTexts({ ref, tag, spareTag }: ImageChange): string[] {
  const withTag = (name: string) => ref.replace("@", `:${name}@`)
  if (tag) return [withTag(tag)]
  return [ref, ...(spareTag ? [withTag(spareTag)] : [])]
}

type OverlayBuilds = { path: string; before: ManifestValues; after: ManifestValues }

/**
 * Accepts an edit only if it changed exactly the intended images: each has its new value, and nothing else changed.
 * `knownAs` has the previous names of an image (in the manifests, or an overlay's newName).
 */
export function judgeOverlay(
  { path, before, after }: OverlayBuilds,
  { changes, knownAs }: { changes: ImageChange[]; knownAs: Map<ImageName, string[]> },
): BuildChange[] {
  const values = new Set(after.values())
  const missing = changes.find((change) => !imageTexts(change).some((text) => values.has(text)))
  if (missing) throw notInBuild({ path, before, after }, namesOf(missing, knownAs))
  const differences = compareBuilds(before, after)
  const unintended = differences.filter((change) => !changes.some((wanted) => isIntended(change, wanted, knownAs)))
  if (unintended.length > 0) throw changedMore(path, unintended)
  return differences
}

/** Names the fields that keep the old image, because kustomize does not treat them as images. */
export function unreachedNotes(
  { before, after }: Pick<OverlayBuilds, "before" | "after">,
  { changes, knownAs }: { changes: ImageChange[]; knownAs: Map<ImageName, string[]> },
): string[] {
  return changes.flatMap((change) => {
    const names = [...namesOf(change, knownAs), splitDigestRef(change.ref).repository.name]
    const same = new Map(
      [...after].filter(([key, text]) => before.get(key) === text && !imageTexts(change).includes(text)),
    )
    return imageFields(same, names).map(
      ([field, text]) =>
        `${field} is still ${text}, because kustomize does not treat it as an image. ${NAME_THE_FIELD}`,
    )
  })
}

/** The fields with an image of one of these names; a name alone counts only in a field called image. */
function imageFields(rendered: ManifestValues, names: string[]): [string, string][] {
  return [...rendered]
    .filter(
      ([key, text]) => (/image$/i.test(key) || /[/:@]/.test(text)) && names.includes(splitImage(text)?.name ?? ""),
    )
    .map(([key, text]) => [key.replace("\n.", " "), text])
}

const NAME_THE_FIELD =
  "Add the field to the overlay's configurations: (images: [{path: …, kind: …}]), or edit its file: --path=<file> --edits=yaml:<path>."

function isIntended({ from, to }: BuildChange, wanted: ImageChange, knownAs: Map<ImageName, string[]>): boolean {
  const was = from === undefined ? undefined : splitImage(from)?.name
  const names = [...namesOf(wanted, knownAs), splitDigestRef(wanted.ref).repository.name]
  return to !== undefined && imageTexts(wanted).includes(to) && was !== undefined && names.includes(was)
}

function namesOf({ image }: ImageChange, knownAs: Map<ImageName, string[]>): [string, ...string[]] {
  return [image, ...(knownAs.get(image) ?? [])]
}

function notInBuild({ path, before }: OverlayBuilds, [image, ...known]: [string, ...string[]]): SlipwayError {
  const unreached = imageFields(before, [image, ...known])
  if (unreached.length > 0) {
    return new SlipwayError("OVERLAY_INVALID", {
      expected: `kustomize to set the image ${image} in the manifests of ${path}`,
      got: `${unreached
        .slice(0, 5)
        .map(([field]) => field)
        .join(", ")} unchanged: a field that kustomize does not treat as an image`,
      fix: NAME_THE_FIELD,
    })
  }
  const names = [...new Set(imagesOf(before).map((text) => splitImage(text)?.name ?? text))]
  return new SlipwayError("OVERLAY_INVALID", {
    expected: `manifests in ${path} with the image ${image}`,
    got: names.length > 0 ? `images ${names.slice(0, 20).join(", ")}` : "manifests without any image",
    fix: "Set --image-name to one of these names: kustomize adds an unknown name without an error.",
  })
}

function changedMore(path: string, changes: BuildChange[]): SlipwayError {
  const shown = changes
    .slice(0, 5)
    .map(({ object, field, from, to }) => `${object} ${field}: ${from ?? "nothing"} -> ${to ?? "nothing"}`)
  return new SlipwayError("OVERLAY_INVALID", {
    expected: `a change of only the named images in the manifests of ${path}`,
    got: shown.join("; "),
    fix: "Rename the other images, or edit the file with --edits: kustomize uses an image's name as a pattern, which matches these too. Nothing was pushed.",
  })
}
