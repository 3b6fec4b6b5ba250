import type { Directory } from "@dagger.io/dagger"
import { groupBy } from "../config/group.ts"
import { allInOrder, deferRejection } from "../engine/concurrency.ts"
import { type SecretUse, watchSecrets } from "../engine/secret-use.ts"
import { SlipwayError } from "../error.ts"
import type { Delivery } from "../gitops/context.ts"
import { deliverBump } from "../gitops/proposal.ts"
import { type BumpRequest, mergeRequests } from "../gitops/request.ts"
import type { NotificationRecord } from "../notify/notification.ts"
import type { DigestRef } from "../oci/reference.ts"
import { openCache } from "./cache/stage.ts"
import { releaseChart } from "./chart/chart.ts"
import type { BumpCommit, Context, ReleaseFacts, ShipOptions } from "./context.ts"
import { makeTaggedImage, type TaggedImage } from "./image.ts"
import { serviceContent } from "./inputs.ts"
import { serviceAdvice } from "./options/flags.ts"
import { type ServiceRun, servicePlaces } from "./places.ts"
import type { ReleaseRecord } from "./record/record.ts"
import { type BumpedPlace, type BumpFacts, messageOf, recordOf } from "./record/release-record.ts"
import type { ServiceStatus } from "./record/services-record.ts"
import { startRefresh } from "./refresh/refresh.ts"
import { bumpRequest, recordRelease } from "./release-steps.ts"
import { plannedTags } from "./release-tags.ts"
import { replicateRelease } from "./replication.ts"
import { findUnchanged, resume } from "./resume.ts"
import { beginRun, failedRelease, preparedRecord, type Release, shareRun, watchRun, withCaches } from "./ship.ts"
import { type HeadStart, type ImageStart, startAhead } from "./source-image.ts"
import { withShipAdvice } from "./step-advice.ts"
import { syncImage } from "./sync.ts"
import { recordDeployment } from "./trace/deployment.ts"

export type ServicesOptions = {
  services: Map<string, ShipOptions>
  onFailure: "stopAll" | "stopOne"
  /** Ends after the tags of all. */
  prepare: boolean
}

/** The outcome of one service; an unchanged one has no release, only the deployed reference. */
type ServiceRelease = { status: ServiceStatus; deployed?: DigestRef; release?: Release }
/** `caches` are those for the next run, where they are kept in a directory. */
export type ServicesRelease = {
  services: Map<string, ServiceRelease>
  caches?: Directory
  notification?: NotificationRecord
}

/** Ships several images of one repository: concurrently up to their tags, then in one bump. */
export async function shipServices(
  source: Directory,
  { services, onFailure, prepare }: ServicesOptions,
): Promise<ServicesRelease> {
  const shared = shareRun([...services.values()])
  const runs = [...services].map(([name, options]) => ({ name, context: beginRun(options, shared, name) }))
  const { begun, close } = servicePlaces(runs, shared.run)
  try {
    const all = begun.map((service) => {
      const { options, fetchImage } = service.context
      return { ...service, ahead: startAhead(source, options, fetchImage) }
    })
    const unreadable = onFailure === "stopAll" ? findUnreadable(all) : Promise.resolve([])
    const made = await Promise.all(
      all.map((service) => watchRun(service.context, () => makeService(source, { ...service, unreadable }))),
    )
    const held = onFailure === "stopAll" && made.some(({ status }) => status === "failed")
    shared.cache?.save()
    const ended = held ? made.map(hold) : prepare ? made.map(prepared) : await bumpServices(made)
    const complete = ended.map(async ({ name, status, deployed, release }) => {
      const whole = release && (await withCaches(release, shared))
      return [name, { status, deployed, release: whole }] as const
    })
    const caches = shared.cache?.directory()
    return { services: new Map(await Promise.all(complete)), ...(caches && { caches }) }
  } finally {
    await close()
  }
}

/** Throws the errors of all failed services. */
export function requireServices(release: ServicesRelease): ServicesRelease {
  const failed = [...release.services].filter(([, { status }]) => status === "failed")
  if (failed.length === 0) return release
  throw new Error(failed.map(([name, service]) => `${name}: ${messageOf(service.release?.error)}`).join("\n"))
}

type ServiceResult = ServiceRelease & { name: string; context: Context; named?: TaggedImage }

/** The services that cannot be built or tested, known before anything runs. */
export async function findUnreadable(
  services: { name: string; ahead: Pick<HeadStart, "readable"> }[],
): Promise<string[]> {
  const read = await Promise.allSettled(services.map(({ ahead }) => ahead.readable))
  return services.flatMap(({ name }, at) => (read[at]?.status === "rejected" ? [name] : []))
}

/** A service that waits for `unreadable` before it builds. */
type PendingService = ServiceRun & { ahead: HeadStart; unreadable: Promise<string[]> }

/** Ships one service up to its tags. A failure is its outcome; shipServices decides about the others. */
async function makeService(
  source: Directory,
  { name, context, open, ahead: begun, unreadable }: PendingService,
): Promise<ServiceResult> {
  const { options, facts, measure } = context
  const service = { name, context }
  try {
    const openFor = (image: ImageStart) => measure("open", () => open(() => plannedTags(image, context)))
    const refreshed = options.refresh && (await startRefresh(source, begun, { context, open: openFor }))
    if (refreshed?.idle) return finishedService(service, refreshed.idle)
    const { ahead = begun } = refreshed ?? {}
    const start = await resume(ahead.image, context)
    if (start.finished) return finishedService(service, start.finished)
    const opening = deferRejection(refreshed?.opening ?? openFor(ahead.image))
    openCache(context, opening)
    const content = await serviceContent(source, options)
    facts.content = content
    const isNew = start.earlier !== undefined || options.refresh !== undefined
    const deployed = isNew ? undefined : await findUnchanged(content, { options, opening, measure })
    if (deployed) return { ...service, status: "unchanged", deployed }
    const wrong = await unreadable
    if (wrong.length > 0 && !wrong.includes(name)) return { ...service, status: "held" }
    const named = await makeTaggedImage(source, context, { start, opening, ahead })
    await releaseChart(named)
    return { ...service, status: "shipped", named }
  } catch (error) {
    return failedService(service, error)
  }
}

function finishedService(service: Pick<ServiceResult, "name" | "context">, record: ReleaseRecord): ServiceResult {
  return { ...service, status: "finished", release: { record, finished: true } }
}

/** Bumps all tagged images together, then records each release. */
async function bumpServices(made: ServiceResult[]): Promise<ServiceResult[]> {
  const bumping = bumpTogether(made)
  return await Promise.all(
    made.map((service) => (service.named ? finishService(service, service.named, bumping.get(service.name)) : service)),
  )
}

/** `uses` are the secrets of the one commit, which count for each service in it. */
type SharedBump = { commit: BumpCommit; bump: BumpFacts; uses: SecretUse[] }

/** Starts one commit for each repository and branch; the map has the commit of each service. */
function bumpTogether(made: ServiceResult[]): Map<string, Promise<SharedBump>> {
  const requests = made.flatMap(({ name, named }) => {
    const own = named && bumpRequest(named.ref, named.revision, named.step)
    return own ? [{ name, ...own }] : []
  })
  const shares = groupByTarget(requests).flatMap((group) => {
    const [first, ...others] = group
    const request = mergeRequests([first.request, ...others.map((other) => other.request)])
    const { context } = first
    const uses: SecretUse[] = []
    const commit = watchSecrets({ stage: "gitops", uses }, () => withShipAdvice(deliverBump(request, context)))
    return group.map(({ name, place }) => {
      return [
        name,
        commit.then((outcome) => ({ commit: { request, context }, bump: { outcome, place }, uses })),
      ] as const
    })
  })
  return new Map(shares)
}

async function finishService(
  service: ServiceResult,
  tagged: TaggedImage,
  bumping?: Promise<SharedBump>,
): Promise<ServiceResult> {
  const { ref, step } = tagged
  const { facts, measure } = step
  try {
    const deployed = async () => {
      if (bumping) await measure("gitops", async () => takeBump(facts, await bumping))
      else facts.bump = "skipped"
      await recordDeployment(tagged, () => syncImage(tagged))
    }
    await allInOrder([deployed(), replicateRelease(tagged, step)])
    const record = await recordRelease(ref, step)
    return { ...service, status: "shipped", release: { ...facts, record } }
  } catch (error) {
    return failedService(service, error)
  }
}

function prepared(service: ServiceResult): ServiceResult {
  const { context, named } = service
  return named
    ? { ...service, status: "prepared", release: { ...context.facts, record: preparedRecord(named) } }
    : service
}

function takeBump(facts: ReleaseFacts, { commit, bump, uses }: SharedBump): void {
  Object.assign(facts, { commit, bump })
  // other stages of the service still add to the same list
  facts.secretUses ??= []
  facts.secretUses.push(...uses)
}

/** Holds back a tagged service, because another one failed and onFailure is stopAll. */
function hold(service: ServiceResult): ServiceResult {
  const { context, named } = service
  return named ? { ...service, status: "held", release: { ...context.facts, record: recordOf(context) } } : service
}

function failedService({ name, context }: Pick<ServiceResult, "name" | "context">, error: unknown): ServiceResult {
  if (error instanceof SlipwayError) error.message = serviceAdvice(error.message, name)
  return { name, context, status: "failed", release: failedRelease(context, error) }
}

type BumpGroupItem = { request: BumpRequest; context: { delivery?: Delivery }; place: BumpedPlace }

/**
 * Groups bumps that can be one commit: the same branch of the same repository, the same way of delivery, and the same
 * message, author and source.
 */
export function groupByTarget<T extends BumpGroupItem>(bumps: T[]): [T, ...T[]][] {
  return groupBy(bumps, ({ request, context, place: { repo, branch } }) => {
    const { kind, source, pipeline, message, author, timeout } = request
    return JSON.stringify([repo, branch, way(context.delivery), kind, source, pipeline, message, author, timeout])
  })
}

function way(delivery: Delivery | undefined): unknown {
  if (delivery?.kind !== "request") return "push"
  const { autoMerge, forge, place } = delivery
  return { autoMerge, forge: forge.name, place }
}
