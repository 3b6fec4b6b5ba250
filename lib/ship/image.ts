import type { Directory } from "@dagger.io/dagger"
import { NODE_IMAGE } from "../../src/tool-images.ts"
import { allInOrder, deferRejection } from "../engine/concurrency.ts"
import { type DigestRef, digestRef } from "../oci/reference.ts"
import type { Baseline } from "../scan/baseline/comparison.ts"
import { requirePass } from "../scan/outcome.ts"
import { scanImage as scanBuilt } from "../scan/scan-layout.ts"
import { requireStarted } from "../smoke/outcome.ts"
import { smokeImage as startBuilt } from "../smoke/smoke.ts"
import { requirePassed } from "../test/outcome.ts"
import { runTests } from "../test/suite.ts"
import { startConversions } from "./attestation.ts"
import { readBaseline } from "./baseline.ts"
import { earlierScans } from "./cache/earlier-scans.ts"
import { type EarlierTests, findTests } from "./cache/earlier-tests.ts"
import { saveCaches, startFilling } from "./cache/stage.ts"
import { planChart } from "./chart/chart.ts"
import type { Context, ImageBuild, ReleasedImage, Step } from "./context.ts"
import type { Place } from "./delivery.ts"
import { attestImage, publishImage, requireTags, signImage, tagImage, verifyImage } from "./release-steps.ts"
import { plannedTags } from "./release-tags.ts"
import type { EarlierRelease, ResumePoint } from "./resume.ts"
import { buildSource, type HeadStart, type ImageStart } from "./source-image.ts"
import { shipAdvice, withShipAdvice } from "./step-advice.ts"

/** A verified image with its tags, and the context of its further steps. */
export type TaggedImage = ReleasedImage & { step: Step }

type ImageRunStart = { start: ResumePoint; opening: Promise<Place>; ahead: HeadStart }

/** Adopts the image of an earlier run of this commit, or builds one. Writes no tag before everything is verified. */
export async function makeTaggedImage(source: Directory, context: Context, begun: ImageRunStart): Promise<TaggedImage> {
  const { earlier } = begun.start
  const image = earlier ? adoptImage(earlier, context) : await makeImage(source, context, begun)
  const step = { ...context, place: await begun.opening }
  await context.measure("tag", () => tagImage(image, step))
  return { ...image, step }
}

/** From source to a verified digest. Nothing outside the engine changes before tests, scan and the image's start pass. */
async function makeImage(
  source: Directory,
  context: Context,
  { opening, ahead }: ImageRunStart,
): Promise<ReleasedImage> {
  const { options, measure, fetchImage } = context
  const { images, scanner } = options.scan
  const naming = plannedTags(ahead.image, context)
  const fetching = fetchImage(images[scanner])
  const earlier = findTests(source, ahead, context)
  const filling = startFilling(ahead, context, earlier)
  const testing = Promise.all([earlier, filling.tests]).then(([found]) => {
    return measure("test", () => testSource(source, { plans: ahead.plans, earlier: found }, context))
  })
  const building = filling.build.then(() => measure("build", () => buildImage(source, ahead.image, context)))
  const baseline = deferRejection(opening.then((place) => readBaseline(place, context)))
  const scanning = Promise.all([building, fetching, filling.scan]).then(([image]) => {
    return measure("scan", () => scanImage(image, { context, baseline }))
  })
  const starting = building.then((image) => measure("smoke", () => smokeImage(image, context)))
  const [place, built, named] = await Promise.all([opening, building, naming, testing, scanning, starting])
  const step = { ...context, place }
  saveCaches(context)
  const ref = await measure("publish", () => publishFree(built, { named, step }))
  const release = await measure("sign", () => signImage(ref, built, step))
  await measure("attest", () => attestImage(ref, { built, release }, step))
  const verified = await measure("verify", () => verifyImage(ref, step))
  return { ref: verified, ...named }
}

/** Checks that the tags and the version of the chart are free, then pushes. A registry that fails the check fails the publish stage. */
async function publishFree(
  built: ImageBuild,
  { named, step }: { named: Awaited<ReturnType<typeof plannedTags>>; step: Step },
): Promise<DigestRef> {
  const ref = digestRef(step.place.repository, built.content.digest)
  await allInOrder([requireTags(built.content.digest, named, step), planChart({ ref, ...named }, step)])
  return await publishImage(built, step)
}

/** Adopts the image of an earlier run of this commit; resume has already verified it. */
function adoptImage({ ref, evidence, verified, revision, tags }: EarlierRelease, { facts }: Context): ReleasedImage {
  facts.adopted = evidence
  facts.ref = ref
  facts.signature = { signer: verified.signer, checks: verified.checks }
  facts.attestations = verified.attested.map(({ ref: subject, type }) => ({
    ref: subject,
    type,
    status: "alreadyAttested",
  }))
  return { ref: verified.ref, revision, tags }
}

async function testSource(
  source: Directory,
  { plans, earlier }: { plans: HeadStart["plans"]; earlier: EarlierTests },
  { options: { tests }, facts }: Context,
): Promise<void> {
  facts.tests = tests === "skip" ? { status: "skipped" } : (earlier.outcome ?? (await runTests(source, tests, plans)))
  requirePassed(facts.tests, shipAdvice)
  earlier.keep(facts.tests)
}

async function buildImage(source: Directory, start: ImageStart, { options, facts }: Context): Promise<ImageBuild> {
  const built = await withShipAdvice(buildSource(source, options, start))
  facts.built = built
  return built
}

async function smokeImage(image: ImageBuild, { options: { smoke, build }, facts }: Context): Promise<void> {
  facts.smoke =
    "skip" in smoke
      ? { status: "skipped", reason: smoke.skip }
      : await withShipAdvice(startBuilt(image, smoke, build.nodeImage ?? NODE_IMAGE))
  requireStarted(facts.smoke, shipAdvice)
}

type ScanContext = { context: Context; baseline: Promise<Baseline | undefined> }

async function scanImage(image: ImageBuild, { context, baseline }: ScanContext): Promise<void> {
  const { options, run, facts } = context
  const earlier = earlierScans(context, image.revision?.commit)
  facts.scan = await scanBuilt(image, { ...options.scan, run, baseline, ...(earlier && { earlier }) })
  requirePass(facts.scan)
  startConversions(facts.scan)
}
