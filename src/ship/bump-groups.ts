import type { BumpRequest } from "../gitops/request.ts"
import type { BumpedPlace } from "./stage-records.ts"

/** Bumps that can be one commit: those of the same branch of the same repository. */
export function byTarget<T extends { request: BumpRequest; place: BumpedPlace }>(asked: T[]): [T, ...T[]][] {
  const groups = new Map<string, [T, ...T[]]>()
  for (const one of asked) {
    const key = `${one.place.repo} ${one.place.branch}`
    const group = groups.get(key)
    if (group) group.push(one)
    else groups.set(key, [one])
  }
  return [...groups.values()]
}
