import type { Container } from "@dagger.io/dagger"
import { openBranch, withHistory } from "./branch-history.ts"
import type { BuildChange } from "./build-change.ts"
import type { BumpContext, Step } from "./bump-context.ts"
import { commitFiles, diffFiles, filesOf } from "./checkout.ts"
import { renderMessage } from "./commit-message.ts"
import { editChanges } from "./edit-changes.ts"
import { deadlineOf } from "./exec.ts"
import type { BumpOutcome, SupersededBy } from "./outcome.ts"
import { type BumpChange, type BumpRequest, leaveOut, trailersOf } from "./request.ts"
import { findNewer } from "./superseded.ts"
import type { FileText } from "./text-encoding.ts"

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
export async function planOn(checkout: Container, request: BumpRequest, { context, attempt }: Step): Promise<BumpPlan> {
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
  { request, context, attempt }: Step & { request: BumpRequest },
): Promise<{ container: Container; commit: string; message: string }> {
  const { kind, source, pipeline, author } = request
  const trailers = { kind, bumps: plan.applied.flatMap(trailersOf), source, ...(pipeline && { pipeline }) }
  const message = renderMessage(request.message, { trailers, author })
  const signing = context.signing && { signing: context.signing }
  const made = await commitFiles(plan.checkout, { files: plan.files, message, author, ...signing }, attempt)
  return { ...made, message }
}
