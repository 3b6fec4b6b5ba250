import { DEFAULT_TIMEOUT, PROMOTION_MESSAGE } from "../../src/defaults.ts"
import type { DigestRef } from "../oci/reference.ts"
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

/** The image that an environment runs, and the tag that stands with it. */
export type Deployed = { ref: DigestRef; tag?: string }

export type DeployedOptions = Omit<BumpOptions, "ref"> & {
  /** Where the image is pulled from, if what stands there is a digest alone. */
  address?: string
}

/** Reads what a bump would replace, without replacing it. */
export async function readDeployed({ address, ...options }: DeployedOptions, context: BumpContext): Promise<Deployed> {
  const place = parsePlace(options)
  const look = parseBumpOptions({ ...options, ref: NO_IMAGE })
  const { changes } = await planBump({ ...look, changes: lookAt(look.changes) }, context)
  const tag = deployedTag(changes)
  return { ref: deployedRef(changes, { ...place, ...(address && { address }) }), ...(tag && { tag }) }
}

/** Writes what runs in one environment into the next one, with its tag and the source that it was built from. */
export async function promote(
  { from, to, address, ...options }: PromoteOptions,
  context: BumpContext,
): Promise<Written> {
  const place = parsePlace({ ...options, ...from })
  const [{ ref, tag: spareTag }, log] = await Promise.all([
    readDeployed({ ...options, ...from, ...(address && { address }) }, context),
    readHistory({ branch: options.branch, timeout: options.timeout ?? DEFAULT_TIMEOUT }, context),
  ])
  const origin = bumpsOf(log, place).find((past) => past.ref === ref)
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
