import { type Directory, dag } from "@dagger.io/dagger"
import { NODE_IMAGE } from "../../src/tool-images.ts"
import { type BuildOptions, buildImage } from "../build/docker-build.ts"
import { type BuildReading, readBuild } from "../build/reading.ts"
import { readRevision } from "../config/checkout.ts"
import { type CiRun, parseCi } from "../config/ci.ts"
import { parseVersion, type Revision } from "../config/revision.ts"
import { deferRejection } from "../engine/concurrency.ts"
import type { Tools } from "../engine/tool.ts"
import { readLayout } from "../oci/layout.ts"
import { verifyLayout } from "../oci/layout-verification.ts"
import { describeBuild } from "../sign/provenance.ts"
import type { TestPlan } from "../test/plan.ts"
import { planSuite } from "../test/suite-plan.ts"
import { buildFacts } from "./attestation.ts"
import { stepCache } from "./cache/step-cache.ts"
import { buildVolumes } from "./cache/volumes.ts"
import type { FetchImage, ImageBuild, ShipOptions } from "./context.ts"
import { type GivenImage, isDirty, parseGivenProvenance, pullSizes } from "./given-image.ts"
import { withShipAdvice } from "./step-advice.ts"
import { startStopwatch } from "./stopwatch.ts"

/** What a run reads from its source, started before resume knows which stages are left. */
export type HeadStart = {
  image: ImageStart
  plans: Promise<TestPlan[]>
  /** Rejects if the source cannot be built or tested; does not wait for images. */
  readable: Promise<unknown>
}

/**
 * Reads the source and pulls images while resume queries the registry, so that the query costs a new commit no time.
 * Nothing of the source runs yet, and a failure here surfaces in the stage that needs the result.
 */
export function startAhead(source: Directory, options: ShipOptions, fetchImage: FetchImage): HeadStart {
  const { kustomize } = options.tools
  const revision = fetchImage(kustomize).then(() => readRevision(source, kustomize))
  const image = startImage(source, options, revision)
  const planning = deferRejection(withShipAdvice(planTests(source, options.tests)))
  if (options.refresh) return withoutImages(image, planning)
  const plans = deferRejection(withImages(planning, fetchImage))
  if (image.kind === "given") return { image, plans, readable: planning }
  const readable = deferRejection(Promise.all([image.reading, planning]))
  return { image: { ...image, reading: deferRejection(withBases(image.reading, fetchImage)) }, plans, readable }
}

/** A refresh usually has nothing to do, so it pulls nothing ahead. */
function withoutImages(image: ImageStart, plans: Promise<TestPlan[]>): HeadStart {
  const reading = image.kind === "source" ? image.reading : undefined
  return { image, plans, readable: deferRejection(Promise.all([reading, plans])) }
}

async function planTests(source: Directory, tests: ShipOptions["tests"]): Promise<TestPlan[]> {
  return tests === "skip" ? [] : await planSuite(source, tests)
}

async function withImages(planning: Promise<TestPlan[]>, fetchImage: FetchImage): Promise<TestPlan[]> {
  const plans = await planning
  await Promise.all(plans.map((plan) => plan.kind === "image" && fetchImage(plan.image)))
  return plans
}

async function withBases(reading: Promise<BuildReading>, fetchImage: FetchImage): Promise<BuildReading> {
  const read = await reading
  await Promise.all(read.bases.map(({ image, platform }) => fetchImage(image, platform)))
  return read
}

type ImageSourceOptions = Pick<ShipOptions, "build" | "given" | "ci" | "service" | "tools">

/** An image before anything of its source runs; a given one is already complete. */
export type ImageStart =
  | { kind: "given"; image: Promise<ImageBuild> }
  | { kind: "source"; reading: Promise<BuildReading>; revision: Promise<Revision | undefined> }

export function startImage(
  source: Directory,
  { given, build, service, tools }: ImageSourceOptions,
  known?: Promise<Revision | undefined>,
): ImageStart {
  const read = known ?? readRevision(source, tools.kustomize)
  const revision = deferRejection(withShipAdvice(read.then((found) => releaseRevision(found, { service }))))
  const nodeImage = build.nodeImage ?? NODE_IMAGE
  if (given) return { kind: "given", image: deferRejection(readGivenImage(given, { revision, nodeImage })) }
  return { kind: "source", revision, reading: deferRejection(withShipAdvice(readBuild(source, build, revision))) }
}

/** Builds the image or takes the given one, and reads the facts for record and plan. */
export async function buildSource(
  source: Directory,
  what: ImageSourceOptions,
  start = startImage(source, what),
): Promise<ImageBuild> {
  const built = start.kind === "given" ? await start.image : await buildHere(source, what.build, start.reading)
  const revision = releaseRevision(built.revision, what)
  return { ...built, ...(revision && { revision }) }
}

/** The image's commit; a given image's provenance may state that it was dirty. */
export async function readStartRevision(start: ImageStart): Promise<Revision | undefined> {
  return start.kind === "given" ? (await start.image).revision : await start.revision
}

async function buildHere(
  source: Directory,
  options: ShipOptions["build"],
  reading: Promise<BuildReading>,
): Promise<ImageBuild> {
  const image = await buildImage(source, options, reading)
  const content = await readLayout(image.layout)
  return { ...image, content, sizes: pullSizes(content) }
}

/**
 * The given image as if it were built here, with the other job's provenance. That job is untrusted, so the digest of every
 * blob of its layout is verified before anything reads it.
 */
async function readGivenImage(
  given: GivenImage,
  { revision: known, nodeImage }: { revision: Promise<Revision | undefined>; nodeImage: string },
): Promise<ImageBuild> {
  const opening = verifyLayout(given.layout, nodeImage)
  const [{ layout, content }, read, text] = await Promise.all([opening, known, given.provenance.contents()])
  const provenance = parseGivenProvenance(text, content, { revision: read, commit: given.commit })
  const revision = read && { ...read, dirty: read.dirty || isDirty(provenance) }
  const sizes = pullSizes(content)
  return { layout, content, sizes, warnings: [], bases: [], provenance, ...(revision && { revision }) }
}

/** Facts about the revision that the checkout lacks: the CI job's, and the name of one of several services. */
type RevisionFacts = { ci?: CiRun; service?: string }

/** Completes the revision from the CI job, whose checkout has no branch and often no tags. */
export function releaseRevision(revision: Revision | undefined, { ci, service }: RevisionFacts): Revision | undefined {
  if (!revision) return undefined
  const { branch = ci?.branch, tags } = revision
  const all = ci?.tag && !tags.includes(ci.tag) ? [...tags, ci.tag] : tags
  return { ...revision, ...(branch && { branch }), tags: service === undefined ? all : serviceTags(all, service) }
}

/**
 * The version tags of one of several services, named as api/v1.2.3, api-v1.2.3 or api@1.2.3; the repository's tags if the
 * service has none.
 */
function serviceTags(tags: string[], service: string): string[] {
  const own = tags.flatMap((tag) => {
    const rest = tag.startsWith(service) ? tag.slice(service.length) : ""
    return /^[/@-]/.test(rest) && parseVersion([rest.slice(1)]) ? [rest.slice(1)] : []
  })
  return own.length ? own : tags
}

/** Image and provenance of the same build, as one object. */
export async function buildResult(
  source: Directory,
  { build, ci: variables, tools, cache }: { build: BuildOptions; ci: string[]; tools: Tools; cache?: Directory },
) {
  const ci = parseCi(variables)
  const { stages, measure } = startStopwatch()
  const what = { build, tools, ...(ci && { ci }) }
  const start = startImage(source, what)
  const caches = stepCache(cache, { ci: variables, nodeImage: build.nodeImage ?? NODE_IMAGE, tools })
  if (start.kind === "source") await caches.fill(async () => await buildVolumes(await start.reading, []))
  const built = await measure("build", () => buildSource(source, what, start))
  const next = await caches.end()
  const predicate = describeBuild(buildFacts({ built, options: build, tools, stages, ...(ci && { ci }) }))
  const provenance = dag.file("provenance.json", `${JSON.stringify(predicate, null, 2)}\n`)
  const { layout, content, warnings } = built
  return {
    layout,
    digest: content.digest,
    platforms: content.manifests.map(({ platform }) => platform),
    provenance,
    warnings,
    cache: next,
    files: dag
      .directory()
      .withDirectory("layout", layout)
      .withFile("provenance.json", provenance)
      .with((folder) => (cache ? folder.withDirectory("cache", next) : folder)),
  }
}
