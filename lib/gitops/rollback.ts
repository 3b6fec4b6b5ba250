import { DEFAULT_TIMEOUT, ROLLBACK_MESSAGE } from "../../src/defaults.ts"
import { readHistory } from "./branch-history.ts"
import type { BumpContext, Written } from "./bump-context.ts"
import { deliverBump } from "./deliver.ts"
import { bumpsOf, findPast } from "./history.ts"
import { type BumpOptions, parseBumpOptions, parsePlace } from "./options.ts"
import type { BumpRequest } from "./request.ts"

export type RollbackOptions = Omit<BumpOptions, "ref" | "sourceRevision" | "sourceOrder" | "sourceRepository"> & {
  to: string
}

/**
 * Writes an earlier bump's digest again, as a new commit. It keeps the order of what it takes back, so that no pipeline
 * of that source or an older one brings it again; a newer source goes on as ever.
 */
export async function rollback({ to, ...options }: RollbackOptions, context: BumpContext): Promise<Written> {
  const place = parsePlace(options)
  const { branch, timeout = DEFAULT_TIMEOUT } = options
  const { now, then } = findPast(bumpsOf(await readHistory({ branch, timeout }, context), place), to, place)
  const parsed = parseBumpOptions({ message: ROLLBACK_MESSAGE, ...options, ref: then.ref })
  const source = { ...then.source, ...(now.source.order !== undefined && { order: now.source.order }) }
  const request: BumpRequest = { ...parsed, kind: "rollback", source }
  return { request, outcome: await deliverBump(request, context) }
}
