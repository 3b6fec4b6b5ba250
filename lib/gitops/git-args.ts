import { DIGEST, TAG } from "../oci/reference.ts"
import type { Author } from "./commit-message.ts"
import type { GitBranch } from "./git-branch.ts"
import { TURN_PATHS } from "./push-in-turn.ts"

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
export function gitArgs(command: string[], settings: string[] = []): string[] {
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
