import type { RefreshDecision } from "../../bases/decision.ts"
import { type BaseMove, isMoved, movedPlatforms } from "../../bases/moves.ts"
import type { RefreshRecord } from "./record.ts"

type Decided = { decision: NonNullable<RefreshDecision>; bases: BaseMove[]; former?: string }

/** What a refresh decided, and the base images that it compared. */
export function refreshRecord({ decision, bases, former }: Decided): RefreshRecord {
  const { status } = decision
  return {
    status,
    ...(decision.status === "nothing" && { reason: decision.reason }),
    ...(former && { former }),
    bases: bases.map(baseRecord),
  }
}

/** An index that only moved for platforms that the release does not have counts as unmoved. */
function baseRecord(base: BaseMove): RefreshRecord["bases"][number] {
  const { name, from } = base
  if (!isMoved(base)) return { name, from, status: base.status === "pinned" ? "pinned" : "unmoved" }
  const fixes = base.fixes?.map(({ id, severity, package: of, platforms }) => ({
    id,
    severity,
    package: of,
    platforms,
  }))
  return { name, from, status: "moved", to: base.to, platforms: movedPlatforms(base), ...(fixes && { fixes }) }
}
