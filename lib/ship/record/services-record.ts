import { z } from "zod"
import { NotificationRecord } from "../../notify/notification.ts"
import { ReleaseRecord } from "./record.ts"

/**
 * The outcome of one service: shipped now, prepared for a later bump, finished by an earlier run of the commit, unchanged since
 * it was deployed, failed, or held because another one failed. A service that is held before its build has no release.
 */
const Status = z.enum(["shipped", "prepared", "finished", "unchanged", "failed", "held"])

/** One of several images of a repository. An unchanged one has no release, only the deployed reference. */
export const ServiceRecord = z.object({
  status: Status,
  deployed: z.string().optional().describe("the reference by digest that the GitOps repository already has"),
  release: ReleaseRecord.optional(),
})

/** A run over several services, each with its own record; services that share a commit repeat it. */
export const ServicesRecord = z.object({
  version: z.literal(1),
  ok: z.boolean(),
  services: z.record(z.string(), ServiceRecord),
  notification: NotificationRecord.optional(),
})

export type ServiceStatus = z.infer<typeof Status>
export type ServiceRecord = z.infer<typeof ServiceRecord>
export type ServicesRecord = z.infer<typeof ServicesRecord>

export type ServiceOutcome = { status: ServiceStatus; deployed?: string; release?: { record: ReleaseRecord } }

/** The record of a whole run: ok if no service failed or was held. */
export function servicesRecord(
  services: Map<string, ServiceOutcome>,
  notification?: NotificationRecord,
): ServicesRecord {
  const entries = [...services].map(([name, { status, deployed, release }]): [string, ServiceRecord] => [
    name,
    { status, ...(deployed && { deployed }), ...(release && { release: release.record }) },
  ])
  const ok = entries.every(([, { status }]) => status !== "failed" && status !== "held")
  return { version: 1, ok, services: Object.fromEntries(entries), ...(notification && { notification }) }
}

/** The fields that programs read most; empty if missing, or if each of several services has another value. */
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
    // a superseded tag belongs to a newer image
    tags: tags.filter(({ change }) => change !== "superseded").map(({ name }) => name),
  }
}

/** The commit, if all services share one; services of several GitOps repositories do not. */
function servicesFields({ ok, services }: ServicesRecord): ReleaseFields {
  const bumped = Object.values(services).flatMap(({ release }) => (release ? [commitOf(release)] : []))
  const [commit = "", ...others] = new Set(bumped.filter((one) => one !== ""))
  return { ok, ref: "", digest: "", repository: "", commit: others.length ? "" : commit, tags: [] }
}

/** A superseded bump's commit is that of a newer image, so it does not count. */
function commitOf({ bump }: ReleaseRecord): string {
  return bump && "commit" in bump && bump.status !== "superseded" ? bump.commit : ""
}
