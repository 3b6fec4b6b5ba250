import type { Directory } from "@dagger.io/dagger"
import type { Revision } from "../config/revision.ts"
import type { DigestRef } from "../oci/digest-ref.ts"
import type { TagWish } from "../publish/push.ts"
import { requirePass } from "../scan/outcome.ts"
import { scanLayout } from "../scan/scan-layout.ts"
import { requirePassed } from "../test/outcome.ts"
import { runTests } from "../test/suite.ts"
import { buildSource, type ImageStart } from "./build-source.ts"
import type { Built, Context, Step } from "./context.ts"
import type { HeadStart } from "./head-start.ts"
import type { Place } from "./place.ts"
import { attestImage, publishImage, signImage, startLooking, tagImage, verifyImage } from "./release-steps.ts"
import { releaseTags } from "./release-tags.ts"
import type { Earlier, Start } from "./resume.ts"

/** A verified digest in the registry, the commit that it is of, and the tags that may lead to it from now on. */
type Verified = { ref: DigestRef; revision?: Revision; tags: TagWish[] }

/** A verified image under its tags, and what its further steps share. */
export type Named = Verified & { step: Step }

type Begun = { start: Start; opening: Promise<Place>; ahead: HeadStart }

/** Takes over what an earlier run of this commit made, or makes it. No tag exists before everything is verified. */
export async function nameImage(source: Directory, context: Context, begun: Begun): Promise<Named> {
  const { earlier } = begun.start
  const image = earlier ? adoptImage(earlier, context) : await makeImage(source, context, begun)
  const step = { ...context, place: await begun.opening }
  await context.measure("tag", () => tagImage(image.ref, image.tags, step))
  return { ...image, step }
}

/** From source to a verified digest. Nothing outside is touched before tests and gate have passed and its tags are known. */
async function makeImage(source: Directory, context: Context, { opening, ahead }: Begun): Promise<Verified> {
  const { options, measure, fetchImage } = context
  const { images, scanner } = options.scan
  const fetching = fetchImage(images[scanner])
  const testing = measure("test", () => testSource(source, ahead.plans, context))
  const building = measure("build", () => buildImage(source, ahead.image, context))
  const scanning = Promise.all([building, fetching]).then(([{ layout }]) =>
    measure("scan", () => scanImage(layout, context)),
  )
  const [place, built] = await Promise.all([opening, building, testing, scanning])
  const { revision } = built
  const tags = releaseTags(options.tags, { revision, mode: place.mode, ci: options.ci })
  const step = { ...context, place }
  const ref = await measure("publish", () => publishImage(built.layout, step))
  const release = startLooking(ref, built, step)
  await measure("sign", () => signImage(ref, release, step))
  await measure("attest", () => attestImage(ref, { built, release }, step))
  await measure("verify", () => verifyImage(ref, step))
  return { ref, tags, ...(revision && { revision }) }
}

/** Takes over what an earlier run of this commit made and proved; it was verified when it was found. */
function adoptImage({ ref, evidence, verified, revision, tags }: Earlier, { facts }: Context): Verified {
  facts.adopted = evidence
  facts.ref = ref
  facts.signature = { signer: verified.signer, checks: verified.checks }
  facts.attestations = verified.attested.map(({ ref: subject, type }) => ({
    ref: subject,
    type,
    status: "alreadyAttested",
  }))
  return { ref, revision, tags }
}

async function testSource(
  source: Directory,
  plans: HeadStart["plans"],
  { options: { tests }, facts }: Context,
): Promise<void> {
  facts.tests = tests === "skip" ? { status: "skipped" } : await runTests(source, tests, plans)
  requirePassed(facts.tests)
}

async function buildImage(source: Directory, start: ImageStart, { options, facts }: Context): Promise<Built> {
  const built = await buildSource(source, options, start)
  facts.built = built
  return built
}

async function scanImage(layout: Directory, { options, run, facts }: Context): Promise<void> {
  facts.scan = await scanLayout(layout, { ...options.scan, run })
  requirePass(facts.scan)
}
