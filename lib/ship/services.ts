import type { Directory } from "@dagger.io/dagger"
import { deferRejection } from "../engine/concurrency.ts"
import { newRun } from "../engine/tool.ts"
import { SlipwayError } from "../error.ts"
import { deliverBump } from "../gitops/proposal.ts"
import { mergeRequests } from "../gitops/request.ts"
import type { DigestRef } from "../oci/reference.ts"
import { byTarget } from "./bump-groups.ts"
import type { Context, ShipOptions } from "./context.ts"
import { messageOf } from "./failure.ts"
import { type HeadStart, startAhead } from "./head-start.ts"
import { type Named, nameImage } from "./image.ts"
import { imageFetcher } from "./image-fetch.ts"
import { plannedTags } from "./planned-tags.ts"
import { type BumpFacts, recordOf } from "./release-record.ts"
import { bumpRequest, recordRelease } from "./release-steps.ts"
import { findUnchanged, resume } from "./resume.ts"
import { serviceContent } from "./service-content.ts"
import { servicesWords } from "./service-flags.ts"
import { type Begun, servicePlaces } from "./service-places.ts"
import type { ServiceStatus } from "./services-record.ts"
import { beginRun, failedRelease, type Release } from "./ship.ts"
import { inShipsWords } from "./ships-words.ts"

export type ServicesOptions = { services: Map<string, ShipOptions>; onFailure: "stopAll" | "stopOne" }

/** What became of one service; what is unchanged has no release, only what is deployed. */
export type ServiceRelease = { status: ServiceStatus; deployed?: DigestRef; release?: Release }
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

type Made = ServiceRelease & { name: string; context: Context; named?: Named }

/** The services of which it shows before anything runs that they cannot be built or tested. */
export async function findUnreadable(
  services: { name: string; ahead: Pick<HeadStart, "readable"> }[],
): Promise<string[]> {
  const read = await Promise.allSettled(services.map(({ ahead }) => ahead.readable))
  return services.flatMap(({ name }, at) => (read[at]?.status === "rejected" ? [name] : []))
}

/** A service that waits until it is known of all whether they can be built. */
type Waiting = Begun & { ahead: HeadStart; unreadable: Promise<string[]> }

/** One service up to its tags. A failure is its own outcome: what that means for the others is decided later. */
async function makeService(source: Directory, { name, context, open, ahead, unreadable }: Waiting): Promise<Made> {
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
    return { ...service, status: "shipped", named: await nameImage(source, context, { start, opening, ahead }) }
  } catch (error) {
    return failed(service, error)
  }
}

/** All that was tagged goes into git together, and then on record. */
async function bumpServices(made: Made[]): Promise<Made[]> {
  const bumping = bumpTogether(made)
  return await Promise.all(
    made.map((service) => (service.named ? finishService(service, service.named, bumping.get(service.name)) : service)),
  )
}

/** One commit for each repository and branch, and each service's share of it by its name. */
function bumpTogether(made: Made[]): Map<string, Promise<BumpFacts>> {
  const asked = made.flatMap(({ name, named }) => {
    const own = named && bumpRequest(named.ref, named.revision, named.step)
    return own ? [{ name, ...own }] : []
  })
  const shares = byTarget(asked).flatMap((group) => {
    const [first, ...others] = group
    const request = mergeRequests([first.request, ...others.map((other) => other.request)])
    const commit = inShipsWords(deliverBump(request, first.context))
    return group.map(({ name, place }) => [name, commit.then((outcome) => ({ outcome, place }))] as const)
  })
  return new Map(shares)
}

async function finishService(service: Made, { ref, step }: Named, bumping?: Promise<BumpFacts>): Promise<Made> {
  const { facts, measure } = step
  try {
    if (bumping) await measure("gitops", async () => Object.assign(facts, { bump: await bumping }))
    else facts.bump = "skipped"
    const record = await recordRelease(ref, step)
    return { ...service, status: "shipped", release: { ...facts, record } }
  } catch (error) {
    return failed(service, error)
  }
}

/** Signed and tagged, but not deployed: another one failed, and they were to go together or not at all. */
function hold(service: Made): Made {
  const { context, named } = service
  return named ? { ...service, status: "held", release: { ...context.facts, record: recordOf(context) } } : service
}

function failed({ name, context }: Pick<Made, "name" | "context">, error: unknown): Made {
  if (error instanceof SlipwayError) error.message = servicesWords(error.message, name)
  return { name, context, status: "failed", release: failedRelease(context, error) }
}
