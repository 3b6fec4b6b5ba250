import type { ReleaseRecord } from "./record.ts"
import type { BumpedPlace } from "./stage-records.ts"

/** What a run would leave behind, beside the image. `request`: a proposal of the bump is as good as the bump. */
export type Wanted = { tags: string[]; bump?: BumpedPlace & { request?: boolean } }

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

function sameBump(done: ReleaseRecord["bump"], wanted?: Wanted["bump"]): boolean {
  if (!done || done.status === "skipped") return !wanted
  if (!wanted || (done.status === "requested" && !wanted.request)) return false
  const { repo, branch, path, edits = [] } = done
  const places = repo === wanted.repo && branch === wanted.branch && path === wanted.path
  return places && sameSet(edits, wanted.edits ?? [])
}

function sameSet(some: string[], others: string[]): boolean {
  return some.length === others.length && some.every((one) => others.includes(one))
}
