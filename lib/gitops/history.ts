import type { Container } from "@dagger.io/dagger"
import { quote, SlipwayError } from "../error.ts"
import type { DigestRef } from "../oci/reference.ts"
import type { BumpTrailer, SourceRevision } from "./commit-message.ts"
import type { BumpContext } from "./context.ts"
import { gitContainer } from "./git/access.ts"
import { cloneBranch, deepen, readLog } from "./git/checkout.ts"
import { type Attempt, deadlineOf } from "./git/exec.ts"
import type { LoggedCommit } from "./git/output.ts"
import { parseGitBranch } from "./git/remote.ts"
import { keepsPlace, type OrderedBump } from "./order.ts"
import type { SupersededBy } from "./outcome.ts"
import type { BumpRequest } from "./request.ts"

/** One value that a bump wrote, from its commit's trailers; a history lists the newest first. */
export type PastBump = { commit: string; ref: DigestRef; source: SourceRevision }

/** The place of a value: the overlay or file, and the image's name there. */
export type Place = { path: string; image: string }

/** All bumps of an image in one place, newest first, without those that changed nothing. */
export function bumpsOf(log: LoggedCommit[], { path, image }: Place): PastBump[] {
  const bumps = log.flatMap(({ commit, trailers }) =>
    trailers.bumps
      .filter((bump) => bump.path === path && bump.image === image)
      .map(({ ref }) => ({ commit, ref, source: trailers.source })),
  )
  return bumps.filter(({ ref }, at) => ref !== bumps[at + 1]?.ref)
}

/** Whether a bump matches a digest, a reference, a source commit or a commit of the GitOps repository. */
function matchesTarget({ commit, ref, source }: PastBump, to: string): boolean {
  const prefix = /^[0-9a-f]{7,64}$/.test(to)
  const commits = [commit, source.revision ?? ""]
  return ref === to || ref.endsWith(`@${to}`) || commits.some((id) => id === to || (prefix && id.startsWith(to)))
}

/** Finds the bump to roll back to. `previous` is the last one with another digest than the current one. */
export function findPast(history: PastBump[], to: string, { path, image }: Place): { now: PastBump; then: PastBump } {
  const [now, ...before] = history
  const then =
    to === "previous" ? before.find(({ ref }) => ref !== now?.ref) : before.find((past) => matchesTarget(past, to))
  if (now && then) return { now, then }
  throw new SlipwayError("ROLLBACK_IMPOSSIBLE", {
    expected: `${to === "previous" ? "an earlier bump" : `a bump to ${quote(to)}`} of ${image} in ${path}, before the current one`,
    got: history.length ? list(history) : "no bump of it in the branch's history",
    fix: history.length
      ? "Set --to to the digest or source commit of one of them, other than the first, which is the current one."
      : "Use bump-gitops to set a digest: rollback finds only bumps that bump-gitops, gitops promote or ship committed.",
  })
}

function list(history: PastBump[]): string {
  const shown = history.slice(0, 10).map(({ ref, source }) => {
    return `${ref.slice(ref.indexOf("@") + 1)}${source.revision ? ` of ${source.revision.slice(0, 12)}` : ""}`
  })
  return `${shown.join(", ")}${history.length > 10 ? ` and ${history.length - 10} more` : ""}`
}

/** Clocks of pipelines differ, so the search starts this much before the source's time. In seconds. */
const CLOCK_SKEW = 3600

/** An order below this (September 2001 as a time) is a build number. */
export const FIRST_TIME = 1_000_000_000

/**
 * Returns the earliest time at which a newer bump can have been committed: after its source, which is newer than ours.
 * A build number has no time, so it needs the whole history.
 */
export function lookBack(order: number): number | "everything" {
  return order < FIRST_TIME ? "everything" : order - CLOCK_SKEW
}

/** Whether the tip alone proves that the history has no newer bump. */
export function isBefore(tip: LoggedCommit, since: number | "everything"): boolean {
  return since !== "everything" && tip.time < since
}

/**
 * Returns the latest bump of the same image in the same place if ours must not overwrite it, by the order of releases. A
 * repetition of that bump is never held, because it changes nothing.
 */
export function findNewer(log: LoggedCommit[], target: BumpTrailer, ours: OrderedBump): SupersededBy | undefined {
  const last = log.find(({ trailers }) =>
    trailers.bumps.some(({ path, image }) => path === target.path && image === target.image),
  )
  if (!last || !keepsPlace(last.trailers, ours)) return undefined
  const { order } = last.trailers.source
  const isOlder = order !== undefined && ours.source.order !== undefined && order > ours.source.order
  return isOlder || differs(last, target)
    ? { path: target.path, image: target.image, commit: last.commit, ...(order !== undefined && { order }) }
    : undefined
}

function differs({ trailers }: LoggedCommit, target: BumpTrailer): boolean {
  return trailers.bumps.some(
    ({ path, image, ref }) => path === target.path && image === target.image && ref !== target.ref,
  )
}

/** Clones the branch's tip. */
export async function openBranch(
  { branch }: Pick<BumpRequest, "branch">,
  { access, image, gitImage = image }: BumpContext,
  attempt: Attempt,
): Promise<Container> {
  return await cloneBranch(await gitContainer(gitImage, access), { url: access.remote.url, branch }, attempt)
}

/** Reads every commit of a branch, newest first. */
export async function readHistory(place: BranchRead, context: BumpContext): Promise<LoggedCommit[]> {
  return (await openHistory(place, context)).log
}

/** Reads the history together with the checkout that holds it. */
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

/** Fetches only as much history as the search for a newer bump needs, which usually is the tip alone. */
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
