import type { Directory } from "@dagger.io/dagger"
import type { Revision } from "../config/revision.ts"
import type { DigestRef } from "../oci/digest-ref.ts"
import { requirePass } from "../scan/outcome.ts"
import { scanLayout } from "../scan/scan-layout.ts"
import { requirePassed } from "../test/outcome.ts"
import { runTests } from "../test/suite.ts"
import { buildSource } from "./build-source.ts"
import type { Built, Context } from "./context.ts"
import type { Place } from "./place.ts"
import { attestImage, publishImage, signImage, verifyImage } from "./release-steps.ts"
import type { Earlier } from "./resume.ts"

/** A verified digest in the registry, and the commit that it is of; no tag leads to it yet. */
export type Verified = { ref: DigestRef; revision?: Revision }

/** From source to a verified digest. Nothing outside is touched before tests and gate have passed. */
export async function makeImage(source: Directory, context: Context, opening: Promise<Place>): Promise<Verified> {
  const { measure } = context
  const testing = measure("test", () => testSource(source, context))
  const building = measure("build", () => buildImage(source, context))
  const scanning = building.then(({ layout }) => measure("scan", () => scanImage(layout, context)))
  const [place, built] = await Promise.all([opening, building, testing, scanning])
  const step = { ...context, place }
  const ref = await measure("publish", () => publishImage(built.layout, step))
  const signed = await measure("sign", () => signImage(ref, step))
  await measure("attest", () => attestImage(ref, built, step))
  await measure("verify", () => verifyImage(ref, signed, step))
  return { ref, ...(built.revision && { revision: built.revision }) }
}

/** Takes over what an earlier run of this commit made and proved; it was verified when it was found. */
export function adoptImage({ ref, evidence, verified, revision }: Earlier, { facts }: Context): Verified {
  facts.adopted = evidence
  facts.ref = ref
  facts.signature = { signer: verified.signer, checks: verified.checks }
  facts.attestations = verified.attested.map(({ ref: subject, type }) => ({
    ref: subject,
    type,
    status: "alreadyAttested",
  }))
  return { ref, revision }
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
