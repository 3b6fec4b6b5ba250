import { gitArgs } from "./git-args.ts"
import type { GitBranch } from "./git-branch.ts"

/** Where a branch of our own is kept in the checkout, beside the one that it is made on. */
export const OWN_TIP = "refs/slipway/own"

/**
 * The tip of a branch of our own, if it is there, and with it the commit that it was made on: without that a server
 * refuses to put the branch back to where it was ("shallow update not allowed").
 */
export function fetchOwnArgs(branch: GitBranch): string[] {
  return gitArgs(["fetch", "--quiet", "--depth=2", "--no-tags", "origin", `+refs/heads/${branch}:${OWN_TIP}`])
}

/** Answers by its exit code whether a branch of our own holds the same files. */
export function sameFilesArgs(): string[] {
  return gitArgs(["diff", "--quiet", "HEAD", OWN_TIP])
}

/**
 * Moves a branch of our own from one commit to another, nothing being the one that is not there. It is made anew on the
 * base's tip, so that is by force, but only over the commit that we saw in it.
 */
export function moveOwnArgs(branch: GitBranch, { from, to }: { from?: string; to?: string }): string[] {
  const ref = `refs/heads/${branch}`
  const lease = `--force-with-lease=${ref}:${from ?? ""}`
  return gitArgs(["push", "--porcelain", "--no-verify", "--no-follow-tags", lease, "origin", `${to ?? ""}:${ref}`])
}
