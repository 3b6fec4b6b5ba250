import { posix } from "node:path"
import { groupBy } from "../config/group.ts"
import { quote, SlipwayError } from "../error.ts"
import { digestOf } from "../oci/reference.ts"
import type { Author, BumpKind, BumpTrailer, SourceRevision } from "./commit-message.ts"
import type { EditTarget } from "./edit/edit.ts"
import { type GitBranch, parseGitBranch } from "./git/remote.ts"
import type { ImageChange } from "./overlay/verdict.ts"

/** A file or directory inside the GitOps repository, normalised: "apps/web/overlays/prod", or "." for its root. */
export type RepositoryPath = string & { readonly brand: "RepositoryPath" }

/** A path that leaves the checkout, or enters .git, is refused before anything is cloned. */
export function parseRepositoryPath(text: string): RepositoryPath {
  const path = posix.normalize(text).replace(/\/$/, "")
  const parts = path.split("/")
  const strange = !text || posix.isAbsolute(text) || /[\p{Cc}\\]/u.test(text) || text.startsWith("-")
  if (!strange && !parts.includes("..") && !parts.some((part) => part.toLowerCase() === ".git"))
    return path as RepositoryPath
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "a path inside the GitOps repository, such as apps/web/overlays/prod",
    got: quote(text),
    fix: "Give it relative to the repository's root, with forward slashes.",
  })
}

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

/**
 * The branch that a change is proposed from, the same for every image that comes to the same places: so the next bump
 * finds the request of the last one, and replaces it.
 */
export function proposalBranch(base: GitBranch, changes: BumpChange[]): GitBranch {
  const places = changes.flatMap(trailersOf).map(({ path, image }) => `${path}\n${image}`)
  const name = digestOf([...new Set(places)].sort().join("\n\n")).slice("sha256:".length, "sha256:".length + 10)
  return parseGitBranch(`slipway/${base}/${name}`)
}
