import { DEFAULT_TIMEOUT, PROMOTION_MESSAGE } from "../../src/defaults.ts"
import { readHistory } from "./branch-history.ts"
import type { BumpContext, Written } from "./bump-context.ts"
import { planBump } from "./bump-plan.ts"
import { deliverBump } from "./deliver.ts"
import { deployedRef, deployedTag, lookAt } from "./deployed.ts"
import { bumpsOf } from "./history.ts"
import { type BumpOptions, NO_IMAGE, parseBumpOptions, parsePlace } from "./options.ts"
import type { BumpRequest } from "./request.ts"

/** An environment within the GitOps repository: an overlay, or a file with the edits that address the image. */
export type Environment = { path: string; edits?: string[] }

export type PromoteOptions = Omit<BumpOptions, "ref" | "path" | "edits"> & {
  from: Environment
  to: Environment
  /** Where the image is pulled from, if what stands in `from` is a digest alone. */
  address?: string
}

/** Writes what runs in one environment into the next one, with its tag and the source that it was built from. */
export async function promote(
  { from, to, address, ...options }: PromoteOptions,
  context: BumpContext,
): Promise<Written> {
  const place = parsePlace({ ...options, ...from })
  const look = parseBumpOptions({ ...options, ...from, ref: NO_IMAGE })
  const [{ changes }, log] = await Promise.all([
    planBump({ ...look, changes: lookAt(look.changes) }, context),
    readHistory({ branch: options.branch, timeout: options.timeout ?? DEFAULT_TIMEOUT }, context),
  ])
  const ref = deployedRef(changes, { ...place, ...(address && { address }) })
  const origin = bumpsOf(log, place).find((past) => past.ref === ref)
  const spareTag = deployedTag(changes)
  const parsed = parseBumpOptions({
    message: PROMOTION_MESSAGE,
    ...(spareTag && { spareTag }),
    ...options,
    ...to,
    ref,
  })
  const request: BumpRequest = { ...parsed, kind: "promotion", source: { ...origin?.source, ...parsed.source } }
  return { request, outcome: await deliverBump(request, context) }
}
