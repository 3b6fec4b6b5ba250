import type { Directory } from "@dagger.io/dagger"
import { newRun } from "../engine/tool.ts"
import { SlipwayError } from "../error.ts"
import { planDelivery } from "../gitops/proposal.ts"
import { type DigestRef, digestRef } from "../oci/reference.ts"
import { gateText } from "../scan/gate/failure-reason.ts"
import { renderSigner } from "../sign/signer.ts"
import { planText } from "../smoke/plan.ts"
import { planPlatforms } from "../smoke/smoke.ts"
import { planSuite } from "../test/suite-plan.ts"
import { deployedImage } from "./baseline.ts"
import { planChart } from "./chart/chart.ts"
import { parseReleaseBump } from "./chart/release-bump.ts"
import type { ImageBuild, ShipOptions } from "./context.ts"
import { beforeRelease, type Place } from "./delivery.ts"
import { serviceAdvice } from "./options/flags.ts"
import type { ShipTarget } from "./options/options.ts"
import { openPlace } from "./places.ts"
import { imageRecord, sourceRecord } from "./record/release-record.ts"
import { bumpSource, requireTags } from "./release-steps.ts"
import { plannedTags } from "./release-tags.ts"
import { type PlannedBump, type ReleasePlan, renderPlan } from "./report/plan-text.ts"
import { requireServices, type ServicesRelease, shipServices } from "./services.ts"
import { type Release, requireShipped, ship, startFacts } from "./ship.ts"
import { buildSource, startImage } from "./source-image.ts"
import { withShipAdvice } from "./step-advice.ts"
import { notifyRun } from "./trace/notification.ts"

/** Ships one image, or all services of a repository. A failed stage is an outcome, not an error. */
export async function shipAll(source: Directory, what: ShipTarget): Promise<Release | ServicesRelease> {
  const shipped = what.kind === "image" ? await ship(source, what.options) : await shipServices(source, what)
  return await notifyRun(shipped, what.notify)
}

/** Throws the error of a failed release. */
export function requireAll(shipped: Release | ServicesRelease): Release | ServicesRelease {
  return "services" in shipped ? requireServices(shipped) : requireShipped(shipped)
}

/** The plan of each service. */
export async function planAll(source: Directory, what: ShipTarget): Promise<string> {
  if (what.kind === "image") return renderPlan(await planRelease(source, what.options))
  const plans = [...what.services].map(async ([name, options]) => {
    return `== ${name}\n${renderPlan(await withServiceName(name, planRelease(source, options)))}`
  })
  return (await Promise.all(plans)).join("\n")
}

/** Adds the service's name to an error. A failed command's error stays unchanged, because it carries the output. */
async function withServiceName<T>(name: string, planning: Promise<T>): Promise<T> {
  try {
    return await planning
  } catch (error) {
    if (error instanceof SlipwayError) error.message = `${name}: ${serviceAdvice(error.message, name)}`
    throw error
  }
}

/** What ship would do. Builds the image for its digest, and changes nothing outside the engine. */
export async function planRelease(source: Directory, options: ShipOptions): Promise<ReleasePlan> {
  const run = newRun()
  const start = startImage(source, options)
  const facts = startFacts(options)
  const naming = plannedTags(start, { options, facts })
  const [place, tests, built, named] = await Promise.all([
    openPlace(options, run, () => naming),
    planTests(source, options),
    withShipAdvice(buildSource(source, options, start)),
    naming,
  ])
  try {
    const ref = digestRef(place.repository, built.content.digest)
    const planned = await planChart({ ref, ...named }, { place, options, run })
    const source = bumpSource(built.revision, options.ci)
    const bump = place.bump && !options.prepare && (await planOverlay({ ref, planned }, place, source))
    return {
      mode: place.mode,
      source: sourceRecord(built.revision),
      tests,
      image: imageRecord(built, { repository: place.repository.name }),
      scanner: options.scan.scanner,
      gate: gateText(options.scan.rules),
      ...(options.scan.rules.onlyNew && { baseline: deployedImage(place) }),
      attestations: (options.signing?.attestations ?? []).map(({ type }) => type),
      smoke: await planSmokeLines(built, options),
      signer: await renderSigner(place.signer),
      tags: await requireTags(built.content.digest, named, { place, options, run }),
      unearned: facts.unearned ?? [],
      ...(planned && { chart: { name: planned.packaged.name, version: planned.tag.name, published: planned.ref } }),
      ...(bump && { bump }),
      ...(options.sync && { sync: options.sync }),
      replicas: place.replicas.map(({ repository }) => repository.name),
    }
  } finally {
    await place.close()
  }
}

async function planTests(source: Directory, { tests }: ShipOptions): Promise<ReleasePlan["tests"]> {
  if (tests === "skip") return []
  const plans = await withShipAdvice(planSuite(source, tests))
  return plans.map(({ name, image, commands }) => ({ name, image, commands }))
}

async function planSmokeLines(image: ImageBuild, { smoke }: ShipOptions): Promise<string[]> {
  const planned = "skip" in smoke ? smoke : await withShipAdvice(planPlatforms(image, smoke))
  if ("skip" in planned) return [`not started: ${planned.skip}`]
  return planned.starts.map(({ manifest, plan }) => `${manifest.platform.padEnd(12)} ${planText(plan)}`)
}

async function planOverlay(
  { ref, planned }: { ref: DigestRef; planned: Awaited<ReturnType<typeof planChart>> },
  { bump }: Place,
  source: ReturnType<typeof bumpSource>,
): Promise<PlannedBump | undefined> {
  if (!bump) return undefined
  const { context, ...target } = bump
  const chart = planned && { ref: planned.ref, version: planned.tag.name }
  const request = parseReleaseBump({ ...target, ...source }, { ref, ...(chart && { chart }) })
  const { diff, proposal, checked } = await withShipAdvice(planDelivery(request, beforeRelease(context)))
  const place = { repo: context.access.remote.url, branch: target.branch, path: target.path }
  return { ...place, diff, proposal, ...(checked && { checks: checked.report }) }
}
