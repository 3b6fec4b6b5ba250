import type { Directory } from "@dagger.io/dagger"
import { DEFAULT_TIMEOUT, PROMOTION_MESSAGE, ROLLBACK_MESSAGE } from "../../src/defaults.ts"
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
import { planBump } from "./bump.ts"
import type { BumpContext, BumpResult } from "./context.ts"
import { setKustomizeImage } from "./edit/kustomization.ts"
import { editFile } from "./file-edit.ts"
import { readText } from "./file-text.ts"
import { checkoutCommit, filesOf } from "./git/checkout.ts"
import { bumpsOf, findPast, openHistory, readHistory } from "./history.ts"
import { type BumpOptions, NO_IMAGE, parseBumpOptions, parsePlace } from "./options.ts"
import { KUSTOMIZATION_GLOB, overlaysIn, requireOverlay } from "./overlay/kustomize.ts"
import type { BuildChange, ImageChange } from "./overlay/verdict.ts"
import { deliverBump } from "./proposal.ts"
import type { BumpChange, BumpRequest } from "./request.ts"

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
  { path, image, repository }: { path: string; image: string; repository?: string },
): DigestRef {
  const [digest, ...others] = deployedDigests(changes)
  if (!digest || others.length) {
    throw new SlipwayError("IMAGE_NOT_FOUND", {
      expected: `one digest of ${image} in ${path}`,
      got: digest ? `${1 + others.length}: ${[digest, ...others].join(", ")}` : shown(changes),
      fix: "Bump that environment to one digest first, with bump-gitops.",
    })
  }
  if (repository) return digestRef(parseRepository(repository), digest)
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
export function probeChanges(changes: BumpChange[]): BumpChange[] {
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
export async function earlierTag(tree: Directory, changes: BumpChange[], image: string): Promise<string | undefined> {
  const tags = await Promise.all(probeChanges(changes).map((change) => tagIn(tree, change, image)))
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

/** An environment within the GitOps repository: an overlay, or a file with the edits that address the image. */
type Environment = { path: string; edits?: string[] }

export type PromoteOptions = Omit<BumpOptions, "ref" | "path" | "edits"> & {
  from: Environment
  to: Environment
  /** Where the image is pulled from, if what stands in `from` is a digest alone. */
  repository?: string
}

/** The image that an environment runs, and the tag that stands with it. */
type Deployed = { ref: DigestRef; tag?: string }

export type DeployedOptions = Omit<BumpOptions, "ref"> & {
  /** Where the image is pulled from, if what stands there is a digest alone. */
  repository?: string
}

/** Reads what a bump would replace, without replacing it. */
export async function readDeployed(
  { repository, ...options }: DeployedOptions,
  context: BumpContext,
): Promise<Deployed> {
  const place = parsePlace(options)
  const look = parseBumpOptions({ ...options, ref: NO_IMAGE })
  const { changes } = await planBump({ ...look, changes: probeChanges(look.changes) }, context)
  const tag = deployedTag(changes)
  return { ref: deployedRef(changes, { ...place, ...(repository && { repository }) }), ...(tag && { tag }) }
}

/** Writes what runs in one environment into the next one, with its tag and the source that it was built from. */
export async function promote(
  { from, to, repository, ...options }: PromoteOptions,
  context: BumpContext,
): Promise<BumpResult> {
  const place = parsePlace({ ...options, ...from })
  const [{ ref, tag: spareTag }, log] = await Promise.all([
    readDeployed({ ...options, ...from, ...(repository && { repository }) }, context),
    readHistory({ branch: options.branch, timeout: options.timeout ?? DEFAULT_TIMEOUT }, context),
  ])
  const origin = bumpsOf(log, place).find((past) => past.ref === ref)
  const parsed = parseBumpOptions({
    message: PROMOTION_MESSAGE,
    ...(spareTag && { spareTag }),
    ...options,
    ...to,
    ref,
  })
  const request: BumpRequest = { ...parsed, kind: "promotion", source: { ...origin?.source, ...parsed.source } }
  return { request, outcome: await deliverBump(request, context) }
}

export type RollbackOptions = Omit<BumpOptions, "ref" | "sourceRevision" | "sourceOrder" | "sourceRepository"> & {
  to: string
}

/**
 * Writes an earlier bump's digest again, as a new commit, with the tag that stood there. It keeps the order of what it takes back, so that no pipeline
 * of that source or an older one brings it again; a newer source goes on as ever.
 */
export async function rollback({ to, ...options }: RollbackOptions, context: BumpContext): Promise<BumpResult> {
  const place = parsePlace(options)
  const { branch, timeout = DEFAULT_TIMEOUT } = options
  const { checkout, log } = await openHistory({ branch, timeout }, context)
  const { now, then } = findPast(bumpsOf(log, place), to, place)
  const asked = parseBumpOptions({ message: ROLLBACK_MESSAGE, ...options, ref: then.ref })
  const tree = filesOf(await checkoutCommit(checkout, then.commit))
  const spareTag = options.tag ? undefined : await earlierTag(tree, asked.changes, context.image)
  const parsed = spareTag ? parseBumpOptions({ message: ROLLBACK_MESSAGE, spareTag, ...options, ref: then.ref }) : asked
  const source = { ...then.source, ...(now.source.order !== undefined && { order: now.source.order }) }
  const request: BumpRequest = { ...parsed, kind: "rollback", source }
  return { request, outcome: await deliverBump(request, context) }
}
