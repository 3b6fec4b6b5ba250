import { setTimeout } from "node:timers/promises"
import type { Container } from "@dagger.io/dagger"
import type { Run } from "../config/effect.ts"
import { SlipwayError } from "../error.ts"
import { type GitAccess, gitContainer } from "./access.ts"
import { BACKOFF, pause } from "./backoff.ts"
import type { BuildChange } from "./build-change.ts"
import { cloneBranch, commitFiles, deepen, diffFiles, filesOf, pullBranch, pushInTurn, readLog } from "./checkout.ts"
import { renderMessage } from "./commit-message.ts"
import type { CommitSigning } from "./commit-signing.ts"
import type { Delivery } from "./delivery.ts"
import { editChanges } from "./edit-changes.ts"
import type { Answer, Attempt } from "./exec.ts"
import { parseGitBranch } from "./git-branch.ts"
import { gitFailure, isTransient, lastWords } from "./git-failure.ts"
import type { LoggedCommit } from "./git-log.ts"
import type { BumpOutcome, SupersededBy } from "./outcome.ts"
import { pushRefused } from "./push-refused.ts"
import type { PushReport } from "./push-report.ts"
import { type BumpChange, type BumpRequest, leaveOut, trailersOf } from "./request.ts"
import { findNewer, isBefore, lookBack } from "./superseded.ts"

/** What a bump works with besides its request: kustomize's image, and git's if that is another one. */
export type BumpContext = {
  access: GitAccess
  image: string
  gitImage?: string
  run: Run
  signing?: CommitSigning
  /** A push, unless it is to be proposed. */
  delivery?: Delivery
}

/** What was asked of a writer, and what became of it. */
export type Written = { request: BumpRequest; outcome: BumpOutcome }

/** What would change on the tip of a checkout. */
export type BumpPlan = {
  checkout: Container
  tip: string
  files: Map<string, string>
  changes: BuildChange[]
  applied: BumpChange[]
  kept: SupersededBy[]
  notes: string[]
  /** The paths that the edits were made from. */
  reads: string[]
}

/** Shows what a bump would do, and does nothing. A key that cannot sign is found here, not after all else was pushed. */
export async function planBump(request: BumpRequest, context: BumpContext): Promise<BumpPlan & { diff: string }> {
  const attempt = { run: context.run, tries: 0 }
  const plan = await planOn(await openBranch(request, context, attempt), request, { context, attempt })
  if (context.signing && plan.files.size > 0) await commitPlan(plan, { request, context, attempt })
  return { ...plan, diff: plan.files.size > 0 ? await diffFiles(plan.checkout, plan.files) : "" }
}

/**
 * Brings the images into the branch as one commit. When another writer was first, the edit is made anew on their tip:
 * never by force, never as a textual rebase. Ends with the commit, with the reason why none was needed, or an error.
 */
export async function bump(request: BumpRequest, context: BumpContext): Promise<BumpOutcome> {
  const deadline = Date.now() + request.timeout * 1000
  const before = { tries: 0, overtaken: [] as string[] }
  let checkout = await openBranch(request, context, { run: context.run, tries: 1 })
  for (let tries = 1; ; tries++) {
    const attempt = { run: context.run, tries }
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
    await waitForTurn(tries, { deadline, request, answer })
    const next = await nextTip(plan.checkout, { request, context, attempt, report: turn.report, answer })
    if (next.commits.includes(commit)) return { ...bumped, answerLost: true }
    before.overtaken.push(...next.commits)
    checkout = next.checkout
  }
}

/** Every commit of a branch, newest first. */
export async function readHistory(branch: string, context: BumpContext): Promise<LoggedCommit[]> {
  const attempt = { run: context.run, tries: 0 }
  const name = parseGitBranch(branch)
  const checkout = await openBranch({ branch: name }, context, attempt)
  const whole = await deepen(checkout, { branch: name, since: "everything" }, attempt)
  return await readLog(whole, [])
}

export type Step = { context: BumpContext; attempt: Attempt }

/** A checkout of the branch's tip. */
export async function openBranch(
  { branch }: Pick<BumpRequest, "branch">,
  { access, image, gitImage = image }: BumpContext,
  attempt: Attempt,
): Promise<Container> {
  return await cloneBranch(await gitContainer(gitImage, access), { url: access.remote.url, branch }, attempt)
}

/** All edits on one tip; what a newer bump holds is left out. */
export async function planOn(checkout: Container, request: BumpRequest, { context, attempt }: Step): Promise<BumpPlan> {
  const tree = filesOf(checkout)
  const [history, edited] = await Promise.all([
    withHistory(checkout, request, attempt),
    editChanges(tree, request.changes, context.image),
  ])
  const [tip] = history.log
  const kept = request.changes.flatMap(trailersOf).flatMap((trailer) => findNewer(history.log, trailer, request) ?? [])
  const applied = leaveOut(request.changes, kept)
  const wanted = kept.length > 0 ? await editChanges(tree, applied, context.image) : edited
  const files = wanted.filter(({ changes }) => changes.length > 0)
  return {
    checkout: history.checkout,
    tip: tip?.commit ?? "",
    files: new Map(files.map(({ file, text }) => [file, text])),
    changes: files.flatMap(({ changes }) => changes),
    applied,
    kept,
    notes: files.flatMap(({ notes }) => notes),
    reads: wanted.flatMap(({ reads }) => reads),
  }
}

/** As much history as it takes to know whether a newer bump is there, which mostly is the tip alone. */
async function withHistory(
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

/** The plan as one commit on the tip that it was made for, not pushed anywhere yet. */
export async function commitPlan(
  plan: BumpPlan,
  { request, context, attempt }: Step & { request: BumpRequest },
): Promise<{ container: Container; commit: string; message: string }> {
  const { kind, source, pipeline, author } = request
  const trailers = { kind, bumps: plan.applied.flatMap(trailersOf), source, ...(pipeline && { pipeline }) }
  const message = renderMessage(request.message, { trailers, author })
  const signing = context.signing && { signing: context.signing }
  const made = await commitFiles(plan.checkout, { files: plan.files, message, author, ...signing }, attempt)
  return { ...made, message }
}

/** A key that signs is not lent to what talks to the server, so a signed commit is made anew by a try of its own. */
async function pushPlan(plan: BumpPlan, step: Step & { request: BumpRequest; deadline: number }) {
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

/** Why a plan without a change needs no commit. */
export function unneeded({ tip, kept }: BumpPlan): BumpOutcome {
  const [newer] = kept
  return newer ? { status: "superseded", commit: newer.commit, kept } : { status: "unchanged", commit: tip, kept }
}

/** Waits a moment before another try, or says that there was no time for one. */
export async function waitForTurn(
  tries: number,
  { deadline, request, answer }: { deadline: number; request: Pick<BumpRequest, "branch" | "timeout">; answer: Answer },
): Promise<void> {
  const wait = pause(tries, BACKOFF, Math.random())
  if (Date.now() + wait > deadline) {
    throw new SlipwayError("PUSH_REFUSED", {
      expected: `to push to ${request.branch} within ${request.timeout} s`,
      got: `${tries} tries, the last one: ${lastWords(answer.stderr)}`,
      fix: "Run it again, or give it longer with --timeout. Nothing of this bump is in the branch.",
    })
  }
  await setTimeout(wait)
}

type Failed = Step & { request: BumpRequest; report: PushReport; answer: Answer }

/**
 * Where to go on after a push that did not succeed. Whether that was a race is seen in the branch itself: if it stands
 * where it stood, the server does not want this commit, and asking again would not help.
 */
async function nextTip(
  checkout: Container,
  { request, context, attempt, report, answer }: Failed,
): Promise<{ checkout: Container; commits: string[] }> {
  const { checkout: pulled, pulled: found, stderr } = await pullBranch(checkout, request.branch, attempt)
  switch (found.status) {
    case "moved": {
      const log = await readLog(pulled, [`${found.from}..${found.to}`])
      return { checkout: pulled, commits: log.map(({ commit }) => commit) }
    }
    case "same":
      if (report.status === "refused" || !isTransient(answer.stderr))
        throw pushRefused(request.branch, { report, answer })
      return { checkout, commits: [] }
    case "rewritten":
      return { checkout: await openBranch(request, context, attempt), commits: [] }
    case "failed":
      if (!isTransient(stderr)) throw gitFailure(`the branch ${request.branch} after a push that failed`, stderr)
      return { checkout, commits: [] }
  }
}
