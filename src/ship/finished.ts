import type { ReleaseRecord } from "./record.ts"
import type { BumpedPlace } from "./stage-records.ts"

/** What a run would leave behind, beside the image. */
export type Wanted = { tags: string[]; bump?: BumpedPlace }

/** Whether an earlier run did all that this one is asked for; another tag or overlay is something to do. */
export function isFinished({ ok, tags = [], bump }: ReleaseRecord, wanted: Wanted): boolean {
  return (
    ok &&
    sameSet(
      tags.map(({ name }) => name),
      wanted.tags,
    ) &&
    sameBump(bump, wanted.bump)
  )
}

function sameBump(done: ReleaseRecord["bump"], wanted?: BumpedPlace): boolean {
  if (!done || done.status === "skipped") return !wanted
  if (!wanted) return false
  const { repo, branch, path, edits = [] } = done
  const places = repo === wanted.repo && branch === wanted.branch && path === wanted.path
  return places && sameSet(edits, wanted.edits ?? [])
}

function sameSet(some: string[], others: string[]): boolean {
  return some.length === others.length && some.every((one) => others.includes(one))
}
