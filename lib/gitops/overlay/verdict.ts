import { quote, SlipwayError } from "../../error.ts"
import { DIGEST, HOST, NAME, PATH, splitDigestRef, TAG } from "../../oci/reference.ts"
import type { NewImage } from "../edit/new-image.ts"
import { type BuildChange, compareBuilds, imagesOf, type ManifestValues } from "./manifests.ts"

/** An image's name as manifests and overlays have it: "web", "acme/web" or "ghcr.io/acme/web", never with tag or digest. */
export type ImageName = string & { readonly brand: "ImageName" }

const SHAPE = new RegExp(`^(?:${HOST}/)?${NAME}(?:/${NAME})*$`)
const PLACEHOLDER = /^[A-Za-z0-9][A-Za-z0-9._/-]*$/

/** kustomize takes the name as a pattern and adds one that it does not find, so anything else than a name is refused. */
export function parseImageName(text: string): ImageName {
  if (SHAPE.test(text) || PLACEHOLDER.test(text)) return text as ImageName
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "an image's name as the manifests have it, without tag or digest, such as ghcr.io/acme/web",
    got: quote(text),
    fix: "Look at `image:` in the manifests that the overlay builds on, and pass what stands before : or @.",
  })
}

// A port is not a tag: the colon of a tag comes after the last slash.
const IMAGE = new RegExp(`^((?:${HOST}/)?${PATH}|[A-Za-z0-9][A-Za-z0-9._/-]*)(?::(${TAG}))?(?:@(${DIGEST}))?$`)

/** What stands in an `image:` field. */
type ImageText = { name: string; tag?: string; digest?: string }

/** Splits it, or answers nothing for a text that is none. */
export function splitImage(text: string): ImageText | undefined {
  const [, name, tag, digest] = text.match(IMAGE) ?? []
  return name ? { name, ...(tag && { tag }), ...(digest && { digest }) } : undefined
}

/** One image of a bump, and what it is to be: its name there, and what an edit writes (see NewImage). */
export type ImageChange = NewImage & { image: ImageName }

/** `image` of the rendered manifests: the digest decides what runs, the tag only what people see. */
export function imageTexts({ ref, tag, spareTag }: ImageChange): string[] {
  const withTag = (name: string) => ref.replace("@", `:${name}@`)
  if (tag) return [withTag(tag)]
  return [ref, ...(spareTag ? [withTag(spareTag)] : [])]
}

type OverlayBuilds = { path: string; before: ManifestValues; after: ManifestValues }

/**
 * Accepts an edit only if the manifests changed in exactly the images that were meant: each of them is there, and
 * nothing else moved. `knownAs` has the names that an image went under so far (its manifests', an overlay's newName).
 */
export function judgeOverlay(
  { path, before, after }: OverlayBuilds,
  { changes, knownAs }: { changes: ImageChange[]; knownAs: Map<ImageName, string[]> },
): BuildChange[] {
  const values = new Set(after.values())
  const missing = changes.find((change) => !imageTexts(change).some((text) => values.has(text)))
  if (missing) throw notInBuild({ path, before, after }, namesOf(missing, knownAs))
  const differences = compareBuilds(before, after)
  const strange = differences.filter((change) => !changes.some((wanted) => isIntended(change, wanted, knownAs)))
  if (strange.length > 0) throw changedMore(path, strange)
  return differences
}

/** Says which fields still have an image that was set elsewhere: kustomize does not know them, so that they run what they ran. */
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
      ([field, text]) => `${field} still is ${text}: kustomize does not take it for an image. ${NAME_THE_FIELD}`,
    )
  })
}

/** The fields that hold an image of one of these names: a name alone may be that of anything else. */
function imageFields(rendered: ManifestValues, names: string[]): [string, string][] {
  return [...rendered]
    .filter(
      ([key, text]) => (/image$/i.test(key) || /[/:@]/.test(text)) && names.includes(splitImage(text)?.name ?? ""),
    )
    .map(([key, text]) => [key.replace("\n.", " "), text])
}

const NAME_THE_FIELD =
  "Name the field in the overlay's configurations: (images: [{path: …, kind: …}]), or edit the file that has it: --path=<file> --edits=yaml:<path>."

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
        .join(", ")} as it was: a field that kustomize does not take for an image`,
      fix: NAME_THE_FIELD,
    })
  }
  const names = [...new Set(imagesOf(before).map((text) => splitImage(text)?.name ?? text))]
  return new SlipwayError("OVERLAY_INVALID", {
    expected: `manifests in ${path} with the image ${image}`,
    got: names.length > 0 ? `images ${names.slice(0, 20).join(", ")}` : "manifests without any image",
    fix: "Pass one of these names as --image; kustomize would have added an unknown name without a word.",
  })
}

function changedMore(path: string, changes: BuildChange[]): SlipwayError {
  const shown = changes
    .slice(0, 5)
    .map(({ object, field, from, to }) => `${object} ${field}: ${from ?? "nothing"} -> ${to ?? "nothing"}`)
  return new SlipwayError("OVERLAY_INVALID", {
    expected: `a change of nothing but the named images in the manifests of ${path}`,
    got: shown.join("; "),
    fix: "kustomize takes an image's name as a pattern: give the others names that it does not match. Nothing was pushed.",
  })
}
