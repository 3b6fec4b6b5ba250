import type { ReleaseRecord } from "./record.ts"
import type { ServicesRecord } from "./services-record.ts"

/** What programs read of a run most; an empty text where there is none, or one for each of several services. */
export type ReleaseFields = {
  ok: boolean
  ref: string
  digest: string
  repository: string
  commit: string
  tags: string[]
}

export function releaseFields(record: ReleaseRecord | ServicesRecord): ReleaseFields {
  if ("services" in record) return servicesFields(record)
  const { ok, published = "", image, tags = [] } = record
  return {
    ok,
    ref: published,
    digest: image?.digest ?? "",
    repository: image?.repository ?? "",
    commit: commitOf(record),
    // a superseded tag is at a newer image
    tags: tags.filter(({ change }) => change !== "superseded").map(({ name }) => name),
  }
}

/** Services that are bumped together are in one commit; those of several GitOps repositories are not. */
function servicesFields({ ok, services }: ServicesRecord): ReleaseFields {
  const bumped = Object.values(services).flatMap(({ release }) => (release ? [commitOf(release)] : []))
  const [commit = "", ...others] = new Set(bumped.filter((one) => one !== ""))
  return { ok, ref: "", digest: "", repository: "", commit: others.length ? "" : commit, tags: [] }
}

/** A superseded bump left the commit of a newer image in place. */
function commitOf({ bump }: ReleaseRecord): string {
  return bump && bump.status !== "skipped" && bump.status !== "superseded" ? bump.commit : ""
}
