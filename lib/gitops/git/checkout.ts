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
  logArgs,
  MESSAGE_FILE,
  moveProposalArgs,
  PROPOSAL_TIP,
  PUSH_IN_TURN,
  pullArgs,
  pushArgs,
  pushInTurnArgs,
  sameFilesArgs,
  TURN_PATHS,
} from "./args.ts"
import { type CommitSigning, openSigning, signingFailure, takeBackKey } from "./commit-signing.ts"
import { type Attempt, askServer, type ExecResult, gitFailure, runEffect, runTool } from "./exec.ts"
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

/** The branch's tip in a container of git's. */
export async function cloneBranch(
  git: Container,
  { url, branch }: { url: string; branch: GitBranch },
  attempt: Attempt,
): Promise<Container> {
  const answer = await askServer(git, cloneArgs(url, branch), attempt)
  return must(answer, `the branch ${branch} of ${url}`).container.withWorkdir(CHECKOUT)
}

/** The files of a checkout, without git's own. */
export function filesOf(checkout: Container): Directory {
  return checkout.directory(CHECKOUT).withoutDirectory(".git")
}

/** A commit of the history, as the files were then. */
export async function checkoutCommit(checkout: Container, commit: string): Promise<Container> {
  return must(await runTool(checkout, checkoutArgs(commit)), `the files of the commit ${commit}`).container
}

/** Takes over what others pushed since; the checkout itself never holds a commit of ours. */
export async function pullBranch(
  checkout: Container,
  branch: GitBranch,
  attempt: Attempt,
): Promise<{ checkout: Container; pulled: PullOutcome; stderr: string }> {
  const answer = await runEffect(checkout, pullArgs(branch), attempt)
  return { checkout: answer.container, pulled: parsePull(answer), stderr: answer.stderr }
}

type NewCommit = {
  files: Map<string, FileText>
  message: string
  author: Author
  signing?: CommitSigning
}

/** Writes the files into the checkout, and answers the container that holds the commit. */
export async function commitFiles(
  checkout: Container,
  { files, message, author, signing }: NewCommit,
  attempt: Attempt,
): Promise<{ container: Container; commit: string }> {
  const key = signing && (await openSigning(signing))
  const args = commitArgs([...files.keys()], { author, signing: key?.settings ?? [] })
  const edited = withTexts(checkout, CHECKOUT, files).withNewFile(MESSAGE_FILE, message)
  const answer = await runEffect(key ? edited.with(key.lend) : edited, args, attempt)
  const commit = parseCommit(answer.stdout)
  if (answer.exitCode === 0 && commit) {
    return { container: key ? answer.container.with(takeBackKey) : answer.container, commit }
  }
  if (key) throw signingFailure(answer.stderr)
  throw gitFailure("a commit of the edited files", `${answer.stderr}\n${answer.stdout}`)
}

/** Pushes HEAD; whatever the answer is, it is a value. */
export async function pushHead(
  container: Container,
  branch: string,
  attempt: Attempt,
): Promise<{ report: PushReport; answer: ExecResult }> {
  const answer = await runEffect(container, pushArgs(branch), attempt)
  return { report: parsePushReport(answer.stdout), answer }
}

type Turn = { branch: string; author: Author; files: string[]; reads: string[]; seconds: number }

/** Pushes HEAD as often as it takes, for so long; whatever came of it is a value. */
export async function pushInTurn(
  container: Container,
  { files, reads, ...turn }: Turn,
  attempt: Attempt,
): Promise<{ turn: PushTurn; answer: ExecResult }> {
  const ready = container
    .withNewFile(TURN_PATHS.program, PUSH_IN_TURN, { permissions: 0o755 })
    .withNewFile(TURN_PATHS.files, lines(files))
    .withNewFile(TURN_PATHS.reads, lines(reads))
  const answer = await runEffect(ready, pushInTurnArgs(turn.branch, turn), attempt)
  return { turn: parsePushTurn(answer.stdout), answer }
}

function lines(paths: string[]): string {
  return paths.map((path) => `${path}\n`).join("")
}

/** What the edits look like, whether they are committed or not. */
export async function diffFiles(checkout: Container, files: Map<string, FileText>): Promise<string> {
  const answer = await runTool(withTexts(checkout, CHECKOUT, files), diffArgs([...files.keys()]))
  return must(answer, "a diff of the edited files").stdout
}

/** The commits at hand, newest first; a shallow checkout has few. */
export async function readLog(checkout: Container, range: string[]): Promise<LoggedCommit[]> {
  return parseLog(must(await runTool(checkout, logArgs(range)), "the log of the branch").stdout)
}

/** Fetches the history back to a moment. */
export async function deepen(
  checkout: Container,
  { branch, since }: { branch: GitBranch; since: number | "everything" },
  attempt: Attempt,
): Promise<Container> {
  return must(await askServer(checkout, deepenArgs(branch, since), attempt), "the history of the branch").container
}

function must(answer: ExecResult, expected: string): ExecResult {
  if (answer.exitCode === 0) return answer
  throw gitFailure(expected, answer.stderr)
}

/** What a branch of our own points to, in a checkout that has it; none if the server has no such branch. */
type ProposalTip = { checkout: Container; tip?: LoggedCommit }

/** Looks at the branch of an earlier run. */
export async function fetchProposalBranch(
  checkout: Container,
  branch: GitBranch,
  attempt: Attempt,
): Promise<ProposalTip> {
  const fetched = await askServer(checkout, fetchProposalArgs(branch), attempt)
  if (fetched.exitCode !== 0 && /couldn't find remote ref/.test(fetched.stderr)) return { checkout }
  const log = fetched.exitCode === 0 ? await runTool(fetched.container, logArgs(["-1", PROPOSAL_TIP])) : fetched
  const [tip] = log.exitCode === 0 ? parseLog(log.stdout) : []
  if (!tip) throw gitFailure(`the branch ${branch}`, log.stderr)
  return { checkout: fetched.container, tip }
}

/** Whether the commit that was made has just the files that the branch has already. */
export async function hasSameFiles(container: Container): Promise<boolean> {
  const { exitCode, stderr } = await runTool(container, sameFilesArgs())
  if (exitCode > 1) throw gitFailure("a comparison with the branch of an earlier run", stderr)
  return exitCode === 0
}

/** Moves the branch, unless somebody else did; whatever the answer is, it is a value. */
export async function moveProposalBranch(
  container: Container,
  { branch, ...move }: { branch: GitBranch; from?: string; to?: string },
  attempt: Attempt,
): Promise<{ report: PushReport; answer: ExecResult }> {
  const answer = await runEffect(container, moveProposalArgs(branch, move), attempt)
  return { report: parsePushReport(answer.stdout), answer }
}
