import { readText } from "../../config/file.ts"
import { DIGEST, TAG } from "../../oci/reference.ts"
import type { Author } from "../commit-message.ts"
import type { GitBranch } from "./remote.ts"

/** Paths of the program and of its input files. */
export const TURN_PATHS = {
  program: "/slipway/turn/push",
  /** The files that the commit changes, one a line. */
  files: "/slipway/turn/files",
  /** The paths that the edit depends on, one a line: a change to one of them could change the edit. */
  reads: "/slipway/turn/reads",
}

/**
 * BRANCH SECONDS GIT...: pushes HEAD to a branch that other writers push to as well. One container runs all tries, because
 * the start of a container takes longer than a push and would lose every race. An overtaken commit is repeated on the new
 * tip if the other commits changed no path that the edit depends on and bumped none of its images: then the same edit of
 * the new tip has the same result. Everything else (a refusal, a rewritten branch, a file that both changed) ends the
 * program, and the caller decides. A symbolic link can point outside the known paths, so with one in the tree the caller
 * repeats every edit.
 */
export const PUSH_IN_TURN = readText(new URL("./push-in-turn.sh", import.meta.url))

/** Path of the checkout in git's container. */
export const CHECKOUT = "/slipway/checkout"
export const MESSAGE_FILE = "/slipway/message"

/**
 * Settings of every call: abort when a server sends nothing for a minute, print full hashes, run no hooks of the image, do
 * not repack in the background, and keep the executable bit of the repository whatever the file system reports.
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

function gitArgs(command: string[], settings: string[] = []): string[] {
  return ["git", ...[...SETTINGS, ...settings].flatMap((setting) => ["-c", setting]), ...command]
}

/** Clones the tip alone: a bump needs neither the history nor other branches. */
export function cloneArgs(url: string, branch: GitBranch): string[] {
  const options = ["--quiet", "--depth=1", "--single-branch", "--no-tags", "--template=", `--branch=${branch}`]
  return gitArgs(["clone", ...options, "--", url, CHECKOUT])
}

/** Checks out a commit that has already been fetched. */
export function checkoutArgs(commit: string): string[] {
  return gitArgs(["checkout", "--quiet", "--detach", commit, "--"])
}

/** Pulls by fast-forward only: a rewritten branch is cloned again. Prints "Updating a..b". */
export function pullArgs(branch: GitBranch): string[] {
  return gitArgs(["pull", "--ff-only", "--no-tags", "--no-rebase", "origin", `refs/heads/${branch}`])
}

/** Makes new files known to git, so that a diff shows them and a commit of their paths finds them. */
export function intendToAddArgs(paths: string[]): string[] {
  return gitArgs(["add", "--intent-to-add", "--force", "--", ...paths])
}

/** Removes folders from the checkout and its index. */
export function removeArgs(paths: string[]): string[] {
  return gitArgs(["rm", "-r", "--quiet", "--", ...paths])
}

/** Commits these files only, whatever else has changed in the checkout. */
export function commitArgs(paths: string[], { author, signing }: { author: Author; signing: string[] }): string[] {
  const settings = [`user.name=${author.name}`, `user.email=${author.email}`, ...signing]
  const sign = signing.length > 0 ? ["--gpg-sign"] : ["--no-gpg-sign"]
  return gitArgs(
    ["commit", ...sign, "--cleanup=whitespace", `--file=${MESSAGE_FILE}`, "--only", "--", ...paths],
    settings,
  )
}

/** Pushes one full ref, never by force, because other writers share the branch. */
export function pushArgs(branch: string): string[] {
  return gitArgs(["push", "--porcelain", "--no-verify", "--no-follow-tags", "origin", `HEAD:refs/heads/${branch}`])
}

/** Repeats the push until it succeeds or the time is over; see push-in-turn.sh. */
export function pushInTurnArgs(branch: string, { author, seconds }: { author: Author; seconds: number }): string[] {
  const git = gitArgs([], [`user.name=${author.name}`, `user.email=${author.email}`])
  return [TURN_PATHS.program, branch, String(Math.max(0, Math.floor(seconds))), ...git]
}

/** git's depth for the whole history; --unshallow instead would fail in a complete checkout. */
const INFINITE = 2_147_483_647

/** Fetches the history back to a time; a bump that supersedes an image is never older than the image's source. */
export function deepenArgs(branch: GitBranch, since: number | "everything"): string[] {
  const depth = since === "everything" ? `--depth=${INFINITE}` : `--shallow-since=@${since} +0000`
  return gitArgs(["fetch", "--no-tags", depth, "origin", `refs/heads/${branch}`])
}

/** Prints commits for `parseLog`, newest first. A space before each line of a message keeps it apart from the next commit. */
export function logArgs(range: string[]): string[] {
  return gitArgs(["log", "--format=%H %ct %an%n%w(0,1,1)%B%w(0,0,0)", ...range])
}

/** The words to find, one a line, and the program that finds them; see find-words.sh. */
export const WORDS_PATHS = { words: "/slipway/words", program: "/slipway/find-words" }

/** Prints every digest in the checkout's files; exits with 1 if there is none. */
export function grepDigestsArgs(without: string[] = []): string[] {
  const grep = ["grep", "--no-color", "-h", "-I", "--only-matching", "--extended-regexp", "-e", DIGEST]
  return gitArgs([...grep, ...allBut(without)])
}

/** All files but those of some folders. */
function allBut(folders: string[]): string[] {
  return folders.length ? ["--", ".", ...folders.map((folder) => `:(exclude,literal)${folder}`)] : []
}

/** Prints those of the words that occur in the checkout's files as whole words. */
export function findWordsArgs(without: string[] = []): string[] {
  const words = ["grep", "--no-color", "-h", "-I", "--only-matching", "--extended-regexp", "-e", TAG]
  return [WORDS_PATHS.program, WORDS_PATHS.words, ...gitArgs([...words, ...allBut(without)])]
}

/** Prints the names of files with a digest or an image, each with a null byte after it; exits with 1 if there is none. */
export function imageFilesArgs(paths: string[]): string[] {
  const patterns = ["-e", DIGEST, "-e", "[iI]mage", "-e", "(newTag|repository|repo):"]
  return gitArgs([
    "grep",
    "--no-color",
    "-I",
    "-z",
    "-l",
    "--extended-regexp",
    ...patterns,
    "--",
    ...paths.map(literal),
  ])
}

/** Prints every line of these files, each after the file's name and a null byte. */
export function printFilesArgs(paths: string[]): string[] {
  return gitArgs(["grep", "--no-color", "-I", "-z", "-e", "", "--", ...paths.map(literal)])
}

/** Exits with 1 if one of the paths has no file. */
export function matchPathsArgs(paths: string[]): string[] {
  return gitArgs(["ls-files", "--error-unmatch", "--", ...paths.map(literal)])
}

function literal(path: string): string {
  return `:(top,literal)${path}`
}

/** The program that finds the last change of texts, and its queries; see last-changes.sh. */
export const CHANGES_PATHS = { queries: "/slipway/changes/queries", program: "/slipway/changes/find" }

/** Prints for each query its number, and the last commit that added or removed its text, as logArgs does. */
export function lastChangesArgs(): string[] {
  return [CHANGES_PATHS.program, CHANGES_PATHS.queries, ...logArgs(["-1"])]
}

export function diffArgs(paths: string[]): string[] {
  return gitArgs(["diff", "--no-color", "--no-ext-diff", "--abbrev=10", "--", ...paths])
}

const RENDERED = "/slipway/rendered"
/** The program that commits rendered manifests, and its input files. */
export const RENDERED_PATHS = {
  program: `${RENDERED}/commit`,
  paths: `${RENDERED}/paths`,
  message: `${RENDERED}/message`,
  tree: `${RENDERED}/tree`,
}
const RENDERED_TIP = "refs/slipway/rendered"

export function fetchRenderedArgs(branch: GitBranch): string[] {
  return gitArgs(["fetch", "--quiet", "--depth=1", "--no-tags", "origin", `+refs/heads/${branch}:${RENDERED_TIP}`])
}

export function commitRenderedArgs({ author, signing }: { author: Author; signing: string[] }): string[] {
  const git = gitArgs([], [`user.name=${author.name}`, `user.email=${author.email}`, ...signing])
  return [RENDERED_PATHS.program, signing.length > 0 ? "--gpg-sign" : "", ...git]
}

/** Pushes both branches or none, never by force. */
export function pushBothArgs({ target, rendered }: PushedBranches): string[] {
  const options = ["--porcelain", "--atomic", "--no-verify", "--no-follow-tags"]
  const refs = [`HEAD:refs/heads/${target}`, ...(rendered ? [`${rendered.commit}:refs/heads/${rendered.branch}`] : [])]
  return gitArgs(["push", ...options, "origin", ...refs])
}

type PushedBranches = { target: GitBranch; rendered?: { branch: GitBranch; commit: string } }

/** The checkout's ref for the branch of a proposal. */
export const PROPOSAL_TIP = "refs/slipway/own"

/**
 * Fetches the tip of a proposal's branch and its parent: without the parent, a server refuses to restore the branch
 * ("shallow update not allowed").
 */
export function fetchProposalArgs(branch: GitBranch): string[] {
  return gitArgs(["fetch", "--quiet", "--depth=2", "--no-tags", "origin", `+refs/heads/${branch}:${PROPOSAL_TIP}`])
}

/** Exits with 0 if the proposal's branch has the same files as HEAD. */
export function sameFilesArgs(): string[] {
  return gitArgs(["diff", "--quiet", "HEAD", PROPOSAL_TIP])
}

/**
 * Moves a proposal's branch from one commit to another; without `from` it creates the branch, without `to` it deletes it.
 * The new commit is based on the base's tip, so the push is forced, but only over the commit that was seen there.
 */
export function moveProposalArgs(branch: GitBranch, { from, to }: { from?: string; to?: string }): string[] {
  const ref = `refs/heads/${branch}`
  const lease = `--force-with-lease=${ref}:${from ?? ""}`
  return gitArgs(["push", "--porcelain", "--no-verify", "--no-follow-tags", lease, "origin", `${to ?? ""}:${ref}`])
}
