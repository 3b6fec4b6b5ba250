import type { Container } from "@dagger.io/dagger"
import { gitContainer } from "./access.ts"
import type { BumpContext } from "./bump-context.ts"
import { cloneBranch, deepen, readLog } from "./checkout.ts"
import { type Attempt, deadlineOf } from "./exec.ts"
import { parseGitBranch } from "./git-branch.ts"
import type { LoggedCommit } from "./git-log.ts"
import type { BumpRequest } from "./request.ts"
import { isBefore, lookBack } from "./superseded.ts"

/** A checkout of the branch's tip. */
export async function openBranch(
  { branch }: Pick<BumpRequest, "branch">,
  { access, image, gitImage = image }: BumpContext,
  attempt: Attempt,
): Promise<Container> {
  return await cloneBranch(await gitContainer(gitImage, access), { url: access.remote.url, branch }, attempt)
}

/** Every commit of a branch, newest first. */
export async function readHistory(place: BranchRead, context: BumpContext): Promise<LoggedCommit[]> {
  return (await openHistory(place, context)).log
}

/** The same, with the checkout that holds all of them. */
export async function openHistory(
  { branch, timeout }: BranchRead,
  context: BumpContext,
): Promise<{ checkout: Container; log: LoggedCommit[] }> {
  const attempt = { run: context.run, tries: 0, deadline: deadlineOf(timeout) }
  const name = parseGitBranch(branch)
  const tip = await openBranch({ branch: name }, context, attempt)
  const checkout = await deepen(tip, { branch: name, since: "everything" }, attempt)
  return { checkout, log: await readLog(checkout, []) }
}

type BranchRead = { branch: string; timeout: number }

/** As much history as it takes to know whether a newer bump is there, which mostly is the tip alone. */
export async function withHistory(
  checkout: Container,
  { branch, source }: BumpRequest,
  attempt: Attempt,
): Promise<{ checkout: Container; log: LoggedCommit[] }> {
  const tip = await readLog(checkout, ["-1"])
  if (source.order === undefined || !tip[0]) return { checkout, log: tip }
  const since = lookBack(source.order)
  if (isBefore(tip[0], since)) return { checkout, log: tip }
  const deepened = await deepen(checkout, { branch, since }, attempt)
  return { checkout: deepened, log: await readLog(deepened, []) }
}
