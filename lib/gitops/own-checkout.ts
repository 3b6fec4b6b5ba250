import type { Container } from "@dagger.io/dagger"
import { type Answer, type Attempt, askServer, runEffect, runTool } from "./exec.ts"
import { logArgs } from "./git-args.ts"
import type { GitBranch } from "./git-branch.ts"
import { gitFailure } from "./git-failure.ts"
import { type LoggedCommit, parseLog } from "./git-log.ts"
import { fetchOwnArgs, moveOwnArgs, OWN_TIP, sameFilesArgs } from "./own-branch-args.ts"
import { type PushReport, parsePushReport } from "./push-report.ts"

/** What a branch of our own points to, in a checkout that has it; none if the server has no such branch. */
export type OwnTip = { checkout: Container; tip?: LoggedCommit }

/** Looks at the branch of an earlier run. */
export async function fetchOwn(checkout: Container, branch: GitBranch, attempt: Attempt): Promise<OwnTip> {
  const fetched = await askServer(checkout, fetchOwnArgs(branch), attempt)
  if (fetched.exitCode !== 0 && /couldn't find remote ref/.test(fetched.stderr)) return { checkout }
  const log = fetched.exitCode === 0 ? await runTool(fetched.container, logArgs(["-1", OWN_TIP])) : fetched
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
export async function moveOwn(
  container: Container,
  { branch, ...move }: { branch: GitBranch; from?: string; to?: string },
  attempt: Attempt,
): Promise<{ report: PushReport; answer: Answer }> {
  const answer = await runEffect(container, moveOwnArgs(branch, move), attempt)
  return { report: parsePushReport(answer.stdout), answer }
}
