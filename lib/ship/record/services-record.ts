import { z } from "zod"
import { ReleaseRecord } from "./record.ts"

/**
 * What became of one service: shipped now, finished by an earlier run of the commit, unchanged since it was deployed,
 * failed, or held back because another one failed: from the bump, or before it was built, which then has no release.
 */
const Status = z.enum(["shipped", "finished", "unchanged", "failed", "held"])

/** One of several images of a repository. One that is unchanged has no release of its own, only what is deployed. */
export const ServiceRecord = z.object({
  status: Status,
  deployed: z.string().optional().describe("the reference by digest that the GitOps repository already has"),
  release: ReleaseRecord.optional(),
})

/** A run over several services, each with a record of its own; services of one commit name it in each. */
export const ServicesRecord = z.object({
  version: z.literal(1),
  ok: z.boolean(),
  services: z.record(z.string(), ServiceRecord),
})

export type ServiceStatus = z.infer<typeof Status>
export type ServiceRecord = z.infer<typeof ServiceRecord>
export type ServicesRecord = z.infer<typeof ServicesRecord>

export type ServiceOutcome = { status: ServiceStatus; deployed?: string; release?: { record: ReleaseRecord } }

/** The record of a whole run: it is well if nothing failed and nothing was held back. */
export function servicesRecord(services: Map<string, ServiceOutcome>): ServicesRecord {
  const entries = [...services].map(([name, { status, deployed, release }]): [string, ServiceRecord] => [
    name,
    { status, ...(deployed && { deployed }), ...(release && { release: release.record }) },
  ])
  const ok = entries.every(([, { status }]) => status !== "failed" && status !== "held")
  return { version: 1, ok, services: Object.fromEntries(entries) }
}

/** What programs read of a run most; an empty text where there is none, or one for each of several services. */
type ReleaseFields = {
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
