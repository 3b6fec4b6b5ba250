import { isHeld, type TagState } from "../publish/tag-state.ts"
import type { ReleaseRecord, TagRecord } from "./record.ts"
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

/** The record with its tags as they are now; undefined if there is something to do about one of them. */
export function tagsOfNow(record: ReleaseRecord, states: TagState[]): ReleaseRecord | undefined {
  if (!states.every((state) => state.at === "itself" || isHeld(state))) return undefined
  const tags = record.tags?.map((tag): TagRecord => {
    const state = states.find(({ name }) => name === tag.name)
    if (state && isHeld(state)) return { name: tag.name, change: "superseded", newer: state.newer }
    return tag.change === "superseded" ? { name: tag.name, change: "unchanged" } : tag
  })
  return { ...record, ...(tags && { tags }) }
}

function sameBump(done: ReleaseRecord["bump"], wanted?: Wanted["bump"]): boolean {
  if (!done || done.status === "skipped") return !wanted
  // whether a request is still open, or merged, or was closed, only its forge can say
  if (!wanted || done.status === "requested") return false
  const { repo, branch, path, image, edits = [], tag, kustomizeOptions = [] } = done
  const places = repo === wanted.repo && branch === wanted.branch && path === wanted.path && image === wanted.image
  const built = sameSet(kustomizeOptions, wanted.kustomizeOptions ?? [])
  return places && tag === wanted.tag && sameSet(edits, wanted.edits ?? []) && built
}

function sameSet(some: string[], others: string[]): boolean {
  return some.length === others.length && some.every((one) => others.includes(one))
}
