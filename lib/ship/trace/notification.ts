import { type SecretUse, watchSecrets } from "../../engine/secret-use.ts"
import { type NotificationSubject, troubleOf } from "../../notify/notification.ts"
import { type NotificationContent, type NotifyOptions, notify } from "../../notify/send.ts"
import { withNotification } from "../record/audit-record.ts"
import type { ReleaseRecord } from "../record/record.ts"
import { servicesRecord } from "../record/services-record.ts"
import type { ServicesRelease } from "../services.ts"
import type { Release } from "../ship.ts"

/**
 * Tells the webhook what came of a run, and adds to the record what came of that. A rehearsal changes nothing and tells
 * nobody, and neither does a run that had nothing to do.
 */
export async function notifyRun<Shipped extends Release | ServicesRelease>(
  shipped: Shipped,
  options?: NotifyOptions,
): Promise<Shipped> {
  const content = options && notificationOf(shipped)
  const uses: SecretUse[] = []
  const notification = content && (await watchSecrets({ stage: "notify", uses }, () => notify(content, options)))
  if (!notification) return shipped
  const told = { uses, ...(notification.host && { host: notification.host }) }
  if (!("services" in shipped)) {
    return { ...shipped, record: { ...withAudit(shipped.record, told), notification } }
  }
  const services = [...shipped.services].map(([name, service]) => {
    const { release } = service
    return [name, release ? { ...service, release: { ...release, record: withAudit(release.record, told) } } : service]
  })
  return { ...shipped, services: new Map(services as [string, object][]), notification }
}

function withAudit(record: ReleaseRecord, told: Parameters<typeof withNotification>[1]): ReleaseRecord {
  const { audit } = record
  return audit ? { ...record, audit: withNotification(audit, told) } : record
}

/** What a webhook is told of a run; undefined if nothing happened, and of a preview, whose request has a comment. */
export function notificationOf(shipped: Release | ServicesRelease): NotificationContent | undefined {
  if (!("services" in shipped)) return shipped.finished ? undefined : contentOf([{ record: shipped.record }])
  const { ok } = servicesRecord(shipped.services)
  const releases = [...shipped.services].flatMap(([service, { status, release }]) => {
    const done = status === "finished" || status === "unchanged" || status === "prepared"
    return release && !done ? [{ service, record: release.record }] : []
  })
  return contentOf(releases, ok)
}

type NamedRelease = { service?: string; record: ReleaseRecord }

function contentOf(releases: NamedRelease[], ok = releases.every(({ record }) => record.ok)) {
  const [first] = releases
  if (!first || releases.some(({ record }) => record.mode === "rehearsal" || record.preview)) return undefined
  // a later run deploys what is only prepared
  if (ok && first.record.bump?.status === "pending") return undefined
  const { ci } = first.record
  const subjects = releases.map(subjectOf)
  const content = { ok, title: titleOf(releases, ok), subjects }
  return { ...content, ...(ci?.url && { run: ci.url }), ...(ci?.actor && { actor: ci.actor }) }
}

function titleOf(releases: NamedRelease[], ok: boolean): string {
  const [first, ...others] = releases
  const failed = releases.find(({ record }) => record.failure)
  const what = others.length ? `${releases.length} services` : (first?.record.image?.repository ?? "the release")
  if (ok) return `Shipped ${what}`
  return failed
    ? `Not shipped: ${failed.service ?? what} failed in ${failed.record.failure?.stage}`
    : `Not shipped: ${what}`
}

function subjectOf({ service, record }: NamedRelease): NotificationSubject {
  const { published, source, tags, bump, sync, scan, failure, deployment } = record
  const place = bump && "commit" in bump ? bump : undefined
  const fresh = (scan?.findings ?? []).filter(({ state }) => state === "new")
  return {
    ...(service && { service }),
    ...(published && { image: published }),
    ...(source?.revision && { commit: source.revision }),
    ...(source?.url && { source: source.url }),
    ...(deployment && { environment: deployment.environment }),
    ...(tags?.length && { tags: tags.map(({ name }) => name) }),
    ...(place && { gitops: gitopsOf(place) }),
    ...(sync && { cluster: sync.status }),
    ...(sync?.commitToLive !== undefined && { seconds: sync.commitToLive }),
    ...troubleOf(fresh, failure && failureOf(failure)),
  }
}

type Bumped = Extract<NonNullable<ReleaseRecord["bump"]>, { commit: string }>

function gitopsOf(bump: Bumped): NonNullable<NotificationSubject["gitops"]> {
  const { status, repo, branch, path, commit } = bump
  return { status, repo, branch, path, commit, ...(bump.status === "requested" && { request: bump.request.url }) }
}

function failureOf({ stage, code, message }: NonNullable<ReleaseRecord["failure"]>) {
  return { stage, ...(code && { code }), message }
}
