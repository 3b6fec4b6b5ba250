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
import { planBump } from "./bump.ts"
import type { BumpContext, BumpResult } from "./context.ts"
import { setKustomizeImage } from "./edit/kustomization.ts"
import { editFile } from "./file-edit.ts"
import { readText } from "./file-text.ts"
import { checkoutCommit, filesOf } from "./git/checkout.ts"
import { bumpsOf, findPast, openHistory, readHistory } from "./history.ts"
import { type BumpOptions, DEFAULT_TIMEOUT, NO_IMAGE, parseBumpOptions, parsePlace } from "./options.ts"
import { KUSTOMIZATION_GLOB, overlaysIn, requireOverlay } from "./overlay/kustomize.ts"
import type { BuildChange, ImageChange } from "./overlay/verdict.ts"
import { deliverBump } from "./proposal.ts"
import type { BumpChange, BumpRequest } from "./request.ts"
import type { VerifyImage } from "./verification.ts"

const PROMOTION_MESSAGE = "Promote {image} at {digest} to {path}"
const ROLLBACK_MESSAGE = "Roll {image} back to {digest} in {path}"

/** The digests in the values that a bump would replace. */
export function deployedDigests(changes: BuildChange[]): Digest[] {
  return [...new Set(changes.flatMap(({ from = "" }) => digestsIn(from)))]
}

/**
 * Returns the image that an environment runs, from the values that a bump would replace. A value may hold the digest
 * alone; the caller then has to pass the repository.
 */
export function deployedRef(
  changes: BuildChange[],
  { path, image, repository }: { path: string; image: string; repository?: string },
): DigestRef {
  const [digest, ...others] = deployedDigests(changes)
  if (!digest || others.length) {
    throw new SlipwayError("IMAGE_NOT_FOUND", {
      expected: `exactly one digest of ${image} in ${path}`,
      got: digest ? `${1 + others.length}: ${[digest, ...others].join(", ")}` : shown(changes),
      fix: "Run bump-gitops on that environment first, to set one digest.",
    })
  }
  if (repository) return digestRef(parseRepository(repository), digest)
  const whole = changes.map(({ from }) => DigestRefSchema.safeParse(from)).find(({ success }) => success)
  if (whole?.success) return whole.data
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: `--repository for the digest in ${path}`,
    got: `${digest} without a repository`,
    fix: "Pass --repository=HOST/REPOSITORY, from which the image is pulled.",
  })
}

/** The placeholder that a probe writes over a tag in a separate value. */
export const NO_TAG = "none"

/**
 * Returns the tag of the image that runs there, from the digest's value or from a separate one. Values that require a
 * tag get it again.
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

/** The same changes as a probe of the current values: it writes nothing, so it accepts any image name. */
export function probeChanges(changes: BumpChange[]): BumpChange[] {
  const probe = <T extends ImageChange>(image: T): T => {
    const { tag: _, ...rest } = image
    return { ...rest, ref: NO_IMAGE, spareTag: NO_TAG, anyName: true } as T
  }
  return changes.map((change): BumpChange => {
    if (change.kind === "file") return { ...change, image: probe(change.image) }
    return { ...change, images: change.images.map(probe) }
  })
}

/** Returns the tag in an earlier tree's files; none if the edits do not apply to that tree. */
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

/** An environment in the GitOps repository: an overlay, or a file with the edits that address the image. */
type Environment = { path: string; edits?: string[] }

export type PromoteOptions = Omit<BumpOptions, "ref" | "path" | "edits"> & {
  from: Environment
  to: Environment
  /** Repository that the image is pulled from, if `from` has a digest alone. */
  repository?: string
}

/** The image that an environment runs, and its tag there. */
type Deployed = { ref: DigestRef; tag?: string }

export type DeployedOptions = Omit<BumpOptions, "ref"> & {
  /** Repository that the image is pulled from, if the file has a digest alone. */
  repository?: string
}

/** Reads the values that a bump would replace. */
export async function readDeployed(
  { repository, ...options }: DeployedOptions,
  context: BumpContext,
): Promise<Deployed> {
  const place = parsePlace(options)
  const request = parseBumpOptions({ ...options, ref: NO_IMAGE })
  const { checks: _, ...unchecked } = context // a probe writes no image that could run
  const { changes } = await planBump({ ...request, changes: probeChanges(request.changes) }, unchecked)
  const tag = deployedTag(changes)
  return { ref: deployedRef(changes, { ...place, ...(repository && { repository }) }), ...(tag && { tag }) }
}

/** The context of a change whose image is only known once the repository is read. */
type VerifyingContext = BumpContext & { verify: VerifyImage }

/** Copies the image of one environment to another, with its tag and the source that it was built from. */
export async function promote(
  { from, to, repository, ...options }: PromoteOptions,
  { verify, ...context }: VerifyingContext,
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
  const verification = await verify(ref, request.kind)
  return { request, verification, outcome: await deliverBump(request, context) }
}

export type RollbackOptions = Omit<BumpOptions, "ref" | "sourceRevision" | "sourceOrder" | "sourceRepository"> & {
  to: string
  /** The image to roll back; another current one is an error. */
  only?: DigestRef
}

/**
 * Restores an earlier bump's digest and tag in a new commit. The commit keeps the order of the bump that it reverts, so
 * that no pipeline of that source or of an older one can repeat the bump; a newer source can.
 */
export async function rollback(
  { to, only, ...options }: RollbackOptions,
  { verify, ...context }: VerifyingContext,
): Promise<BumpResult> {
  const place = parsePlace(options)
  const { branch, timeout = DEFAULT_TIMEOUT } = options
  const { checkout, log } = await openHistory({ branch, timeout }, context)
  const { now, then } = findPast(bumpsOf(log, place), to, place)
  if (only !== undefined && now.ref !== only) throw anotherImage(only, now.ref)
  const untagged = parseBumpOptions({ message: ROLLBACK_MESSAGE, ...options, ref: then.ref })
  const tree = filesOf(await checkoutCommit(checkout, then.commit))
  const spareTag = options.tag ? undefined : await earlierTag(tree, untagged.changes, context.image)
  const parsed = spareTag
    ? parseBumpOptions({ message: ROLLBACK_MESSAGE, spareTag, ...options, ref: then.ref })
    : untagged
  const source = { ...then.source, ...(now.source.order !== undefined && { order: now.source.order }) }
  const request: BumpRequest = { ...parsed, kind: "rollback", source }
  const verification = await verify(then.ref, request.kind)
  return { request, verification, outcome: await deliverBump(request, context) }
}

function anotherImage(only: DigestRef, got: DigestRef): SlipwayError {
  return new SlipwayError("ROLLBACK_IMPOSSIBLE", {
    expected: `${only} as the last bump, which is to be rolled back`,
    got,
    fix: "Another writer deployed it since; nothing was changed.",
  })
}
