import { readText } from "../../config/file.ts"
import { DIGEST, TAG } from "../../oci/reference.ts"
import type { Author } from "../commit-message.ts"
import type { GitBranch } from "./remote.ts"

/** Where the program and what it reads lie. */
export const TURN_PATHS = {
  program: "/slipway/turn/push",
  /** The files that the commit changes, a line each. */
  files: "/slipway/turn/files",
  /** Whatever was read to make the edit, a path each: another change of it would have made another edit. */
  reads: "/slipway/turn/reads",
}

/**
 * Pushes HEAD to a branch that others push to as well: BRANCH SECONDS GIT... A start of a container takes longer than a
 * push, so whoever needs one for each try is always late. A commit that others overtook is made anew on theirs here, if
 * none of theirs touched a path that the edit was made from, or speaks of the same image and may hold against ours: then
 * the same edit on the new tip gives the same text. All else (a refusal, a rewritten branch, a file that others changed
 * too) ends it, and the caller decides. A symbolic link may lead out of the paths that were read, so where there is one
 * every edit is made by the caller.
 */
export const PUSH_IN_TURN = readText(new URL("./push-in-turn.sh", import.meta.url))

/** Where the checkout lies in git's container. */
export const CHECKOUT = "/slipway/checkout"
export const MESSAGE_FILE = "/slipway/message"

/**
 * What every call shares: an end for a server that says nothing for a minute, full hashes in what git prints, no hooks or templates of the image's, no repacking behind our
 * back, and the executable bit left as it is in the repository whatever the file system says.
 */
const SETTINGS = [
  "http.lowSpeedLimit=1",
  "http.lowSpeedTime=60",
  "core.abbrev=no",
  "core.hooksPath=/dev/null",
  "core.fileMode=false",
  "core.quotePath=false",
  "gc.auto=0",
  "maintenance.auto=false",
  "advice.detachedHead=false",
  "safe.directory=*",
]

/** A call of git with the settings that all share. */
function gitArgs(command: string[], settings: string[] = []): string[] {
  return ["git", ...[...SETTINGS, ...settings].flatMap((setting) => ["-c", setting]), ...command]
}

/** The tip alone: neither the history nor the other branches take part in a bump. */
export function cloneArgs(url: string, branch: GitBranch): string[] {
  const options = ["--quiet", "--depth=1", "--single-branch", "--no-tags", "--template=", `--branch=${branch}`]
  return gitArgs(["clone", ...options, "--", url, CHECKOUT])
}

/** The files of a commit that is at hand. */
export function checkoutArgs(commit: string): string[] {
  return gitArgs(["checkout", "--quiet", "--detach", commit, "--"])
}

/** Takes over what others pushed. Only forward: a branch that was rewritten is cloned anew. Prints "Updating a..b". */
export function pullArgs(branch: GitBranch): string[] {
  return gitArgs(["pull", "--ff-only", "--no-tags", "--no-rebase", "origin", `refs/heads/${branch}`])
}

/** Commits just these files: whatever else a checkout may hold is not ours. */
export function commitArgs(paths: string[], { author, signing }: { author: Author; signing: string[] }): string[] {
  const settings = [`user.name=${author.name}`, `user.email=${author.email}`, ...signing]
  const sign = signing.length > 0 ? ["--gpg-sign"] : ["--no-gpg-sign"]
  return gitArgs(
    ["commit", ...sign, "--cleanup=whitespace", `--file=${MESSAGE_FILE}`, "--only", "--", ...paths],
    settings,
  )
}

/** One ref, named in full, and never by force: the branch is shared. */
export function pushArgs(branch: string): string[] {
  return gitArgs(["push", "--porcelain", "--no-verify", "--no-follow-tags", "origin", `HEAD:refs/heads/${branch}`])
}

/** The same, again and again until the commit is there or the seconds are over; see push-in-turn.sh. */
export function pushInTurnArgs(branch: string, { author, seconds }: { author: Author; seconds: number }): string[] {
  const git = gitArgs([], [`user.name=${author.name}`, `user.email=${author.email}`])
  return [TURN_PATHS.program, branch, String(Math.max(0, Math.floor(seconds))), ...git]
}

/** What git takes for all: unlike --unshallow, which a checkout of a whole history refuses. */
const INFINITE = 2_147_483_647

/** The history back to a moment; a bump that matters to an image is never older than that image's source. */
export function deepenArgs(branch: GitBranch, since: number | "everything"): string[] {
  const depth = since === "everything" ? `--depth=${INFINITE}` : `--shallow-since=@${since} +0000`
  return gitArgs(["fetch", "--no-tags", depth, "origin", `refs/heads/${branch}`])
}

/** Commits as `parseLog` reads them, newest first: a message may hold anything, so each of its lines begins with a space. */
export function logArgs(range: string[]): string[] {
  return gitArgs(["log", "--format=%H %ct %an%n%w(0,1,1)%B%w(0,0,0)", ...range])
}

/** Texts to look for, one a line, and the program that does; see find-words.sh. */
export const WORDS_PATHS = { words: "/slipway/words", program: "/slipway/find-words" }

/** Every digest in the checkout's files, alone; exits with 1 if there is none. */
export function grepDigestsArgs(): string[] {
  return gitArgs(["grep", "--no-color", "-h", "-I", "--only-matching", "--extended-regexp", "-e", DIGEST])
}

/** Those of the words that stand in the checkout's files as a whole. */
export function findWordsArgs(): string[] {
  const words = ["grep", "--no-color", "-h", "-I", "--only-matching", "--extended-regexp", "-e", TAG]
  return [WORDS_PATHS.program, WORDS_PATHS.words, ...gitArgs(words)]
}

export function diffArgs(paths: string[]): string[] {
  return gitArgs(["diff", "--no-color", "--no-ext-diff", "--abbrev=10", "--", ...paths])
}

/** Where a branch of our own is kept in the checkout, beside the one that it is made on. */
export const PROPOSAL_TIP = "refs/slipway/own"

/**
 * The tip of a branch of our own, if it is there, and with it the commit that it was made on: without that a server
 * refuses to put the branch back to where it was ("shallow update not allowed").
 */
export function fetchProposalArgs(branch: GitBranch): string[] {
  return gitArgs(["fetch", "--quiet", "--depth=2", "--no-tags", "origin", `+refs/heads/${branch}:${PROPOSAL_TIP}`])
}

/** Answers by its exit code whether a branch of our own holds the same files. */
export function sameFilesArgs(): string[] {
  return gitArgs(["diff", "--quiet", "HEAD", PROPOSAL_TIP])
}

/**
 * Moves a branch of our own from one commit to another, nothing being the one that is not there. It is made anew on the
 * base's tip, so that is by force, but only over the commit that we saw in it.
 */
export function moveProposalArgs(branch: GitBranch, { from, to }: { from?: string; to?: string }): string[] {
  const ref = `refs/heads/${branch}`
  const lease = `--force-with-lease=${ref}:${from ?? ""}`
  return gitArgs(["push", "--porcelain", "--no-verify", "--no-follow-tags", lease, "origin", `${to ?? ""}:${ref}`])
}
