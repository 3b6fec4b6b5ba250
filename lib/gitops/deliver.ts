import { bump } from "./bump.ts"
import type { BumpContext } from "./bump-context.ts"
import { type BumpPlan, planBump } from "./bump-plan.ts"
import type { BumpOutcome, PlannedProposal } from "./outcome.ts"
import { ownBranch } from "./own-branch.ts"
import { openRequestFor, proposeBump } from "./propose.ts"
import type { BumpRequest } from "./request.ts"

/** Brings a change into its branch in the way that was chosen. */
export async function deliverBump(request: BumpRequest, context: BumpContext): Promise<BumpOutcome> {
  const { delivery } = context
  return delivery?.kind === "request" ? await proposeBump(request, { context, delivery }) : await bump(request, context)
}

/** Shows what that would do, and does nothing. A forge that does not take the token is an error here already. */
export async function planDelivery(
  request: BumpRequest,
  context: BumpContext,
): Promise<BumpPlan & { diff: string; proposal?: PlannedProposal }> {
  const { delivery } = context
  if (delivery?.kind !== "request") return await planBump(request, context)
  const [plan, open] = await Promise.all([planBump(request, context), openRequestFor(request, delivery)])
  const branch = ownBranch(request.branch, request.changes)
  return { ...plan, proposal: { noun: delivery.forge.noun, branch, ...(open && { open: open.url }) } }
}
