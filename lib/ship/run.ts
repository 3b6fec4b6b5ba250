import type { Directory } from "@dagger.io/dagger"
import { newRun } from "../engine/tool.ts"
import { SlipwayError } from "../error.ts"
import { parseBumpOptions } from "../gitops/options.ts"
import { planDelivery } from "../gitops/proposal.ts"
import { type DigestRef, digestRef } from "../oci/reference.ts"
import { renderSigner } from "../sign/signer.ts"
import { planSuite } from "../test/suite-plan.ts"
import type { ShipOptions } from "./context.ts"
import type { Place } from "./delivery.ts"
import { serviceAdvice } from "./options/flags.ts"
import type { ShipWhat } from "./options/options.ts"
import { openPlace } from "./places.ts"
import { imageRecord, sourceRecord } from "./record/release-record.ts"
import { bumpSource, requireTags } from "./release-steps.ts"
import { plannedTags } from "./release-tags.ts"
import { type PlannedBump, type ReleasePlan, renderPlan } from "./report/plan-text.ts"
import { requireServices, type ServicesRelease, shipServices } from "./services.ts"
import { type Release, requireShipped, ship, startFacts } from "./ship.ts"
import { buildSource, startImage } from "./source-image.ts"
import { withShipAdvice } from "./step-advice.ts"

/** Ships one image, or all services of a repository; a stage that fails is an outcome. */
export async function shipAll(source: Directory, what: ShipWhat): Promise<Release | ServicesRelease> {
  return what.kind === "image" ? await ship(source, what.options) : await shipServices(source, what)
}

/** The release, or the error of what failed. */
export function requireAll(shipped: Release | ServicesRelease): Release | ServicesRelease {
  return "services" in shipped ? requireServices(shipped) : requireShipped(shipped)
}

/** What it would do, service by service. */
export async function planAll(source: Directory, what: ShipWhat): Promise<string> {
  if (what.kind === "image") return renderPlan(await planRelease(source, what.options))
  const plans = [...what.services].map(async ([name, options]) => {
    return `== ${name}\n${renderPlan(await withServiceName(name, planRelease(source, options)))}`
  })
  return (await Promise.all(plans)).join("\n")
}

/** Which of several services an error is about. What a command said when it failed hangs on its own error, and stays. */
async function withServiceName<T>(name: string, planning: Promise<T>): Promise<T> {
  try {
    return await planning
  } catch (error) {
    if (error instanceof SlipwayError) error.message = `${name}: ${serviceAdvice(error.message, name)}`
    throw error
  }
}

/** What ship would do, to the last digest, which is why the image is built; nothing outside the engine is touched. */
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
    const bump = place.bump && (await planOverlay(ref, place, bumpSource(built.revision, options.ci)))
    return {
      mode: place.mode,
      source: sourceRecord(built.revision),
      tests,
      image: imageRecord(built, { repository: place.repository.name }),
      scanner: options.scan.scanner,
      threshold: options.scan.rules.threshold,
      signer: await renderSigner(place.signer),
      tags: await requireTags(built.content.digest, named, { place, options, run }),
      unearned: facts.unearned ?? [],
      ...(bump && { bump }),
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

async function planOverlay(
  ref: DigestRef,
  { bump }: Place,
  source: ReturnType<typeof bumpSource>,
): Promise<PlannedBump | undefined> {
  if (!bump) return undefined
  const { context, ...target } = bump
  const request = parseBumpOptions({ ...target, ref, ...source })
  const { diff, proposal } = await withShipAdvice(planDelivery(request, context))
  return { repo: context.access.remote.url, branch: target.branch, path: target.path, diff, proposal }
}
