import { groupBy } from "../config/services.ts"
import type { Author } from "./commit-message.ts"
import type { EditTarget } from "./edit/edit.ts"
import type { GitBranch } from "./git-branch.ts"
import type { ImageChange } from "./overlay-verdict.ts"
import type { RepositoryPath } from "./repository-path.ts"
import type { BumpKind, BumpTrailer, SourceRevision } from "./trailers.ts"

/** Images of one kustomize overlay, and the options that it is built with. */
export type OverlayChange = { kind: "overlay"; path: RepositoryPath; images: ImageChange[]; options?: string[] }
/** Values of one file, by the edits that address them. */
export type FileChange = { kind: "file"; path: RepositoryPath; edits: EditTarget[]; image: ImageChange }
export type BumpChange = OverlayChange | FileChange

/** One commit: what it changes, and all that its message says. `timeout` bounds every try together, in seconds. */
export type BumpRequest = {
  kind: BumpKind
  branch: GitBranch
  changes: BumpChange[]
  source: SourceRevision
  pipeline?: string
  message: string
  author: Author
  timeout: number
}

/** What a change will be known by in the commit's trailers. */
export function trailersOf(change: BumpChange): BumpTrailer[] {
  const images = change.kind === "overlay" ? change.images : [change.image]
  return images.map(({ image, ref }) => ({ path: change.path, image, ref }))
}

/** Changes in groups that do not touch the same file; within a group the order is the caller's. */
export function byFile(changes: BumpChange[]): BumpChange[][] {
  return groupBy(changes, ({ kind, path }) => `${kind} ${path}`)
}

/** Bumps of several images to one branch as one commit: images of the same overlay are one change of it. */
export function mergeRequests([first, ...others]: [BumpRequest, ...BumpRequest[]]): BumpRequest {
  const changes = [first, ...others].flatMap((request) => request.changes)
  const merged = byFile(changes).flatMap((group): BumpChange[] => {
    const overlays = group.filter((change) => change.kind === "overlay")
    const [overlay] = overlays
    if (!overlay) return group
    const options = [...new Set(overlays.flatMap((one) => one.options ?? []))]
    return [{ ...overlay, ...(options.length && { options }), images: overlays.flatMap(({ images }) => images) }]
  })
  return { ...first, changes: merged }
}

/** The changes without those images that a newer bump holds in their place. */
export function leaveOut(changes: BumpChange[], kept: { path: string; image: string }[]): BumpChange[] {
  const isKept = (path: string, name: string) => kept.some((other) => other.path === path && other.image === name)
  return changes.flatMap((change): BumpChange[] => {
    if (change.kind === "file") return isKept(change.path, change.image.image) ? [] : [change]
    const images = change.images.filter(({ image }) => !isKept(change.path, image))
    return images.length ? [{ ...change, images }] : []
  })
}
