import type { Directory } from "@dagger.io/dagger"
import { groupBy } from "../config/group.ts"
import { deferRejection } from "../engine/concurrency.ts"
import { newRun } from "../engine/tool.ts"
import { SlipwayError } from "../error.ts"
import type { Delivery } from "../gitops/context.ts"
import { deliverBump } from "../gitops/proposal.ts"
import { type BumpRequest, mergeRequests } from "../gitops/request.ts"
import type { DigestRef } from "../oci/reference.ts"
import { type Context, imageFetcher, type ShipOptions } from "./context.ts"
import { makeTaggedImage, type TaggedImage } from "./image.ts"
import { serviceContent } from "./inputs.ts"
import { serviceAdvice } from "./options/flags.ts"
import { type ServiceRun, servicePlaces } from "./places.ts"
import { type BumpedPlace, type BumpFacts, messageOf, recordOf } from "./record/release-record.ts"
import type { ServiceStatus } from "./record/services-record.ts"
import { bumpRequest, recordRelease } from "./release-steps.ts"
import { plannedTags } from "./release-tags.ts"
import { findUnchanged, resume } from "./resume.ts"
import { beginRun, failedRelease, type Release } from "./ship.ts"
import { type HeadStart, startAhead } from "./source-image.ts"
import { withShipAdvice } from "./step-advice.ts"

export type ServicesOptions = { services: Map<string, ShipOptions>; onFailure: "stopAll" | "stopOne" }

/** What became of one service; what is unchanged has no release, only what is deployed. */
type ServiceRelease = { status: ServiceStatus; deployed?: DigestRef; release?: Release }
export type ServicesRelease = { services: Map<string, ServiceRelease> }

/** Several images of one repository: side by side to their tags, and then into the GitOps repository together. */
export async function shipServices(
  source: Directory,
  { services, onFailure }: ServicesOptions,
): Promise<ServicesRelease> {
  const shared = { run: newRun(), fetchImage: imageFetcher() }
  const runs = [...services].map(([name, options]) => ({ name, context: beginRun(options, shared, name) }))
  const { begun, close } = servicePlaces(runs, shared.run)
  try {
    const all = begun.map((service) => {
      const { options, fetchImage } = service.context
      return { ...service, ahead: startAhead(source, options, fetchImage) }
    })
    const unreadable = onFailure === "stopAll" ? findUnreadable(all) : Promise.resolve([])
    const made = await Promise.all(all.map((service) => makeService(source, { ...service, unreadable })))
    const held = onFailure === "stopAll" && made.some(({ status }) => status === "failed")
    const ended = held ? made.map(hold) : await bumpServices(made)
    return {
      services: new Map(ended.map(({ name, status, deployed, release }) => [name, { status, deployed, release }])),
    }
  } finally {
    await close()
  }
}

/** The release, or what the services that failed say. */
export function requireServices(release: ServicesRelease): ServicesRelease {
  const failed = [...release.services].filter(([, { status }]) => status === "failed")
  if (failed.length === 0) return release
  throw new Error(failed.map(([name, service]) => `${name}: ${messageOf(service.release?.error)}`).join("\n"))
}

type ServiceResult = ServiceRelease & { name: string; context: Context; named?: TaggedImage }

/** The services of which it shows before anything runs that they cannot be built or tested. */
export async function findUnreadable(
  services: { name: string; ahead: Pick<HeadStart, "readable"> }[],
): Promise<string[]> {
  const read = await Promise.allSettled(services.map(({ ahead }) => ahead.readable))
  return services.flatMap(({ name }, at) => (read[at]?.status === "rejected" ? [name] : []))
}

/** A service that waits until it is known of all whether they can be built. */
type PendingService = ServiceRun & { ahead: HeadStart; unreadable: Promise<string[]> }

/** One service up to its tags. A failure is its own outcome: what that means for the others is decided later. */
async function makeService(
  source: Directory,
  { name, context, open, ahead, unreadable }: PendingService,
): Promise<ServiceResult> {
  const { options, facts, measure } = context
  const service = { name, context }
  try {
    const start = await resume(ahead.image, context)
    if (start.finished) return { ...service, status: "finished", release: { record: start.finished, finished: true } }
    const opening = deferRejection(measure("open", () => open(() => plannedTags(ahead.image, context))))
    const content = await serviceContent(source, options)
    facts.content = content
    const deployed = start.earlier ? undefined : await findUnchanged(content, { options, opening, measure })
    if (deployed) return { ...service, status: "unchanged", deployed }
    const wrong = await unreadable
    if (wrong.length > 0 && !wrong.includes(name)) return { ...service, status: "held" }
    return { ...service, status: "shipped", named: await makeTaggedImage(source, context, { start, opening, ahead }) }
  } catch (error) {
    return failedService(service, error)
  }
}

/** All that was tagged goes into git together, and then on record. */
async function bumpServices(made: ServiceResult[]): Promise<ServiceResult[]> {
  const bumping = bumpTogether(made)
  return await Promise.all(
    made.map((service) => (service.named ? finishService(service, service.named, bumping.get(service.name)) : service)),
  )
}

/** One commit for each repository and branch, and each service's share of it by its name. */
function bumpTogether(made: ServiceResult[]): Map<string, Promise<BumpFacts>> {
  const asked = made.flatMap(({ name, named }) => {
    const own = named && bumpRequest(named.ref, named.revision, named.step)
    return own ? [{ name, ...own }] : []
  })
  const shares = groupByTarget(asked).flatMap((group) => {
    const [first, ...others] = group
    const request = mergeRequests([first.request, ...others.map((other) => other.request)])
    const commit = withShipAdvice(deliverBump(request, first.context))
    return group.map(({ name, place }) => [name, commit.then((outcome) => ({ outcome, place }))] as const)
  })
  return new Map(shares)
}

async function finishService(
  service: ServiceResult,
  { ref, step }: TaggedImage,
  bumping?: Promise<BumpFacts>,
): Promise<ServiceResult> {
  const { facts, measure } = step
  try {
    if (bumping) await measure("gitops", async () => Object.assign(facts, { bump: await bumping }))
    else facts.bump = "skipped"
    const record = await recordRelease(ref, step)
    return { ...service, status: "shipped", release: { ...facts, record } }
  } catch (error) {
    return failedService(service, error)
  }
}

/** Signed and tagged, but not deployed: another one failed, and they were to go together or not at all. */
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
 * Bumps that can be one commit: those of the same branch of the same repository that are brought there in the same way,
 * and whose commit would say the same. One that asks for a request is not pushed because another one is.
 */
export function groupByTarget<T extends BumpGroupItem>(asked: T[]): [T, ...T[]][] {
  return groupBy(asked, ({ request, context, place: { repo, branch } }) => {
    const { kind, source, pipeline, message, author, timeout } = request
    return JSON.stringify([repo, branch, way(context.delivery), kind, source, pipeline, message, author, timeout])
  })
}

function way(delivery: Delivery | undefined): unknown {
  if (delivery?.kind !== "request") return "push"
  const { autoMerge, forge, place } = delivery
  return { autoMerge, forge: forge.name, place }
}
