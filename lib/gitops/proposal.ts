import type { Container } from "@dagger.io/dagger"
import { errorMessage } from "../error.ts"
import {
  type BumpPlan,
  bump,
  commitPlan,
  outcomeWithoutChange,
  outOfTime,
  planBump,
  planOn,
  waitForTurn,
} from "./bump.ts"
import { requireNoneAdded } from "./checks/violations.ts"
import type { BumpContext, Delivery } from "./context.ts"
import type { OpenRequest, Proposal } from "./forge/forge.ts"
import { findRequest, mergeRequest, openRequest } from "./forge/pull-request.ts"
import { diffFiles, fetchProposalBranch, hasSameFiles, moveProposalBranch } from "./git/checkout.ts"
import { type Attempt, deadlineOf, isTransient, lastLines, pushRefusal } from "./git/exec.ts"
import type { LoggedCommit } from "./git/output.ts"
import type { GitBranch } from "./git/remote.ts"
import { findNewer, openBranch } from "./history.ts"
import type { BumpOutcome, PlannedProposal, SupersededBy } from "./outcome.ts"
import type { BuildChange } from "./overlay/verdict.ts"
import { type BumpRequest, proposalBranch, trailersOf } from "./request.ts"

/** Below the shortest limit of any forge's title (GitLab, 255). */
const TITLE = 250
/** A longer list has no readers; the diff is on the same page. */
const MOST_CHANGES = 50

/**
 * Renders the commit's message, the changes in the manifests and the trailers. The trailers come last, so that they stay
 * trailers where a forge uses the text as the message of a squashed commit.
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
    `The next bump of the same image rebuilds this branch on ${code(base)} and discards commits that were pushed to it by hand.`,
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

export type RequestDelivery = Extract<Delivery, { kind: "request" }>

/** The open pull request for a change, if any; needs only read permission. */
async function openRequestFor(
  { branch, changes }: BumpRequest,
  delivery: RequestDelivery,
): Promise<OpenRequest | undefined> {
  return await findRequest({ head: proposalBranch(branch, changes), base: branch }, delivery)
}

type ProposalStep = { request: BumpRequest; context: BumpContext; delivery: RequestDelivery; attempt: Attempt }

/**
 * Proposes the change from a separate branch on the tip of the base. Updates the open pull request for the same places,
 * or opens one. Proposes nothing that the base already contains.
 */
async function proposeBump(
  request: BumpRequest,
  { context, delivery }: { context: BumpContext; delivery: RequestDelivery },
): Promise<BumpOutcome> {
  const deadline = deadlineOf(request.timeout)
  for (let tries = 1; ; tries++) {
    const proposing = { request, context, delivery, attempt: { run: context.run, tries, deadline } }
    const plan = await planOn(await openBranch(request, context, proposing.attempt), request, proposing)
    if (plan.files.size === 0) return outcomeWithoutChange(plan)
    if (plan.checked) requireNoneAdded(plan.checked.report)
    const branch = proposalBranch(request.branch, request.changes)
    const own = await readProposalBranch(plan, branch, proposing)
    const [newer] = own.newer
    if (newer) return { status: "superseded", commit: newer.commit, kept: own.newer, request: own.open?.url }
    const pushed = await pushProposalBranch(plan, { ...own, branch }, proposing)
    if (pushed.status === "pushed") return await openProposal(plan, { ...own, ...pushed, branch }, proposing)
    if (await waitForTurn(tries, deadline)) continue
    throw outOfTime(tries, { request: { ...request, branch }, result: pushed.result })
  }
}

type ProposalBranchState = { checkout: Container; open?: OpenRequest; tip?: LoggedCommit; newer: SupersededBy[] }

/** Reads the branch and the open pull request of earlier runs. A closed request does not supersede a bump. */
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

/** A branch with the same files stays unchanged, because another commit would only dismiss its approvals. */
async function pushProposalBranch(plan: BumpPlan, { checkout, tip, branch }: ProposalBranch, proposing: ProposalStep) {
  const { request, attempt } = proposing
  const made = await commitPlan({ ...plan, checkout }, proposing)
  if (tip && tip.trailers.source.order === request.source.order && (await hasSameFiles(made.container))) {
    return { ...made, status: "pushed" as const, commit: tip.commit, moved: false }
  }
  const { report, result } = await moveProposalBranch(
    made.container,
    { branch, from: tip?.commit, to: made.commit },
    attempt,
  )
  if (report.status === "accepted" || report.status === "up-to-date") {
    return { ...made, status: "pushed" as const, moved: true }
  }
  const raced =
    report.status === "behind" ||
    (await fetchProposalBranch(result.container, branch, attempt)).tip?.commit !== tip?.commit
  if (raced || (report.status === "no-response" && isTransient(result.stderr)))
    return { status: "again" as const, result }
  throw pushRefusal(branch, { report, result })
}

/** Opens the request for a pushed branch; without a request, the branch is restored. */
async function openProposal(
  plan: BumpPlan,
  pushed: ProposalBranch & PushedBranch,
  proposing: ProposalStep,
): Promise<BumpOutcome> {
  const { request, delivery } = proposing
  const { branch, commit, message } = pushed
  const text = proposalText(pushed.message, { ...plan, base: request.branch })
  const proposal = { head: branch, base: request.branch, ...text }
  const opened = await openOrRestore(proposal, pushed, proposing)
  const diff = await diffFiles(plan.checkout, plan.files)
  const merge = delivery.autoMerge
    ? await mergeRequest({ request: opened.request, commit, message }, delivery)
    : "manual"
  return {
    status: "requested",
    commit,
    diff,
    files: [...plan.files.keys()],
    changes: plan.changes,
    request: { url: opened.request.url, noun: delivery.forge.noun, how: opened.how, branch, merge },
    kept: plan.kept,
    notes: plan.notes,
    ...(plan.checked && { checks: plan.checked.report }),
  }
}

/** Opens the request; on failure, restores the branch or names it in the error. */
export async function openOrRestore(
  proposal: Proposal,
  pushed: Omit<ProposalBranch & PushedBranch, "newer" | "checkout" | "status" | "message">,
  { delivery, attempt }: Pick<ProposalStep, "delivery" | "attempt">,
): Promise<Awaited<ReturnType<typeof openRequest>>> {
  try {
    return await openRequest(proposal, delivery, pushed.open)
  } catch (error) {
    const { branch, commit } = pushed
    const failure = pushed.moved ? await restoreBranch(pushed, attempt) : undefined
    throw failure === undefined ? error : withLeftoverBranch(error, { branch, commit, failure })
  }
}

/** Restoring the branch gets this time even after the deadline. */
const RESTORE_SECONDS = 30

/** Returns why the branch could not be restored; nothing if it was, or if another writer moved it since. */
async function restoreBranch(
  { container, branch, commit, tip }: Pick<ProposalBranch & PushedBranch, "container" | "branch" | "commit" | "tip">,
  attempt: Attempt,
): Promise<string | undefined> {
  const last = { ...attempt, deadline: deadlineOf(RESTORE_SECONDS) }
  try {
    const { report, result } = await moveProposalBranch(container, { branch, from: commit, to: tip?.commit }, last)
    return report.status === "refused" || report.status === "no-response" ? lastLines(result.stderr) : undefined
  } catch (error) {
    return errorMessage(error)
  }
}

type LeftoverBranch = { branch: GitBranch; commit: string; failure: string }

/** Adds the branch to the original error, whose code and properties stay. */
function withLeftoverBranch(error: unknown, { branch, commit, failure }: LeftoverBranch): unknown {
  if (!(error instanceof Error)) return error
  const left = `Delete the branch ${branch}, or run this again: it could not be restored and may still be at ${commit}`
  error.message = `${error.message} ${left} (${failure}).`
  return error
}

/** Delivers a bump by a push or by a pull request. */
export async function deliverBump(request: BumpRequest, context: BumpContext): Promise<BumpOutcome> {
  const { delivery } = context
  return delivery?.kind === "request" ? await proposeBump(request, { context, delivery }) : await bump(request, context)
}

/** Plans the delivery without changes. A forge that refuses the token fails here. */
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
