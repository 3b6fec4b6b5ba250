import { groupBy } from "../config/group.ts"
import type { BumpRequest } from "../gitops/request.ts"
import type { BumpedPlace } from "./stage-records.ts"

/** Bumps that can be one commit: those of the same branch of the same repository. */
export function byTarget<T extends { request: BumpRequest; place: BumpedPlace }>(asked: T[]): [T, ...T[]][] {
  return groupBy(asked, ({ place: { repo, branch } }) => `${repo} ${branch}`)
}
