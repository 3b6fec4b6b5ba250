import type { Directory } from "@dagger.io/dagger"
import type { Revision } from "../config/revision.ts"
import type { DigestRef } from "../oci/digest-ref.ts"
import type { TagWish } from "../publish/push.ts"
import { requirePass } from "../scan/outcome.ts"
import { scanLayout } from "../scan/scan-layout.ts"
import { requirePassed } from "../test/outcome.ts"
import { runTests } from "../test/suite.ts"
import { buildSource } from "./build-source.ts"
import type { Built, Context, Step } from "./context.ts"
import type { Place } from "./place.ts"
import { attestImage, publishImage, signImage, tagImage, verifyImage } from "./release-steps.ts"
import { releaseTags } from "./release-tags.ts"
import type { Earlier, Start } from "./resume.ts"

/** A verified digest in the registry, the commit that it is of, and the tags that may lead to it from now on. */
type Verified = { ref: DigestRef; revision?: Revision; tags: TagWish[] }

/** A verified image under its tags, and what its further steps share. */
export type Named = Verified & { step: Step }

type Begun = { start: Start; opening: Promise<Place> }

/** Takes over what an earlier run of this commit made, or makes it. No tag exists before everything is verified. */
export async function nameImage(source: Directory, context: Context, { start, opening }: Begun): Promise<Named> {
  const image = start.earlier ? adoptImage(start.earlier, context) : await makeImage(source, context, opening)
  const step = { ...context, place: await opening }
  await context.measure("tag", () => tagImage(image.ref, image.tags, step))
  return { ...image, step }
}

/** From source to a verified digest. Nothing outside is touched before tests and gate have passed and its tags are known. */
async function makeImage(source: Directory, context: Context, opening: Promise<Place>): Promise<Verified> {
  const { options, measure } = context
  const testing = measure("test", () => testSource(source, context))
  const building = measure("build", () => buildImage(source, context))
  const scanning = building.then(({ layout }) => measure("scan", () => scanImage(layout, context)))
  const [place, built] = await Promise.all([opening, building, testing, scanning])
  const { revision } = built
  const tags = releaseTags(options.tags, { revision, mode: place.mode, ci: options.ci })
  const step = { ...context, place }
  const ref = await measure("publish", () => publishImage(built.layout, step))
  const signed = await measure("sign", () => signImage(ref, step))
  await measure("attest", () => attestImage(ref, built, step))
  await measure("verify", () => verifyImage(ref, signed, step))
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

async function testSource(source: Directory, { options: { tests }, facts }: Context): Promise<void> {
  facts.tests = tests === "skip" ? { status: "skipped" } : await runTests(source, tests)
  requirePassed(facts.tests)
}

async function buildImage(source: Directory, { options, facts }: Context): Promise<Built> {
  const built = await buildSource(source, options)
  facts.built = built
  return built
}

async function scanImage(layout: Directory, { options, run, facts }: Context): Promise<void> {
  facts.scan = await scanLayout(layout, { ...options.scan, run })
  requirePass(facts.scan)
}
