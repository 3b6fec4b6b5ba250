import { setTimeout } from "node:timers/promises"
import type { Container } from "@dagger.io/dagger"
import { SlipwayError } from "../error.ts"
import { renderMessage } from "./commit-message.ts"
import type { BumpContext, BumpStep } from "./context.ts"
import { editChanges } from "./file-edit.ts"
import type { FileText } from "./file-text.ts"
import { commitFiles, diffFiles, filesOf, pullBranch, pushInTurn, readLog } from "./git/checkout.ts"
import {
  BACKOFF,
  deadlineOf,
  type ExecResult,
  gitFailure,
  isTransient,
  lastWords,
  pause,
  pushRefusal,
} from "./git/exec.ts"
import type { PushReport } from "./git/output.ts"
import { findNewer, openBranch, withHistory } from "./history.ts"
import type { BumpOutcome, SupersededBy } from "./outcome.ts"
import type { BuildChange } from "./overlay/verdict.ts"
import { type BumpChange, type BumpRequest, leaveOut, trailersOf } from "./request.ts"

/** What would change on the tip of a checkout. */
export type BumpPlan = {
  checkout: Container
  tip: string
  files: Map<string, FileText>
  changes: BuildChange[]
  applied: BumpChange[]
  kept: SupersededBy[]
  notes: string[]
  /** The paths that the edits were made from. */
  reads: string[]
}

/** Shows what a bump would do, and does nothing. A key that cannot sign is found here, not after all else was pushed. */
export async function planBump(request: BumpRequest, context: BumpContext): Promise<BumpPlan & { diff: string }> {
  const attempt = { run: context.run, tries: 0, deadline: deadlineOf(request.timeout) }
  const plan = await planOn(await openBranch(request, context, attempt), request, { context, attempt })
  if (context.signing && plan.files.size > 0) await commitPlan(plan, { request, context, attempt })
  return { ...plan, diff: plan.files.size > 0 ? await diffFiles(plan.checkout, plan.files) : "" }
}

/** All edits on one tip; what a newer bump holds is left out. */
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
  const files = wanted.filter(({ changes }) => changes.length > 0)
  return {
    checkout: history.checkout,
    tip: tip?.commit ?? "",
    files: new Map(files.map(({ file, content }) => [file, content])),
    changes: files.flatMap(({ changes }) => changes),
    applied,
    kept,
    notes: files.flatMap(({ notes }) => notes),
    reads: wanted.flatMap(({ reads }) => reads),
  }
}

/** Why a plan without a change needs no commit. */
export function unneeded({ tip, kept }: BumpPlan): BumpOutcome {
  const [newer] = kept
  return newer ? { status: "superseded", commit: newer.commit, kept } : { status: "unchanged", commit: tip, kept }
}

/** The plan as one commit on the tip that it was made for, not pushed anywhere yet. */
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
 * Brings the images into the branch as one commit. When another writer was first, the edit is made anew on their tip:
 * never by force, never as a textual rebase. Ends with the commit, with the reason why none was needed, or an error.
 */
export async function bump(request: BumpRequest, context: BumpContext): Promise<BumpOutcome> {
  const deadline = deadlineOf(request.timeout)
  const before = { tries: 0, overtaken: [] as string[] }
  let checkout = await openBranch(request, context, { run: context.run, tries: 1, deadline })
  for (let tries = 1; ; tries++) {
    const attempt = { run: context.run, tries, deadline }
    const plan = await planOn(checkout, request, { context, attempt })
    if (plan.files.size === 0) return unneeded(plan)
    const { turn, commit, diff, answer } = await pushPlan(plan, { request, context, attempt, deadline })
    before.tries += turn.tries
    const { changes, kept, notes } = plan
    const files = [...plan.files.keys()]
    const bumped = { status: "bumped" as const, commit, diff, files, changes, ...before, kept, notes }
    if (turn.report.status === "accepted") {
      return { ...bumped, overtaken: [...before.overtaken, ...turn.overtaken], answerLost: false }
    }
    const inTime = await waitForTurn(tries, deadline)
    const unsure = turn.report.status === "unanswered"
    if (!inTime && !unsure) throw outOfTime(tries, { request, answer })
    const last = { ...attempt, deadline: inTime ? deadline : deadlineOf(LAST_LOOK_SECONDS) }
    const next = await nextTip(plan.checkout, { request, context, attempt: last, report: turn.report, answer })
    if (next.commits.includes(commit)) return { ...bumped, answerLost: true }
    if (!inTime) throw outOfTime(tries, { request, answer })
    before.overtaken.push(...next.commits)
    checkout = next.checkout
  }
}

/** A key that signs is not lent to what talks to the server, so a signed commit is made anew by a try of its own. */
async function pushPlan(plan: BumpPlan, step: BumpStep & { request: BumpRequest; deadline: number }) {
  const { request, context, attempt, deadline } = step
  const made = await commitPlan(plan, step)
  const seconds = context.signing ? 0 : (deadline - Date.now()) / 1000
  const files = [...plan.files.keys()]
  const { branch, author } = request
  const [{ turn, answer }, diff] = await Promise.all([
    pushInTurn(made.container, { branch, author, files, reads: plan.reads, seconds }, attempt),
    diffFiles(plan.checkout, plan.files),
  ])
  return { turn, commit: turn.commit ?? made.commit, diff, answer }
}

/** A push that was not answered may have been taken: after the last one too the branch itself is asked. */
const LAST_LOOK_SECONDS = 10

/** Waits a moment before another try; false if there is no time for one. */
export async function waitForTurn(tries: number, deadline: number): Promise<boolean> {
  const wait = pause(tries, BACKOFF, Math.random())
  if (Date.now() + wait > deadline) return false
  await setTimeout(wait)
  return true
}

/** An end without an answer that would be final. */
export function outOfTime(
  tries: number,
  { request, answer }: { request: Pick<BumpRequest, "branch" | "timeout">; answer: ExecResult },
): SlipwayError {
  return new SlipwayError("PUSH_REFUSED", {
    expected: `to push to ${request.branch} within ${request.timeout} s`,
    got: `${tries} tries, the last one: ${lastWords(answer.stderr)}`,
    fix: "Run it again, or give it longer with --timeout: nothing of this bump is in the branch as it was last seen.",
  })
}

type FailedPush = BumpStep & { request: BumpRequest; report: PushReport; answer: ExecResult }

/**
 * Where to go on after a push that did not succeed. Whether that was a race is seen in the branch itself: if it stands
 * where it stood, the server does not want this commit, and asking again would not help.
 */
async function nextTip(
  checkout: Container,
  { request, context, attempt, report, answer }: FailedPush,
): Promise<{ checkout: Container; commits: string[] }> {
  const { checkout: pulled, pulled: found, stderr } = await pullBranch(checkout, request.branch, attempt)
  switch (found.status) {
    case "moved": {
      const log = await readLog(pulled, [`${found.from}..${found.to}`])
      return { checkout: pulled, commits: log.map(({ commit }) => commit) }
    }
    case "same":
      if (report.status === "refused" || !isTransient(answer.stderr))
        throw pushRefusal(request.branch, { report, answer })
      return { checkout, commits: [] }
    case "rewritten":
      return { checkout: await openBranch(request, context, attempt), commits: [] }
    case "failed":
      if (!isTransient(stderr)) throw gitFailure(`the branch ${request.branch} after a push that failed`, stderr)
      return { checkout, commits: [] }
  }
}
