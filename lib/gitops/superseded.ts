import type { LoggedCommit } from "./git-log.ts"
import type { SupersededBy } from "./outcome.ts"
import type { BumpKind, BumpTrailer, SourceRevision } from "./trailers.ts"

/** Clocks of pipelines differ; a bump is looked for this much further back than its source's time. In seconds. */
const CLOCK_SKEW = 3600

/** Numbers below this (September 2001 as a time) are build numbers. */
const FIRST_TIME = 1_000_000_000

/**
 * How far back a newer bump can lie: it was committed after its own source, which is younger than ours. Build numbers
 * say nothing about time, so with them all the history is needed.
 */
export function lookBack(order: number): number | "everything" {
  return order < FIRST_TIME ? "everything" : order - CLOCK_SKEW
}

/** Whether the tip alone already says that nothing newer can be in the history. */
export function isBefore(tip: LoggedCommit, since: number | "everything"): boolean {
  return since !== "everything" && tip.time < since
}

/**
 * The latest bump of the same image in the same place that an older one must leave alone. After a rollback that is also
 * one of equal order: a second run of what was taken back must not bring it again, only another rollback may.
 */
export function findNewer(
  log: LoggedCommit[],
  target: BumpTrailer,
  { source: { order }, kind }: { source: SourceRevision; kind: BumpKind },
): SupersededBy | undefined {
  if (order === undefined) return undefined
  const last = log.find(({ trailers }) =>
    trailers.bumps.some(({ path, image }) => path === target.path && image === target.image),
  )
  const theirs = last?.trailers.source.order
  if (!last || theirs === undefined) return undefined
  const takenBack = theirs === order && last.trailers.kind === "rollback" && kind !== "rollback"
  const holds = theirs > order || (takenBack && differs(last, target))
  return holds ? { path: target.path, image: target.image, commit: last.commit, order: theirs } : undefined
}

function differs({ trailers }: LoggedCommit, target: BumpTrailer): boolean {
  return trailers.bumps.some(
    ({ path, image, ref }) => path === target.path && image === target.image && ref !== target.ref,
  )
}
