import type { Directory } from "@dagger.io/dagger"
import { newRun } from "../config/effect.ts"
import { bump } from "../gitops/bump.ts"
import type { BumpOutcome } from "../gitops/outcome.ts"
import { mergeRequests } from "../gitops/request.ts"
import { type DigestRef, digestRef } from "../oci/digest-ref.ts"
import { byTarget } from "./bump-groups.ts"
import type { Context, ShipOptions, Step } from "./context.ts"
import { messageOf } from "./failure.ts"
import { adoptImage, makeImage, type Verified } from "./image.ts"
import { releaseRecord } from "./release-record.ts"
import { type AskedBump, attestRecord, bumpFacts, bumpRequest, tagImage } from "./release-steps.ts"
import { isUnchanged, readStart } from "./resume.ts"
import { serviceContent } from "./service-content.ts"
import { openServices, type ServicePlaces } from "./service-places.ts"
import type { ServiceStatus } from "./services-record.ts"
import { type Release, startFacts } from "./ship.ts"
import { startStopwatch } from "./stopwatch.ts"

export type ServicesOptions = { services: Map<string, ShipOptions>; onFailure: "stopAll" | "stopOne" }

/** What became of one service; what is unchanged has no release, only what is deployed. */
export type ServiceRelease = { status: ServiceStatus; deployed?: DigestRef; release?: Release }
export type ServicesRelease = { services: Map<string, ServiceRelease> }

/** Several images of one repository: side by side to their tags, and then into the GitOps repository together. */
export async function shipServices(
  source: Directory,
  { services, onFailure }: ServicesOptions,
): Promise<ServicesRelease> {
  const run = newRun()
  const begun = [...services].map(([name, options]) => ({ name, context: beginService(name, options, run) }))
  const places = openServices(begun, run)
  try {
    const made = await Promise.all(begun.map((service) => makeService(source, service, places)))
    const held = onFailure === "stopAll" && made.some(({ status }) => status === "failed")
    const ended = held ? made.map(hold) : await bumpServices(made)
    return {
      services: new Map(ended.map(({ name, status, deployed, release }) => [name, { status, deployed, release }])),
    }
  } finally {
    await places.close()
  }
}

/** The release, or what the services that failed say. */
export function requireServices(release: ServicesRelease): ServicesRelease {
  const failed = [...release.services].filter(([, { status }]) => status === "failed")
  if (failed.length === 0) return release
  throw new Error(failed.map(([name, service]) => `${name}: ${messageOf(service.release?.error)}`).join("\n"))
}

function beginService(name: string, options: ShipOptions, run: Context["run"]): Context {
  return { options, run, facts: startFacts(options, name), ...startStopwatch() }
}

type Begun = { name: string; context: Context }
type Tagged = { image: Verified; step: Step }
type Made = ServiceRelease & Begun & { tagged?: Tagged }

/** One service up to its tags. A failure is its own outcome: what that means for the others is decided later. */
async function makeService(source: Directory, { name, context }: Begun, places: ServicePlaces): Promise<Made> {
  const { options, facts, measure } = context
  const service = { name, context }
  try {
    const start = facts.mode === "delivery" ? await measure("resume", () => readStart(source, options)) : {}
    if (start.finished) return { ...service, status: "finished", release: { record: start.finished, finished: true } }
    facts.content = await serviceContent(source, options)
    if (start.inputs) facts.inputs = start.inputs
    const opening = measure("open", () => places.of(name))
    const deployed = start.earlier ? undefined : await unchangedSince(context, opening)
    if (deployed) return { ...service, status: "unchanged", deployed }
    const image = start.earlier ? adoptImage(start.earlier, context) : await makeImage(source, context, opening)
    const step = { ...context, place: await opening }
    await measure("tag", () => tagImage(image.ref, image.tags, step))
    return { ...service, status: "shipped", tagged: { image, step } }
  } catch (error) {
    return failed(service, error)
  }
}

/** What is deployed, if this service's files have not changed since it was built. */
async function unchangedSince(
  { options, facts: { content } }: Context,
  opening: ReturnType<ServicePlaces["of"]>,
): Promise<DigestRef | undefined> {
  const { destination, delivery, force } = options
  if (force || !content || destination.kind === "rehearsal" || !delivery) return undefined
  const [digest, ...others] = (await opening).deployed ?? []
  if (!digest || others.length > 0) return undefined
  const same = await isUnchanged(digest, { content, options: { ...options, destination, delivery } })
  return same ? digestRef(destination.repository, digest) : undefined
}

/** All that was tagged goes into git together, one commit for each repository and branch, and then on record. */
async function bumpServices(made: Made[]): Promise<Made[]> {
  const asked = made.flatMap((service) => {
    const { image, step } = service.tagged ?? {}
    const own = image && step && bumpRequest(image.ref, image.revision, step)
    if (step && !own) step.facts.bump = "skipped"
    return own ? [{ name: service.name, ...own }] : []
  })
  const commits = new Map<string, Promise<BumpOutcome>>()
  for (const group of byTarget(asked)) {
    const [first, ...others] = group
    const request = mergeRequests([first.request, ...others.map((other) => other.request)])
    const commit = bump(request, first.context)
    for (const { name } of group) commits.set(name, commit)
  }
  return await Promise.all(
    made.map(async (service) => {
      const own = asked.find(({ name }) => name === service.name)
      return service.tagged
        ? await finishService(service, service.tagged, { own, commit: commits.get(service.name) })
        : service
    }),
  )
}

type Bumped = { own?: AskedBump; commit?: Promise<BumpOutcome> }

async function finishService(service: Made, { image, step }: Tagged, { own, commit }: Bumped): Promise<Made> {
  const { facts, stages, measure, options } = step
  try {
    if (own && commit) facts.bump = bumpFacts(await measure("gitops", () => commit), own)
    const record = releaseRecord(facts, { stages, tools: options.tools })
    if (facts.inputs) await measure("record", () => attestRecord(image.ref, record, step))
    return { ...service, status: "shipped", release: { ...facts, record } }
  } catch (error) {
    return failed(service, error)
  }
}

/** Signed and tagged, but not deployed: another one failed, and they were to go together or not at all. */
function hold(service: Made): Made {
  if (!service.tagged) return service
  const { facts, stages, options } = service.context
  return {
    ...service,
    status: "held",
    release: { ...facts, record: releaseRecord(facts, { stages, tools: options.tools }) },
  }
}

function failed({ name, context }: Begun, error: unknown): Made {
  const { facts, stages, options } = context
  const record = releaseRecord(facts, { stages, tools: options.tools, error })
  return { name, context, status: "failed", release: { ...facts, record, error } }
}
