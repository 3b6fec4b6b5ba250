import type { Directory } from "@dagger.io/dagger"
import { type BuildOptions, type BuiltImage, buildImage } from "../build/docker-build.ts"
import { newRun, type Run } from "../config/effect.ts"
import type { Revision } from "../config/revision.ts"
import type { Tools } from "../config/tools.ts"
import { bump } from "../gitops/bump.ts"
import { parseBumpOptions } from "../gitops/options.ts"
import { blobPath } from "../oci/digest.ts"
import { type DigestRef, splitDigestRef } from "../oci/digest-ref.ts"
import { parseImageManifest, pullSize } from "../oci/image-manifest.ts"
import { type LayoutContent, readLayout } from "../oci/layout.ts"
import { pushLayout, type TagWritten, writeTags } from "../publish/push.ts"
import { requirePass } from "../scan/outcome.ts"
import { type ScanOptions, type ScanOutcome, scanLayout } from "../scan/scan-layout.ts"
import { signDigest } from "../sign/cosign.ts"
import { requirePassed, type TestOutcome } from "../test/outcome.ts"
import { runTests, type TestOptions } from "../test/suite.ts"
import { type DeliveryInput, openDelivery } from "./delivery.ts"
import type { Destination } from "./destination.ts"
import type { Place } from "./place.ts"
import type { BumpRecord, ReleaseRecord, SignatureRecord } from "./record.ts"
import { openRehearsal } from "./rehearsal.ts"
import { releaseTags } from "./release-tags.ts"
import { bumpRecord, platformRecords, scanRecord, sourceRecord, testRecord } from "./stage-records.ts"
import { startStopwatch } from "./stopwatch.ts"

export type ShipOptions = {
  destination: Destination
  delivery?: DeliveryInput
  tests: TestOptions | "skip"
  build: BuildOptions
  scan: Omit<ScanOptions, "run">
  tags: string[]
  tools: Tools
}

/** The whole chain. Nothing outside is touched before tests and gate have passed, and no tag exists before the signature. */
export async function ship(source: Directory, options: ShipOptions): Promise<ReleaseRecord> {
  const run = newRun()
  const { measure, times } = startStopwatch()
  const opening = measure("open", () => openPlace(options, run))
  const testing = measure("test", () => testSource(source, options.tests))
  const building = measure("build", () => buildImage(source, options.build))
  const scanning = building.then(({ layout }) => measure("scan", () => scanImage(layout, { ...options.scan, run })))
  const [place, tests, built, scan] = await Promise.all([opening, testing, building, scanning])
  try {
    const tags = releaseTags(options.tags, { revision: built.revision, mode: place.mode })
    const content = await readLayout(built.layout)
    const ref = await measure("publish", () =>
      pushLayout(built.layout, { ...registry(place, options, run), repository: place.repository }),
    )
    const signature = await measure("sign", () => signImage(ref, { place, options, run }))
    const written = await measure("tag", () => writeTags(ref, tags, registry(place, options, run)))
    const bumped = await measure("gitops", () => bumpImage(ref, place, built.revision))
    return await record({ place, ref, tests, built, content, scan, signature, written, bumped, times })
  } finally {
    await place.close()
  }
}

function openPlace({ destination, delivery, tools }: ShipOptions, run: Run): Promise<Place> {
  if (destination.kind === "rehearsal" || !delivery) return openRehearsal(run, tools)
  return openDelivery(destination, { input: delivery, run, tools })
}

async function testSource(source: Directory, tests: TestOptions | "skip"): Promise<TestOutcome> {
  return tests === "skip" ? { status: "skipped" } : requirePassed(await runTests(source, tests))
}

async function scanImage(layout: Directory, options: ScanOptions): Promise<ScanOutcome> {
  return requirePass(await scanLayout(layout, options))
}

type Step = { place: Place; options: ShipOptions; run: Run }

async function signImage(ref: DigestRef, { place, options, run }: Step): Promise<SignatureRecord> {
  const { access, key } = place
  const { signer, checks } = await signDigest(ref, { key, access, cosignImage: options.tools.cosign, run })
  return { signer, checks }
}

async function bumpImage(ref: DigestRef, { bump: place }: Place, revision?: Revision): Promise<BumpRecord> {
  if (!place) return { status: "skipped" }
  const { context, branch, path, image } = place
  const source = revision && {
    sourceRevision: revision.commit,
    sourceOrder: revision.time,
    sourceRepository: revision.url,
  }
  const outcome = await bump(parseBumpOptions({ path, image, ref, branch, ...source }), context)
  return bumpRecord(outcome, { repo: context.access.remote.url, branch, path })
}

function registry({ access }: Place, { tools }: ShipOptions, run: Run) {
  return { craneImage: tools.crane, access, run }
}

type Facts = {
  place: Place
  ref: DigestRef
  tests: TestOutcome
  built: BuiltImage
  content: LayoutContent
  scan: ScanOutcome
  signature: SignatureRecord
  written: TagWritten[]
  bumped: BumpRecord
  times: ReleaseRecord["stages"]
}

async function record(facts: Facts): Promise<ReleaseRecord> {
  const { repository, digest } = splitDigestRef(facts.ref)
  return {
    version: 1,
    mode: facts.place.mode,
    source: sourceRecord(facts.built.revision),
    tests: testRecord(facts.tests),
    buildWarnings: facts.built.warnings,
    repository: repository.name,
    digest,
    platforms: platformRecords(facts.content.manifests, facts.scan, await pullSizes(facts.built.layout, facts.content)),
    scan: scanRecord(facts.scan),
    signature: facts.signature,
    tags: facts.written,
    bump: facts.bumped,
    stages: facts.times,
  }
}

async function pullSizes(layout: Directory, { manifests }: LayoutContent): Promise<Map<string, number>> {
  const sizes = manifests.map(async ({ digest }) => {
    const text = await layout.file(blobPath(digest)).contents()
    return [digest, pullSize(parseImageManifest(text, digest))] as const
  })
  return new Map(await Promise.all(sizes))
}
