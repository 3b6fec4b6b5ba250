import { setTimeout } from "node:timers/promises"
import type { Container } from "@dagger.io/dagger"
import { SlipwayError } from "../error.ts"
import { type CheckedManifests, checkManifests } from "./checks/checks.ts"
import { requireNoneAdded } from "./checks/violations.ts"
import { renderMessage } from "./commit-message.ts"
import type { BumpContext, BumpStep } from "./context.ts"
import { editChanges } from "./file-edit.ts"
import { type FileText, withTexts } from "./file-text.ts"
import { CHECKOUT } from "./git/args.ts"
import { addFiles, commitFiles, diffFiles, filesOf, pullBranch, pushInTurn, readLog } from "./git/checkout.ts"
import {
  BACKOFF,
  deadlineOf,
  type ExecResult,
  gitFailure,
  isTransient,
  lastLines,
  pause,
  pushRefusal,
} from "./git/exec.ts"
import type { PushReport } from "./git/output.ts"
import type { GitBranch } from "./git/remote.ts"
import { commitRendered, pushBoth, renderedFiles, renderedMessage } from "./git/rendered-branch.ts"
import { findNewer, openBranch, withHistory } from "./history.ts"
import type { BumpOutcome, SupersededBy } from "./outcome.ts"
import type { BuildChange } from "./overlay/verdict.ts"
import { type BumpChange, type BumpRequest, leaveOut, trailersOf } from "./request.ts"

/** The edits of a bump on the tip of one checkout. */
export type BumpPlan = {
  checkout: Container
  tip: string
  files: Map<string, FileText>
  changes: BuildChange[]
  applied: BumpChange[]
  kept: SupersededBy[]
  notes: string[]
  /** The paths that the edits and the checks depend on. */
  reads: string[]
  /** What the checks found; nothing without checks, or without a change. */
  checked?: CheckedManifests
}

/** Plans a bump without pushing it. Signs a trial commit, so that an unusable key fails here and not after the image is published. */
export async function planBump(request: BumpRequest, context: BumpContext): Promise<BumpPlan & { diff: string }> {
  const attempt = { run: context.run, tries: 0, deadline: deadlineOf(request.timeout) }
  const plan = await planOn(await openBranch(request, context, attempt), request, { context, attempt })
  if (context.signing && plan.files.size > 0) await commitPlan(plan, { request, context, attempt })
  return { ...plan, diff: plan.files.size > 0 ? await diffFiles(plan.checkout, plan.files) : "" }
}

/** Plans all edits on one tip, without those images that a newer bump has already set. */
export async function planOn(
  checkout: Container,
  request: BumpRequest,
  { context, attempt }: BumpStep,
): Promise<BumpPlan> {
  const tree = filesOf(checkout)
  const tools = { image: context.image, deadline: attempt.deadline }
  const [history, edited] = await Promise.all([
    withHistory(checkout, request, attempt),
    editChanges(tree, request.changes, tools),
  ])
  const [tip] = history.log
  const kept = request.changes.flatMap(trailersOf).flatMap((trailer) => findNewer(history.log, trailer, request) ?? [])
  const applied = leaveOut(request.changes, kept)
  const wanted = kept.length > 0 ? await editChanges(tree, applied, tools) : edited
  const files = wanted.filter((one) => one.changes.length > 0 || addedBy(one).length > 0)
  const added = files.flatMap(addedBy)
  const plan = {
    checkout: await addFiles(history.checkout, new Map(added)),
    tip: tip?.commit ?? "",
    files: new Map([...added, ...files.map(({ file, content }) => [file, content] as const)]),
    changes: files.flatMap(({ changes }) => changes),
    applied,
    kept,
    notes: files.flatMap(({ notes }) => notes),
    reads: wanted.flatMap(({ reads }) => reads),
  }
  const checked = await checkPlan(plan, { context, attempt })
  return checked ? { ...plan, reads: [...plan.reads, ...checked.reads], checked } : plan
}

/** The files of a new overlay, which only the edit of an overlay adds. */
function addedBy({ added }: { added?: Map<string, FileText> }): [string, FileText][] {
  return [...(added ?? [])]
}

/** Checks the manifests of the plan's tip with and without its edits. */
async function checkPlan(
  { checkout, files, changes, applied }: BumpPlan,
  { context, attempt }: BumpStep,
): Promise<CheckedManifests | undefined> {
  const { checks, access, image: shell } = context
  if (!checks || files.size === 0) return undefined
  const trees = { before: filesOf(checkout), after: filesOf(withTexts(checkout, CHECKOUT, files)) }
  const bump = { trees, requested: applied, changes, remote: access.remote.url }
  return await checkManifests(bump, { ...checks, ...attempt, shell })
}

/** Tells a superseded bump from one whose image is already there. */
export function outcomeWithoutChange({ tip, kept }: BumpPlan): BumpOutcome {
  const [newer] = kept
  return newer ? { status: "superseded", commit: newer.commit, kept } : { status: "unchanged", commit: tip, kept }
}

/** Commits the plan on its tip, without a push. */
export async function commitPlan(
  plan: BumpPlan,
  { request, context, attempt }: BumpStep & { request: BumpRequest },
): Promise<{ container: Container; commit: string; message: string }> {
  const { kind, source, pipeline, author } = request
  const trailers = { kind, bumps: plan.applied.flatMap(trailersOf), source, ...(pipeline && { pipeline }) }
  const message = renderMessage(request.message, { trailers, author })
  const signing = context.signing && { signing: context.signing }
  const made = await commitFiles(plan.checkout, { files: plan.files, message, author, ...signing }, attempt)
  return { ...made, message }
}

/**
 * Pushes the images to the branch as one commit. When another writer pushed first, the edit is repeated on the new tip:
 * never a forced push, never a textual rebase. Returns the commit or the reason why none was needed.
 */
export async function bump(request: BumpRequest, context: BumpContext): Promise<BumpOutcome> {
  const deadline = deadlineOf(request.timeout)
  const before = { tries: 0, overtaken: [] as string[] }
  let checkout = await openBranch(request, context, { run: context.run, tries: 1, deadline })
  for (let tries = 1; ; tries++) {
    const attempt = { run: context.run, tries, deadline }
    const plan = await planOn(checkout, request, { context, attempt })
    if (plan.files.size === 0) return outcomeWithoutChange(plan)
    if (plan.checked) requireNoneAdded(plan.checked.report)
    const { turn, commit, diff, result, rendered } = await pushPlan(plan, { request, context, attempt, deadline })
    before.tries += turn.tries
    const { changes, kept, notes } = plan
    const files = [...plan.files.keys()]
    const checks = plan.checked && { checks: plan.checked.report }
    const found = { changes, kept, notes, ...checks, ...(rendered && { rendered }) }
    const bumped = { status: "bumped" as const, commit, diff, files, ...before, ...found }
    if (turn.report.status === "accepted") {
      return { ...bumped, overtaken: [...before.overtaken, ...turn.overtaken], responseLost: false }
    }
    const inTime = await waitForTurn(tries, deadline)
    const unsure = turn.report.status === "no-response"
    if (!inTime && !unsure) throw outOfTime(tries, { request, result })
    const last = { ...attempt, deadline: inTime ? deadline : deadlineOf(LAST_CHECK_SECONDS) }
    const next = await nextTip(plan.checkout, { request, context, attempt: last, report: turn.report, result })
    if (next.commits.includes(commit)) return { ...bumped, responseLost: true }
    if (!inTime) throw outOfTime(tries, { request, result })
    before.overtaken.push(...next.commits)
    checkout = next.checkout
  }
}

/** The program that pushes never gets the signing key, so each new tip of a signed bump takes a separate try. */
async function pushPlan(plan: BumpPlan, step: BumpStep & { request: BumpRequest; deadline: number }) {
  const { request, context, attempt, deadline } = step
  const made = await commitPlan(plan, step)
  const branch = context.checks?.options.branch
  if (branch && plan.checked) return await pushRenderedPlan(plan, { ...step, made, branch, checked: plan.checked })
  const seconds = context.signing ? 0 : (deadline - Date.now()) / 1000
  const files = [...plan.files.keys()]
  const { branch: target, author } = request
  const [{ turn, result }, diff] = await Promise.all([
    pushInTurn(made.container, { branch: target, author, files, reads: plan.reads, seconds }, attempt),
    diffFiles(plan.checkout, plan.files),
  ])
  return { turn, commit: turn.commit ?? made.commit, diff, result, rendered: undefined }
}

type MadePlan = BumpStep & {
  request: BumpRequest
  made: Awaited<ReturnType<typeof commitPlan>>
  branch: GitBranch
  checked: CheckedManifests
}

/** Pushes the commit with that of the rendered manifests, both or none. A new tip of either takes a separate try. */
async function pushRenderedPlan(plan: BumpPlan, { request, context, attempt, made, branch, checked }: MadePlan) {
  const { author, branch: target } = request
  const files = renderedFiles(checked.rendered)
  const message = renderedMessage(made.message, { branch: target, commit: made.commit })
  const signing = context.signing && { signing: context.signing }
  const content = { branch, files, message, author, ...signing }
  const { container, commit } = await commitRendered(made.container, content, attempt)
  const [{ report, result }, diff] = await Promise.all([
    pushBoth(container, { target, ...(commit && { rendered: { branch, commit } }) }, attempt),
    diffFiles(plan.checkout, plan.files),
  ])
  const turn = { tries: 1, overtaken: [] as string[], report }
  const rendered = { branch, files: [...files.keys()], ...(commit && { commit }) }
  return { turn, commit: made.commit, diff, result, rendered }
}

/** A push without a response may have succeeded, so the branch is checked after the last try too. */
const LAST_CHECK_SECONDS = 10

/** Waits before another try; returns false if the deadline is too close. */
export async function waitForTurn(tries: number, deadline: number): Promise<boolean> {
  const wait = pause(tries, BACKOFF, Math.random())
  if (Date.now() + wait > deadline) return false
  await setTimeout(wait)
  return true
}

/** The error of a bump that reached its deadline before the server accepted or refused it. */
export function outOfTime(
  tries: number,
  { request, result }: { request: Pick<BumpRequest, "branch" | "timeout">; result: ExecResult },
): SlipwayError {
  return new SlipwayError("PUSH_REFUSED", {
    expected: `a push to ${request.branch} within ${request.timeout} s`,
    got: `${tries} failed tries, the last with: ${lastLines(result.stderr)}`,
    fix: "Run it again, or raise --timeout. The branch did not contain this bump at the last check.",
  })
}

type FailedPush = BumpStep & { request: BumpRequest; report: PushReport; result: ExecResult }

/**
 * Returns the tip to continue from after a failed push. The branch itself shows whether that was a race: if its tip is
 * unchanged, the server refused this commit, and another try would not help.
 */
async function nextTip(
  checkout: Container,
  { request, context, attempt, report, result }: FailedPush,
): Promise<{ checkout: Container; commits: string[] }> {
  const { checkout: pulled, pulled: found, stderr } = await pullBranch(checkout, request.branch, attempt)
  switch (found.status) {
    case "moved": {
      const log = await readLog(pulled, [`${found.from}..${found.to}`])
      return { checkout: pulled, commits: log.map(({ commit }) => commit) }
    }
    case "same":
      // then another writer moved the branch of the rendered manifests
      if (report.status === "behind" && context.checks?.options.branch) return { checkout, commits: [] }
      if (report.status === "refused" || !isTransient(result.stderr))
        throw pushRefusal(request.branch, { report, result })
      return { checkout, commits: [] }
    case "rewritten":
      return { checkout: await openBranch(request, context, attempt), commits: [] }
    case "failed":
      if (!isTransient(stderr)) throw gitFailure(`to fetch the branch ${request.branch} after a failed push`, stderr)
      return { checkout, commits: [] }
  }
}
