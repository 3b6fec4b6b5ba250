import { z } from "zod"
import type { RefreshDecision } from "../../bases/decision.ts"
import { type BaseMove, isMoved, movedPlatforms } from "../../bases/moves.ts"

/** A base image of the release that a refresh builds again, and the digest that its tag has now. */
const BaseRecord = z.object({
  name: z.string(),
  status: z.enum(["moved", "unmoved", "pinned"]),
  from: z.string(),
  to: z.string().optional(),
  platforms: z.array(z.string()).optional().describe("the platforms whose image moved"),
  fixes: z
    .array(z.object({ id: z.string(), severity: z.string(), package: z.string(), platforms: z.array(z.string()) }))
    .optional()
    .describe("findings of the former release that the newer base fixes, if they were compared"),
})

/** What ship --refresh decided. */
export const RefreshRecord = z.object({
  status: z.enum(["due", "nothing"]).describe("nothing: the run built nothing, for the reason"),
  reason: z.string().optional(),
  former: z.string().optional().describe("reference of the release to build again"),
  bases: z.array(BaseRecord),
})
export type RefreshRecord = z.infer<typeof RefreshRecord>

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
