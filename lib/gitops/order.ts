import type { BumpKind, SourceRevision } from "./commit-message.ts"

/** A bump in the order of releases. */
export type OrderedBump = { kind: BumpKind; source: SourceRevision }

/**
 * Whether the latest bump of a place keeps it against another one with a different digest. A newer source commit always
 * wins. Of one commit, a rollback holds until a newer commit; a refresh follows the release that it rebuilds, and never
 * the other way round; and of two refreshes the later one wins. A bump without an order takes part in no order.
 */
export function keepsPlace(theirs: OrderedBump, ours: OrderedBump): boolean {
  const [former, next] = [theirs.source, ours.source]
  if (former.order === undefined || next.order === undefined) return false
  if (former.order !== next.order) return former.order > next.order
  if (ours.kind === "rollback") return false
  if (theirs.kind === "rollback") return true
  // of two commits in one second, neither is known to be newer: a refresh leaves the other commit's release in place
  if (isOtherCommit(former, next)) return next.refresh !== undefined
  if (former.refresh === undefined) return false
  return next.refresh === undefined || former.refresh > next.refresh
}

function isOtherCommit(one: SourceRevision, other: SourceRevision): boolean {
  return one.revision !== undefined && other.revision !== undefined && one.revision !== other.revision
}
