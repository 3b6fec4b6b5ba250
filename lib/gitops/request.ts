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

/** Refuses a path that leaves the checkout or enters .git, before anything is cloned. */
export function parseRepositoryPath(text: string): RepositoryPath {
  const path = posix.normalize(text).replace(/\/$/, "")
  const parts = path.split("/")
  const strange = !text || posix.isAbsolute(text) || /[\p{Cc}\\]/u.test(text) || text.startsWith("-")
  if (!strange && !parts.includes("..") && !parts.some((part) => part.toLowerCase() === ".git"))
    return path as RepositoryPath
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "a path inside the GitOps repository, such as apps/web/overlays/prod",
    got: quote(text),
    fix: "Pass --path relative to the repository's root, with forward slashes.",
  })
}

/** An overlay to copy where a bump's own does not exist yet, with the number that fills in {number} in its files. */
export type OverlayTemplate = { path: RepositoryPath; number: number }
/** Images of one kustomize overlay, and its build options. */
export type OverlayChange = {
  kind: "overlay"
  path: RepositoryPath
  images: ImageChange[]
  options?: string[]
  template?: OverlayTemplate
}
/** Values of one file, addressed by edits. */
export type FileChange = {
  kind: "file"
  path: RepositoryPath
  edits: EditTarget[]
  image: ImageChange
  /** The image in a chart, which is deployed by the chart's version: only its trailer names it. */
  contains?: ImageChange
}
export type BumpChange = OverlayChange | FileChange

/** One commit: its changes and its message. `timeout` limits all tries together, in seconds. */
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

/** The trailers that identify a change in its commit. */
export function trailersOf(change: BumpChange): BumpTrailer[] {
  const images =
    change.kind === "overlay" ? change.images : [change.image, ...(change.contains ? [change.contains] : [])]
  return images.map(({ image, ref }) => ({ path: change.path, image, ref }))
}

/** Groups changes by file; each group keeps the caller's order. */
export function byFile(changes: BumpChange[]): BumpChange[][] {
  return groupBy(changes, ({ kind, path }) => `${kind} ${path}`)
}

/** Merges bumps of several images to one branch into one commit, with one change for each overlay. */
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

/** Removes the images that a newer bump has already set. */
export function leaveOut(changes: BumpChange[], kept: { path: string; image: string }[]): BumpChange[] {
  const isKept = (path: string, name: string) => kept.some((other) => other.path === path && other.image === name)
  return changes.flatMap((change): BumpChange[] => {
    if (change.kind === "file") return isKept(change.path, change.image.image) ? [] : [change]
    const images = change.images.filter(({ image }) => !isKept(change.path, image))
    return images.length ? [{ ...change, images }] : []
  })
}

/**
 * The branch that proposes a change. It depends on the change's places only, so that the next bump of the same places
 * finds the open request and updates it.
 */
export function proposalBranch(base: GitBranch, changes: BumpChange[]): GitBranch {
  const places = changes.flatMap(trailersOf).map(({ path, image }) => `${path}\n${image}`)
  const name = digestOf([...new Set(places)].sort().join("\n\n")).slice("sha256:".length, "sha256:".length + 10)
  return parseGitBranch(`slipway/${base}/${name}`)
}
