import type { Container } from "@dagger.io/dagger"
import { errorMessage } from "../error.ts"
import { type BumpPlan, bump, commitPlan, outOfTime, planBump, planOn, unneeded, waitForTurn } from "./bump.ts"
import type { BumpContext, Delivery } from "./context.ts"
import type { OpenRequest, Proposal } from "./forge/forge.ts"
import { findRequest, mergeRequest, openRequest } from "./forge/pull-request.ts"
import { diffFiles, fetchProposalBranch, hasSameFiles, moveProposalBranch } from "./git/checkout.ts"
import { type Attempt, deadlineOf, isTransient, lastWords, pushRefusal } from "./git/exec.ts"
import type { LoggedCommit } from "./git/output.ts"
import type { GitBranch } from "./git/remote.ts"
import { findNewer, openBranch } from "./history.ts"
import type { BumpOutcome, PlannedProposal, SupersededBy } from "./outcome.ts"
import type { BuildChange } from "./overlay/verdict.ts"
import { type BumpRequest, proposalBranch, trailersOf } from "./request.ts"

/** The least that a forge takes as a title (GitLab, 255). */
const TITLE = 250
/** More than anybody reads; the diff is on the same page. */
const MOST_CHANGES = 50

/**
 * What a reviewer reads: the commit's own words, what changes in the manifests, and the trailers last, so that they are
 * still trailers where a forge makes the text the message of a squashed commit.
 */
export function proposalText(
  message: string,
  { changes, notes, base }: { changes: BuildChange[]; notes: string[]; base: string },
): { title: string; body: string } {
  const [subject = "", ...rest] = message.trimEnd().split("\n")
  const paragraphs = rest.join("\n").trim().split("\n\n")
  const trailers = paragraphs.pop() ?? ""
  const shown = changes.slice(0, MOST_CHANGES).map(changeLine)
  const more = changes.length > MOST_CHANGES ? [`- and ${changes.length - MOST_CHANGES} more`] : []
  const parts = [
    ...paragraphs,
    [...shown, ...more].join("\n"),
    notes.map((note) => `Note: ${note}`).join("\n"),
    `This branch is made anew on ${code(base)} by the next bump of the same image; what is pushed to it by hand is lost.`,
    trailers,
  ]
  const title = subject.length > TITLE ? `${subject.slice(0, TITLE - 1)}…` : subject
  return { title, body: parts.filter(Boolean).join("\n\n") }
}

function changeLine({ object, field, from, to }: BuildChange): string {
  const what = code(`${object} ${field.replace(/^\./, "")}`)
  return `- ${what}: ${code(from ?? "nothing")} → ${code(to ?? "nothing")}`
}

function code(text: string): string {
  return `\`${text.replaceAll("`", "'").replace(/\s+/g, " ")}\``
}

/** A delivery by request, to a forge that was found to be there. */
export type RequestDelivery = Extract<Delivery, { kind: "request" }>

/** The open request for a change, if there is one; asks for no more than a token that may read. */
async function openRequestFor(
  { branch, changes }: BumpRequest,
  delivery: RequestDelivery,
): Promise<OpenRequest | undefined> {
  return await findRequest({ head: proposalBranch(branch, changes), base: branch }, delivery)
}

type ProposalStep = { request: BumpRequest; context: BumpContext; delivery: RequestDelivery; attempt: Attempt }

/**
 * Proposes the change from a branch of its own, made on the tip of the base: the request that is open for the same
 * places is updated, otherwise one is opened. Nothing is proposed that is in the base already.
 */
async function proposeBump(
  request: BumpRequest,
  { context, delivery }: { context: BumpContext; delivery: RequestDelivery },
): Promise<BumpOutcome> {
  const deadline = deadlineOf(request.timeout)
  for (let tries = 1; ; tries++) {
    const proposing = { request, context, delivery, attempt: { run: context.run, tries, deadline } }
    const plan = await planOn(await openBranch(request, context, proposing.attempt), request, proposing)
    if (plan.files.size === 0) return unneeded(plan)
    const branch = proposalBranch(request.branch, request.changes)
    const own = await readProposalBranch(plan, branch, proposing)
    const [newer] = own.newer
    if (newer) return { status: "superseded", commit: newer.commit, kept: own.newer, request: own.open?.url }
    const pushed = await pushProposalBranch(plan, { ...own, branch }, proposing)
    if (pushed.status === "pushed") return await openProposal(plan, { ...own, ...pushed, branch }, proposing)
    if (await waitForTurn(tries, deadline)) continue
    throw outOfTime(tries, { request: { ...request, branch }, answer: pushed.answer })
  }
}

type ProposalBranchState = { checkout: Container; open?: OpenRequest; tip?: LoggedCommit; newer: SupersededBy[] }

/** What earlier runs left: their branch, and the request if it is still open. One that was closed holds nothing. */
export async function readProposalBranch(
  plan: Pick<BumpPlan, "checkout">,
  branch: GitBranch,
  { request, delivery, attempt }: Omit<ProposalStep, "context">,
): Promise<ProposalBranchState> {
  const [open, own] = await Promise.all([
    openRequestFor(request, delivery),
    fetchProposalBranch(plan.checkout, branch, attempt),
  ])
  const log = open && own.tip ? [own.tip] : []
  const newer = request.changes.flatMap(trailersOf).flatMap((trailer) => findNewer(log, trailer, request) ?? [])
  return { ...own, ...(open && { open }), newer }
}

type ProposalBranch = ProposalBranchState & { branch: GitBranch }
type PushedBranch = { status: "pushed"; container: Container; commit: string; message: string; moved: boolean }

/** A branch that has it all already stays as it is: another commit would only take its approvals away. */
async function pushProposalBranch(plan: BumpPlan, { checkout, tip, branch }: ProposalBranch, proposing: ProposalStep) {
  const { request, attempt } = proposing
  const made = await commitPlan({ ...plan, checkout }, proposing)
  if (tip && tip.trailers.source.order === request.source.order && (await hasSameFiles(made.container))) {
    return { ...made, status: "pushed" as const, commit: tip.commit, moved: false }
  }
  const { report, answer } = await moveProposalBranch(
    made.container,
    { branch, from: tip?.commit, to: made.commit },
    attempt,
  )
  if (report.status === "accepted" || report.status === "up-to-date") {
    return { ...made, status: "pushed" as const, moved: true }
  }
  const raced =
    report.status === "behind" ||
    (await fetchProposalBranch(answer.container, branch, attempt)).tip?.commit !== tip?.commit
  if (raced || (report.status === "unanswered" && isTransient(answer.stderr)))
    return { status: "again" as const, answer }
  throw pushRefusal(branch, { report, answer })
}

/** From here on there is a branch: if no request comes of it, it is put back to where it was. */
async function openProposal(
  plan: BumpPlan,
  pushed: ProposalBranch & PushedBranch,
  proposing: ProposalStep,
): Promise<BumpOutcome> {
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
  pushed: Omit<ProposalBranch & PushedBranch, "newer" | "checkout" | "status" | "message">,
  { delivery, attempt }: Pick<ProposalStep, "delivery" | "attempt">,
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
  { container, branch, commit, tip }: Pick<ProposalBranch & PushedBranch, "container" | "branch" | "commit" | "tip">,
  attempt: Attempt,
): Promise<string | undefined> {
  const last = { ...attempt, deadline: deadlineOf(PUT_BACK_SECONDS) }
  try {
    const { report, answer } = await moveProposalBranch(container, { branch, from: commit, to: tip?.commit }, last)
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

/** Brings a change into its branch in the way that was chosen. */
export async function deliverBump(request: BumpRequest, context: BumpContext): Promise<BumpOutcome> {
  const { delivery } = context
  return delivery?.kind === "request" ? await proposeBump(request, { context, delivery }) : await bump(request, context)
}

/** Shows what that would do, and does nothing. A forge that does not take the token is an error here already. */
export async function planDelivery(
  request: BumpRequest,
  context: BumpContext,
): Promise<BumpPlan & { diff: string; proposal?: PlannedProposal }> {
  const { delivery } = context
  if (delivery?.kind !== "request") return await planBump(request, context)
  const [plan, open] = await Promise.all([planBump(request, context), openRequestFor(request, delivery)])
  const branch = proposalBranch(request.branch, request.changes)
  return { ...plan, proposal: { noun: delivery.forge.noun, branch, ...(open && { open: open.url }) } }
}
