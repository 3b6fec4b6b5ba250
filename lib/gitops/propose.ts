import type { Container } from "@dagger.io/dagger"
import { errorMessage } from "../error.ts"
import { openBranch } from "./branch-history.ts"
import { outOfTime, waitForTurn } from "./bump.ts"
import type { BumpContext } from "./bump-context.ts"
import { type BumpPlan, commitPlan, planOn, unneeded } from "./bump-plan.ts"
import { diffFiles } from "./checkout.ts"
import type { Delivery } from "./delivery.ts"
import { type Attempt, deadlineOf } from "./exec.ts"
import { findRequest, mergeRequest, openRequest } from "./forge/ask.ts"
import type { OpenRequest, Proposal } from "./forge/forge.ts"
import type { GitBranch } from "./git-branch.ts"
import { isTransient, lastWords } from "./git-failure.ts"
import type { LoggedCommit } from "./git-log.ts"
import type { BumpOutcome, SupersededBy } from "./outcome.ts"
import { ownBranch } from "./own-branch.ts"
import { fetchOwn, hasSameFiles, moveOwn } from "./own-checkout.ts"
import { proposalText } from "./proposal-text.ts"
import { pushRefused } from "./push-refused.ts"
import { type BumpRequest, trailersOf } from "./request.ts"
import { findNewer } from "./superseded.ts"

/** A delivery by request, to a forge that was found to be there. */
export type RequestDelivery = Extract<Delivery, { kind: "request" }>

/** The open request for a change, if there is one; asks for no more than a token that may read. */
export async function openRequestFor(
  { branch, changes }: BumpRequest,
  delivery: RequestDelivery,
): Promise<OpenRequest | undefined> {
  return await findRequest({ head: ownBranch(branch, changes), base: branch }, delivery)
}

type Proposing = { request: BumpRequest; context: BumpContext; delivery: RequestDelivery; attempt: Attempt }

/**
 * Proposes the change from a branch of its own, made on the tip of the base: the request that is open for the same
 * places is updated, otherwise one is opened. Nothing is proposed that is in the base already.
 */
export async function proposeBump(
  request: BumpRequest,
  { context, delivery }: { context: BumpContext; delivery: RequestDelivery },
): Promise<BumpOutcome> {
  const deadline = deadlineOf(request.timeout)
  for (let tries = 1; ; tries++) {
    const proposing = { request, context, delivery, attempt: { run: context.run, tries, deadline } }
    const plan = await planOn(await openBranch(request, context, proposing.attempt), request, proposing)
    if (plan.files.size === 0) return unneeded(plan)
    const branch = ownBranch(request.branch, request.changes)
    const own = await lookAtOwn(plan, branch, proposing)
    const [newer] = own.newer
    if (newer) return { status: "superseded", commit: newer.commit, kept: own.newer, request: own.open?.url }
    const pushed = await pushOwn(plan, { ...own, branch }, proposing)
    if (pushed.status === "pushed") return await requested(plan, { ...own, ...pushed, branch }, proposing)
    if (await waitForTurn(tries, deadline)) continue
    throw outOfTime(tries, { request: { ...request, branch }, answer: pushed.answer })
  }
}

type Own = { checkout: Container; open?: OpenRequest; tip?: LoggedCommit; newer: SupersededBy[] }

/** What earlier runs left: their branch, and the request if it is still open. One that was closed holds nothing. */
export async function lookAtOwn(
  plan: Pick<BumpPlan, "checkout">,
  branch: GitBranch,
  { request, delivery, attempt }: Omit<Proposing, "context">,
): Promise<Own> {
  const [open, own] = await Promise.all([openRequestFor(request, delivery), fetchOwn(plan.checkout, branch, attempt)])
  const log = open && own.tip ? [own.tip] : []
  const newer = request.changes.flatMap(trailersOf).flatMap((trailer) => findNewer(log, trailer, request) ?? [])
  return { ...own, ...(open && { open }), newer }
}

type OnOwn = Own & { branch: GitBranch }
type Pushed = { status: "pushed"; container: Container; commit: string; message: string; moved: boolean }

/** A branch that has it all already stays as it is: another commit would only take its approvals away. */
async function pushOwn(plan: BumpPlan, { checkout, tip, branch }: OnOwn, proposing: Proposing) {
  const { request, attempt } = proposing
  const made = await commitPlan({ ...plan, checkout }, proposing)
  if (tip && tip.trailers.source.order === request.source.order && (await hasSameFiles(made.container))) {
    return { ...made, status: "pushed" as const, commit: tip.commit, moved: false }
  }
  const { report, answer } = await moveOwn(made.container, { branch, from: tip?.commit, to: made.commit }, attempt)
  if (report.status === "accepted" || report.status === "up-to-date") {
    return { ...made, status: "pushed" as const, moved: true }
  }
  const raced =
    report.status === "behind" || (await fetchOwn(answer.container, branch, attempt)).tip?.commit !== tip?.commit
  if (raced || (report.status === "unanswered" && isTransient(answer.stderr)))
    return { status: "again" as const, answer }
  throw pushRefused(branch, { report, answer })
}

/** From here on there is a branch: if no request comes of it, it is put back to where it was. */
async function requested(plan: BumpPlan, pushed: OnOwn & Pushed, proposing: Proposing): Promise<BumpOutcome> {
  const { request, delivery } = proposing
  const { branch, commit } = pushed
  const text = proposalText(pushed.message, { ...plan, base: request.branch })
  const proposal = { head: branch, base: request.branch, ...text }
  const opened = await openOrPutBack(proposal, pushed, proposing)
  const diff = await diffFiles(plan.checkout, plan.files)
  const merge = delivery.autoMerge ? await mergeRequest({ request: opened.request, commit }, delivery) : "manual"
  return {
    status: "requested",
    commit,
    diff,
    files: [...plan.files.keys()],
    changes: plan.changes,
    request: { url: opened.request.url, noun: delivery.forge.noun, how: opened.how, branch, merge },
    kept: plan.kept,
    notes: plan.notes,
  }
}

/** The request for what was pushed; an error leaves the branch where it was, or names it. */
export async function openOrPutBack(
  proposal: Proposal,
  pushed: Omit<OnOwn & Pushed, "newer" | "checkout" | "status" | "message">,
  { delivery, attempt }: Pick<Proposing, "delivery" | "attempt">,
): Promise<Awaited<ReturnType<typeof openRequest>>> {
  try {
    return await openRequest(proposal, delivery, pushed.open)
  } catch (error) {
    const { branch, commit } = pushed
    const failure = pushed.moved ? await putBack(pushed, attempt) : undefined
    throw failure === undefined ? error : withLeftBranch(error, { branch, commit, failure })
  }
}

/** However late it is by then, a branch is not left behind for want of time. */
const PUT_BACK_SECONDS = 30

/** Why the branch is not where it was; nothing if it is, or if somebody moved it since: then it is left to them. */
async function putBack(
  { container, branch, commit, tip }: Pick<OnOwn & Pushed, "container" | "branch" | "commit" | "tip">,
  attempt: Attempt,
): Promise<string | undefined> {
  const last = { ...attempt, deadline: deadlineOf(PUT_BACK_SECONDS) }
  try {
    const { report, answer } = await moveOwn(container, { branch, from: commit, to: tip?.commit }, last)
    return report.status === "refused" || report.status === "unanswered" ? lastWords(answer.stderr) : undefined
  } catch (error) {
    return errorMessage(error)
  }
}

type LeftBranch = { branch: GitBranch; commit: string; failure: string }

/** The error that led here is the one to be told of, with its code and what hangs on it; what it left is added. */
function withLeftBranch(error: unknown, { branch, commit, failure }: LeftBranch): unknown {
  if (!(error instanceof Error)) return error
  const left = `Its branch ${branch} could not be put back and may still be at ${commit} (${failure})`
  error.message = `${error.message} ${left}: delete it, or run this again.`
  return error
}
