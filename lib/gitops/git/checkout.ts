import type { Container, Directory } from "@dagger.io/dagger"
import type { Author } from "../commit-message.ts"
import { type FileText, withTexts } from "../file-text.ts"
import {
  CHECKOUT,
  checkoutArgs,
  cloneArgs,
  commitArgs,
  deepenArgs,
  diffArgs,
  fetchProposalArgs,
  intendToAddArgs,
  logArgs,
  MESSAGE_FILE,
  moveProposalArgs,
  PROPOSAL_TIP,
  PUSH_IN_TURN,
  pullArgs,
  pushArgs,
  pushInTurnArgs,
  removeArgs,
  sameFilesArgs,
  TURN_PATHS,
} from "./args.ts"
import { type CommitSigning, openSigning, removeKey, signingFailure } from "./commit-signing.ts"
import { type Attempt, type ExecResult, gitFailure, queryServer, runEffect, runTool } from "./exec.ts"
import {
  type LoggedCommit,
  type PullOutcome,
  type PushReport,
  type PushTurn,
  parseCommit,
  parseLog,
  parsePull,
  parsePushReport,
  parsePushTurn,
} from "./output.ts"
import type { GitBranch } from "./remote.ts"

/** Clones the branch's tip. */
export async function cloneBranch(
  git: Container,
  { url, branch }: { url: string; branch: GitBranch },
  attempt: Attempt,
): Promise<Container> {
  const result = await queryServer(git, cloneArgs(url, branch), attempt)
  return requireSuccess(result, `to clone the branch ${branch} of ${url}`).container.withWorkdir(CHECKOUT)
}

/** The files of a checkout, without .git. */
export function filesOf(checkout: Container): Directory {
  return checkout.directory(CHECKOUT).withoutDirectory(".git")
}

/** Checks out the files of an earlier commit. */
export async function checkoutCommit(checkout: Container, commit: string): Promise<Container> {
  return requireSuccess(await runTool(checkout, checkoutArgs(commit)), `to check out the commit ${commit}`).container
}

/** Pulls commits of other writers; the checkout itself never has a commit of this run. */
export async function pullBranch(
  checkout: Container,
  branch: GitBranch,
  attempt: Attempt,
): Promise<{ checkout: Container; pulled: PullOutcome; stderr: string }> {
  const result = await runEffect(checkout, pullArgs(branch), attempt)
  return { checkout: result.container, pulled: parsePull(result), stderr: result.stderr }
}

/** Adds files that the branch does not have, uncommitted, so that they can be compared and committed as others. */
export async function addFiles(checkout: Container, files: Map<string, FileText>): Promise<Container> {
  if (files.size === 0) return checkout
  const added = await runTool(withTexts(checkout, CHECKOUT, files), intendToAddArgs([...files.keys()]))
  return requireSuccess(added, "to add the files of a new overlay").container
}

type Commit = { message: string; author: Author; signing?: CommitSigning }
type NewCommit = Commit & { files: Map<string, FileText> }

/** Writes and commits the files; returns the container with the commit. */
export async function commitFiles(
  checkout: Container,
  { files, message, author, signing }: NewCommit,
  attempt: Attempt,
): Promise<{ container: Container; commit: string }> {
  const edited = withTexts(checkout, CHECKOUT, files)
  return await commitPaths(edited, { paths: [...files.keys()], message, author, ...(signing && { signing }) }, attempt)
}

/** Removes folders, and commits that; returns the container with the commit. */
export async function commitRemoval(
  checkout: Container,
  commit: Commit & { paths: string[] },
  attempt: Attempt,
): Promise<{ container: Container; commit: string }> {
  const removed = requireSuccess(await runTool(checkout, removeArgs(commit.paths)), "to remove folders")
  return await commitPaths(removed.container, commit, attempt)
}

async function commitPaths(
  edited: Container,
  { paths, message, author, signing }: Commit & { paths: string[] },
  attempt: Attempt,
): Promise<{ container: Container; commit: string }> {
  const key = signing && (await openSigning(signing))
  const args = commitArgs(paths, { author, signing: key?.settings ?? [] })
  const ready = edited.withNewFile(MESSAGE_FILE, message)
  const result = await runEffect(key ? ready.with(key.mount) : ready, args, attempt)
  const commit = parseCommit(result.stdout)
  if (result.exitCode === 0 && commit) {
    return { container: key ? result.container.with(removeKey) : result.container, commit }
  }
  if (key) throw signingFailure(result.stderr)
  throw gitFailure("to commit the edited files", `${result.stderr}\n${result.stdout}`)
}

/** Pushes HEAD; a refusal is a value, not an error. */
export async function pushHead(
  container: Container,
  branch: string,
  attempt: Attempt,
): Promise<{ report: PushReport; result: ExecResult }> {
  const result = await runEffect(container, pushArgs(branch), attempt)
  return { report: parsePushReport(result.stdout), result }
}

type Turn = { branch: string; author: Author; files: string[]; reads: string[]; seconds: number }

/** Pushes HEAD repeatedly for `seconds`; a refusal is a value, not an error. */
export async function pushInTurn(
  container: Container,
  { files, reads, ...turn }: Turn,
  attempt: Attempt,
): Promise<{ turn: PushTurn; result: ExecResult }> {
  const ready = container
    .withNewFile(TURN_PATHS.program, PUSH_IN_TURN, { permissions: 0o755 })
    .withNewFile(TURN_PATHS.files, lines(files))
    .withNewFile(TURN_PATHS.reads, lines(reads))
  const result = await runEffect(ready, pushInTurnArgs(turn.branch, turn), attempt)
  return { turn: parsePushTurn(result.stdout), result }
}

function lines(paths: string[]): string {
  return paths.map((path) => `${path}\n`).join("")
}

/** Renders the edits as a diff, whether or not they are committed. */
export async function diffFiles(checkout: Container, files: Map<string, FileText>): Promise<string> {
  const result = await runTool(withTexts(checkout, CHECKOUT, files), diffArgs([...files.keys()]))
  return requireSuccess(result, "to diff the edited files").stdout
}

/** Reads the fetched commits, newest first; a shallow checkout has few. */
export async function readLog(checkout: Container, range: string[]): Promise<LoggedCommit[]> {
  return parseLog(requireSuccess(await runTool(checkout, logArgs(range)), "to read the branch's log").stdout)
}

/** Fetches the history back to a time. */
export async function deepen(
  checkout: Container,
  { branch, since }: { branch: GitBranch; since: number | "everything" },
  attempt: Attempt,
): Promise<Container> {
  const result = await queryServer(checkout, deepenArgs(branch, since), attempt)
  return requireSuccess(result, "to fetch the branch's history").container
}

function requireSuccess(result: ExecResult, expected: string): ExecResult {
  if (result.exitCode === 0) return result
  throw gitFailure(expected, result.stderr)
}

/** The tip of a proposal's branch; none if the server has no such branch. */
type ProposalTip = { checkout: Container; tip?: LoggedCommit }

/** Fetches the branch of an earlier run. */
export async function fetchProposalBranch(
  checkout: Container,
  branch: GitBranch,
  attempt: Attempt,
): Promise<ProposalTip> {
  const fetched = await queryServer(checkout, fetchProposalArgs(branch), attempt)
  if (fetched.exitCode !== 0 && /couldn't find remote ref/.test(fetched.stderr)) return { checkout }
  const log = fetched.exitCode === 0 ? await runTool(fetched.container, logArgs(["-1", PROPOSAL_TIP])) : fetched
  const [tip] = log.exitCode === 0 ? parseLog(log.stdout) : []
  if (!tip) throw gitFailure(`to fetch the branch ${branch}`, log.stderr)
  return { checkout: fetched.container, tip }
}

/** Whether the new commit has the same files as the branch of an earlier run. */
export async function hasSameFiles(container: Container): Promise<boolean> {
  const { exitCode, stderr } = await runTool(container, sameFilesArgs())
  if (exitCode > 1) throw gitFailure("to compare the commit with the branch of an earlier run", stderr)
  return exitCode === 0
}

/** Moves the branch unless another writer did; a refusal is a value, not an error. */
export async function moveProposalBranch(
  container: Container,
  { branch, ...move }: { branch: GitBranch; from?: string; to?: string },
  attempt: Attempt,
): Promise<{ report: PushReport; result: ExecResult }> {
  const result = await runEffect(container, moveProposalArgs(branch, move), attempt)
  return { report: parsePushReport(result.stdout), result }
}
