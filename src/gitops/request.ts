import type { Author } from "./commit-message.ts"
import type { EditTarget } from "./edit/edit.ts"
import type { GitBranch } from "./git-branch.ts"
import type { ImageChange } from "./overlay-verdict.ts"
import type { RepositoryPath } from "./repository-path.ts"
import type { BumpKind, BumpTrailer, SourceRevision } from "./trailers.ts"

/** Images of one kustomize overlay. */
export type OverlayChange = { kind: "overlay"; path: RepositoryPath; images: ImageChange[] }
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
