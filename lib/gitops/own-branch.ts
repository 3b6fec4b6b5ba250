import { digestOf } from "../oci/reference.ts"
import { type GitBranch, parseGitBranch } from "./git-branch.ts"
import { type BumpChange, trailersOf } from "./request.ts"

/**
 * The branch that a change is proposed from, the same for every image that comes to the same places: so the next bump
 * finds the request of the last one, and replaces it.
 */
export function ownBranch(base: GitBranch, changes: BumpChange[]): GitBranch {
  const places = changes.flatMap(trailersOf).map(({ path, image }) => `${path}\n${image}`)
  const name = digestOf([...new Set(places)].sort().join("\n\n")).slice("sha256:".length, "sha256:".length + 10)
  return parseGitBranch(`slipway/${base}/${name}`)
}
