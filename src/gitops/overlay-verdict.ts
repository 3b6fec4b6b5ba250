import { SlipwayError } from "../error.ts"
import { type DigestRef, splitDigestRef } from "../oci/digest-ref.ts"
import { type BuildChange, compareBuilds, imagesOf, type Rendered } from "./build-change.ts"
import { type ImageName, splitImage } from "./image-name.ts"

/** One image of an overlay, and what it is to be. `tag` stands beside the digest for people to read. */
export type ImageChange = { image: ImageName; ref: DigestRef; tag?: string }

/** `image` of the rendered manifests: the digest decides what runs, the tag only what people see. */
export function imageText({ ref, tag }: ImageChange): string {
  return tag ? ref.replace("@", `:${tag}@`) : ref
}

export type OverlayBuilds = { path: string; before: Rendered; after: Rendered }

/**
 * Accepts an edit only if the manifests changed in exactly the images that were meant: each of them is there, and
 * nothing else moved. `knownAs` has the names that an image went under so far (its manifests', an overlay's newName).
 */
export function judgeOverlay(
  { path, before, after }: OverlayBuilds,
  { changes, knownAs }: { changes: ImageChange[]; knownAs: Map<ImageName, string[]> },
): BuildChange[] {
  const images = imagesOf(after)
  const absent = changes.filter(
    (change) => !images.includes(imageText(change)) && ![...after.values()].includes(imageText(change)),
  )
  const [missing] = absent
  if (missing) throw notInBuild(path, missing.image, imagesOf(before))
  const differences = compareBuilds(before, after)
  const strange = differences.filter((change) => !changes.some((wanted) => isIntended(change, wanted, knownAs)))
  if (strange.length > 0) throw changedMore(path, strange)
  return differences
}

function isIntended({ from, to }: BuildChange, wanted: ImageChange, knownAs: Map<ImageName, string[]>): boolean {
  const was = from === undefined ? undefined : splitImage(from)?.name
  const names = [wanted.image, splitDigestRef(wanted.ref).repository.name, ...(knownAs.get(wanted.image) ?? [])]
  return to === imageText(wanted) && was !== undefined && names.includes(was)
}

function notInBuild(path: string, image: ImageName, images: string[]): SlipwayError {
  const names = [...new Set(images.map((text) => splitImage(text)?.name ?? text))]
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
