import { DEFAULT_TIMEOUT, PROMOTION_MESSAGE } from "../../src/defaults.ts"
import { readHistory } from "./branch-history.ts"
import type { BumpContext, Written } from "./bump-context.ts"
import { planBump } from "./bump-plan.ts"
import { deliverBump } from "./deliver.ts"
import { deployedRef } from "./deployed.ts"
import { bumpsOf } from "./history.ts"
import { type BumpOptions, NO_IMAGE, parseBumpOptions, parsePlace } from "./options.ts"
import type { BumpChange, BumpRequest } from "./request.ts"

/** An environment within the GitOps repository: an overlay, or a file with the edits that address the image. */
export type Environment = { path: string; edits?: string[] }

export type PromoteOptions = Omit<BumpOptions, "ref" | "path" | "edits"> & {
  from: Environment
  to: Environment
  /** Where the image is pulled from, if what stands in `from` is a digest alone. */
  address?: string
}

/** Writes what runs in one environment into the next one, with the source that it was built from. */
export async function promote(
  { from, to, address, ...options }: PromoteOptions,
  context: BumpContext,
): Promise<Written> {
  const place = parsePlace({ ...options, ...from })
  const [{ changes }, log] = await Promise.all([
    planBump(looking(parseBumpOptions({ ...options, ...from, ref: NO_IMAGE, spareTag: "none" })), context),
    readHistory({ branch: options.branch, timeout: options.timeout ?? DEFAULT_TIMEOUT }, context),
  ])
  const ref = deployedRef(changes, { ...place, ...(address && { address }) })
  const origin = bumpsOf(log, place).find((past) => past.ref === ref)
  const parsed = parseBumpOptions({ message: PROMOTION_MESSAGE, ...options, ...to, ref })
  const request: BumpRequest = { ...parsed, kind: "promotion", source: { ...origin?.source, ...parsed.source } }
  return { request, outcome: await deliverBump(request, context) }
}

/** The edits show where the digest stands; none of them is written, so that a name that no image has is none to refuse. */
function looking(request: BumpRequest): BumpRequest {
  const anyName = true
  const changes = request.changes.map((change): BumpChange => {
    if (change.kind === "file") return { ...change, image: { ...change.image, anyName } }
    return { ...change, images: change.images.map((image) => ({ ...image, anyName })) }
  })
  return { ...request, changes }
}
