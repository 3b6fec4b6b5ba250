import type { Directory } from "@dagger.io/dagger"
import { SlipwayError } from "../error.ts"
import {
  type Digest,
  type DigestRef,
  DigestRef as DigestRefSchema,
  digestRef,
  digestsIn,
  parseRepository,
  TAG,
} from "../oci/reference.ts"
import type { BuildChange } from "./build-change.ts"
import { setKustomizeImage } from "./edit/kustomization.ts"
import { editFile } from "./file-edit.ts"
import { readText } from "./file-text.ts"
import { NO_IMAGE } from "./options.ts"
import { KUSTOMIZATION_GLOB, overlaysIn, requireOverlay } from "./overlay-file.ts"
import type { ImageChange } from "./overlay-verdict.ts"
import type { BumpChange } from "./request.ts"

/** The digests that stand where a bump would write. */
export function deployedDigests(changes: BuildChange[]): Digest[] {
  return [...new Set(changes.flatMap(({ from = "" }) => digestsIn(from)))]
}

/**
 * The image that runs in an environment, from what a bump would replace there. Often a digest stands apart from its
 * repository, which the caller then has to name.
 */
export function deployedRef(
  changes: BuildChange[],
  { path, image, address }: { path: string; image: string; address?: string },
): DigestRef {
  const [digest, ...others] = deployedDigests(changes)
  if (!digest || others.length) {
    throw new SlipwayError("IMAGE_NOT_FOUND", {
      expected: `one digest of ${image} in ${path}`,
      got: digest ? `${1 + others.length}: ${[digest, ...others].join(", ")}` : shown(changes),
      fix: "Bump that environment to one digest first, with bump-gitops.",
    })
  }
  if (address) return digestRef(parseRepository(address), digest)
  const whole = changes.map(({ from }) => DigestRefSchema.safeParse(from)).find(({ success }) => success)
  if (whole?.success) return whole.data
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: `--repository beside the digest that stands in ${path}`,
    got: `${digest} alone`,
    fix: "Give --repository=host/repository, where the image is pulled from.",
  })
}

/** What the look at an environment writes in place of a tag that stands by itself. */
export const NO_TAG = "none"

/**
 * The tag of what runs there, as it stands with its digest or in a value of its own. What the image was pulled by before
 * is what a value that cannot do without a tag gets again.
 */
export function deployedTag(changes: Pick<BuildChange, "field" | "from" | "to">[]): string | undefined {
  const tags = changes.map(({ field, from = "", to }) => {
    const isName = /image\W*$/i.test(field)
    const [, pinned] = from.match(isName ? IN_REFERENCE : WITH_DIGEST) ?? []
    return { pinned, alone: to === NO_TAG && ALONE.test(from) ? from : undefined }
  })
  return tags.find(({ pinned }) => pinned)?.pinned ?? tags.find(({ alone }) => alone)?.alone
}

const IN_REFERENCE = new RegExp(`:(${TAG})@sha256:`)
const WITH_DIGEST = new RegExp(`(?:^|:)(${TAG})@sha256:`)
const ALONE = new RegExp(`^${TAG}$`)

/** The same changes as a look at what stands there: none of them is written, so no name that an image has is one to refuse. */
export function lookAt(changes: BumpChange[]): BumpChange[] {
  const look = <T extends ImageChange>(image: T): T => {
    const { tag: _, ...rest } = image
    return { ...rest, ref: NO_IMAGE, spareTag: NO_TAG, anyName: true } as T
  }
  return changes.map((change): BumpChange => {
    if (change.kind === "file") return { ...change, image: look(change.image) }
    return { ...change, images: change.images.map(look) }
  })
}

/** The tag of what stood in these files when the tree was as it is here; what cannot be edited there has none to give. */
export async function pastTag(tree: Directory, changes: BumpChange[], image: string): Promise<string | undefined> {
  const tags = await Promise.all(lookAt(changes).map((change) => tagIn(tree, change, image)))
  return tags.find((tag) => tag !== undefined)
}

async function tagIn(tree: Directory, change: BumpChange, image: string): Promise<string | undefined> {
  try {
    if (change.kind === "file") return deployedTag((await editFile(tree, change, { image })).changes)
    const file = requireOverlay(overlaysIn(await tree.glob(KUSTOMIZATION_GLOB)), change.path)
    const { text } = await readText(tree, file, image)
    const edited = change.images.map((one) => setKustomizeImage(text, { name: one.image, image: one }))
    const all = edited.flatMap(({ changes }) => changes)
    return deployedTag(all.map(({ path, before, after }) => ({ field: path, from: before, to: after })))
  } catch (error) {
    if (error instanceof SlipwayError) return undefined
    throw error
  }
}

function shown(changes: BuildChange[]): string {
  const values = [...new Set(changes.map(({ from = "nothing" }) => from))]
  return values.slice(0, 5).join(", ") || "none"
}
