import type { Container, Directory } from "@dagger.io/dagger"
import type { Author } from "./commit-message.ts"
import { type CommitSigning, openSigning, takeBackKey } from "./commit-signing.ts"
import { type Answer, type Attempt, askServer, runEffect, runTool } from "./exec.ts"
import { withTexts } from "./file-text.ts"
import {
  CHECKOUT,
  checkoutArgs,
  cloneArgs,
  commitArgs,
  deepenArgs,
  diffArgs,
  logArgs,
  MESSAGE_FILE,
  pullArgs,
  pushArgs,
  pushInTurnArgs,
} from "./git-args.ts"
import type { GitBranch } from "./git-branch.ts"
import { gitFailure } from "./git-failure.ts"
import { type LoggedCommit, parseLog } from "./git-log.ts"
import { type Pulled, parseCommit, parsePull } from "./git-output.ts"
import { PUSH_IN_TURN, TURN_PATHS } from "./push-in-turn.ts"
import { type PushReport, parsePushReport } from "./push-report.ts"
import { type PushTurn, parsePushTurn } from "./push-turn.ts"
import { signingFailure } from "./signing-failure.ts"
import type { FileText } from "./text-encoding.ts"

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
): Promise<{ checkout: Container; pulled: Pulled; stderr: string }> {
  const answer = await runEffect(checkout, pullArgs(branch), attempt)
  return { checkout: answer.container, pulled: parsePull(answer), stderr: answer.stderr }
}

export type NewCommit = {
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
): Promise<{ report: PushReport; answer: Answer }> {
  const answer = await runEffect(container, pushArgs(branch), attempt)
  return { report: parsePushReport(answer.stdout), answer }
}

export type Turn = { branch: string; author: Author; files: string[]; reads: string[]; seconds: number }

/** Pushes HEAD as often as it takes, for so long; whatever came of it is a value. */
export async function pushInTurn(
  container: Container,
  { files, reads, ...turn }: Turn,
  attempt: Attempt,
): Promise<{ turn: PushTurn; answer: Answer }> {
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

function must(answer: Answer, expected: string): Answer {
  if (answer.exitCode === 0) return answer
  throw gitFailure(expected, answer.stderr)
}
