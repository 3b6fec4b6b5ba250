import type { Digest } from "../../oci/reference.ts"
import { isHeld, type TagState } from "../../publish/tag-state.ts"
import type { AttestedStatement } from "../../sign/verification.ts"
import { ReleaseRecord, type TagRecord } from "./record.ts"
import type { BumpedPlace } from "./release-record.ts"

/** The record that an earlier run attested of a digest. One of another digest or of another version says nothing here. */
export function earlierRecord(statements: AttestedStatement[], digest: Digest): ReleaseRecord | undefined {
  const sha256 = digest.replace("sha256:", "")
  const about = statements.filter(({ subjects }) => subjects.some((subject) => subject.sha256 === sha256))
  for (const { predicate } of about.reverse()) {
    const record = ReleaseRecord.safeParse(predicate)
    if (record.success && record.data.image?.digest === digest) return record.data
  }
  return undefined
}

/** What a run would leave behind, beside the image. */
export type ReleaseTarget = { tags: string[]; bump?: BumpedPlace }

/** Whether an earlier run did all that this one is asked for; another tag or overlay is something to do. */
export function isFinished({ ok, tags = [], bump }: ReleaseRecord, wanted: ReleaseTarget): boolean {
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
export function withCurrentTags(record: ReleaseRecord, states: TagState[]): ReleaseRecord | undefined {
  if (!states.every((state) => state.at === "itself" || isHeld(state))) return undefined
  const tags = record.tags?.map((tag): TagRecord => {
    const state = states.find(({ name }) => name === tag.name)
    if (state && isHeld(state)) return { name: tag.name, change: "superseded", newer: state.newer }
    return tag.change === "superseded" ? { name: tag.name, change: "unchanged" } : tag
  })
  return { ...record, ...(tags && { tags }) }
}

function sameBump(done: ReleaseRecord["bump"], wanted?: ReleaseTarget["bump"]): boolean {
  if (!done || done.status === "skipped") return !wanted
  // whether a request is still open, or merged, or was closed, only its forge can say
  if (!wanted || done.status === "requested") return false
  const { repo, branch, path, imageName, edits = [], tag, kustomizeOptions = [] } = done
  const places =
    repo === wanted.repo && branch === wanted.branch && path === wanted.path && imageName === wanted.imageName
  const built = sameSet(kustomizeOptions, wanted.kustomizeOptions ?? [])
  return places && tag === wanted.tag && sameSet(edits, wanted.edits ?? []) && built
}

function sameSet(some: string[], others: string[]): boolean {
  return some.length === others.length && some.every((one) => others.includes(one))
}
