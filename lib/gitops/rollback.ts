import { DEFAULT_TIMEOUT, ROLLBACK_MESSAGE } from "../../src/defaults.ts"
import { openHistory } from "./branch-history.ts"
import type { BumpContext, Written } from "./bump-context.ts"
import { checkoutCommit, filesOf } from "./checkout.ts"
import { deliverBump } from "./deliver.ts"
import { pastTag } from "./deployed.ts"
import { bumpsOf, findPast } from "./history.ts"
import { type BumpOptions, parseBumpOptions, parsePlace } from "./options.ts"
import type { BumpRequest } from "./request.ts"

export type RollbackOptions = Omit<BumpOptions, "ref" | "sourceRevision" | "sourceOrder" | "sourceRepository"> & {
  to: string
}

/**
 * Writes an earlier bump's digest again, as a new commit, with the tag that stood there. It keeps the order of what it takes back, so that no pipeline
 * of that source or an older one brings it again; a newer source goes on as ever.
 */
export async function rollback({ to, ...options }: RollbackOptions, context: BumpContext): Promise<Written> {
  const place = parsePlace(options)
  const { branch, timeout = DEFAULT_TIMEOUT } = options
  const { checkout, log } = await openHistory({ branch, timeout }, context)
  const { now, then } = findPast(bumpsOf(log, place), to, place)
  const asked = parseBumpOptions({ message: ROLLBACK_MESSAGE, ...options, ref: then.ref })
  const tree = filesOf(await checkoutCommit(checkout, then.commit))
  const spareTag = options.tag ? undefined : await pastTag(tree, asked.changes, context.image)
  const parsed = spareTag ? parseBumpOptions({ message: ROLLBACK_MESSAGE, spareTag, ...options, ref: then.ref }) : asked
  const source = { ...then.source, ...(now.source.order !== undefined && { order: now.source.order }) }
  const request: BumpRequest = { ...parsed, kind: "rollback", source }
  return { request, outcome: await deliverBump(request, context) }
}
