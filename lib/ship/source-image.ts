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
import type { FetchImage, ImageBuild, ShipOptions } from "./context.ts"
import { type GivenImage, isDirty, parseGivenProvenance, pullSizes } from "./given-image.ts"
import { withShipAdvice } from "./step-advice.ts"
import { startStopwatch } from "./stopwatch.ts"

/** What a run reads of its source, each once, and the images that it begins from: begun before it is known what is left to do. */
export type HeadStart = {
  image: ImageStart
  plans: Promise<TestPlan[]>
  /** Rejected if what is read cannot be built or tested; no image is waited for. */
  readable: Promise<unknown>
}

/**
 * While the registry is asked what this commit came to, source and images are at hand already: a commit that was not
 * shipped yet, which most are, loses no time by asking. Nothing of the source runs before the answer, and nothing that is
 * wrong here matters before the stage that needs it.
 */
export function startAhead(source: Directory, options: ShipOptions, fetchImage: FetchImage): HeadStart {
  const { kustomize } = options.tools
  const revision = fetchImage(kustomize).then(() => readRevision(source, kustomize))
  const image = startImage(source, options, revision)
  const planning = deferRejection(withShipAdvice(planTests(source, options.tests)))
  const plans = deferRejection(withImages(planning, fetchImage))
  if (image.kind === "given") return { image, plans, readable: planning }
  const readable = deferRejection(Promise.all([image.reading, planning]))
  return { image: { ...image, reading: deferRejection(withBases(image.reading, fetchImage)) }, plans, readable }
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

type BuildWhat = Pick<ShipOptions, "build" | "given" | "ci" | "service" | "tools">

/** What is known of an image before anything of its source runs: all, of one that was given. */
export type ImageStart =
  | { kind: "given"; image: Promise<ImageBuild> }
  | { kind: "source"; reading: Promise<BuildReading>; revision: Promise<Revision | undefined> }

export function startImage(
  source: Directory,
  { given, build, service, tools }: BuildWhat,
  known?: Promise<Revision | undefined>,
): ImageStart {
  const read = known ?? readRevision(source, tools.kustomize)
  const revision = deferRejection(withShipAdvice(read.then((found) => releaseRevision(found, { service }))))
  const nodeImage = build.nodeImage ?? NODE_IMAGE
  if (given) return { kind: "given", image: deferRejection(readGivenImage(given, { revision, nodeImage })) }
  return { kind: "source", revision, reading: deferRejection(withShipAdvice(readBuild(source, build, revision))) }
}

/** Builds the image, or takes the one that was given, and reads what the record and the plan say of it. */
export async function buildSource(
  source: Directory,
  what: BuildWhat,
  start = startImage(source, what),
): Promise<ImageBuild> {
  const built = start.kind === "given" ? await start.image : await buildHere(source, what.build, start.reading)
  const revision = releaseRevision(built.revision, what)
  return { ...built, ...(revision && { revision }) }
}

/** The commit that the image is of: a given one's own provenance may say that it was dirty. */
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
 * The image as if it had been built here, with the other job's word for how. That job has no rights and may be anybody's,
 * so every blob of its layout is hashed before anything reads it.
 */
async function readGivenImage(
  given: GivenImage,
  { revision: known, nodeImage }: { revision: Promise<Revision | undefined>; nodeImage: string },
): Promise<ImageBuild> {
  const opening = verifyLayout(given.layout, nodeImage)
  const [{ layout, content }, read, text] = await Promise.all([opening, known, given.provenance.contents()])
  const said = parseGivenProvenance(text, content, { revision: read, commit: given.commit })
  const revision = read && { ...read, dirty: read.dirty || isDirty(said) }
  const sizes = pullSizes(content)
  return { layout, content, sizes, warnings: [], bases: [], provenance: said, ...(revision && { revision }) }
}

/** What else than its checkout says something of the source: the CI job, and which of several services is shipped. */
type RevisionFacts = { ci?: CiRun; service?: string }

/** The source's revision with what only the CI job knows: its checkout is of a commit, on no branch and often without tags. */
export function releaseRevision(revision: Revision | undefined, { ci, service }: RevisionFacts): Revision | undefined {
  if (!revision) return undefined
  const { branch = ci?.branch, tags } = revision
  const all = ci?.tag && !tags.includes(ci.tag) ? [...tags, ci.tag] : tags
  return { ...revision, ...(branch && { branch }), tags: service === undefined ? all : serviceTags(all, service) }
}

/**
 * In a repository of several services each can have versions of its own, named by git tags as api/v1.2.3, api-v1.2.3 or
 * api@1.2.3; where a service has none, the repository's are its own.
 */
function serviceTags(tags: string[], service: string): string[] {
  const own = tags.flatMap((tag) => {
    const rest = tag.startsWith(service) ? tag.slice(service.length) : ""
    return /^[/@-]/.test(rest) && parseVersion([rest.slice(1)]) ? [rest.slice(1)] : []
  })
  return own.length ? own : tags
}

/** One build as one object: the image and its provenance are of the same build, so they cannot disagree. */
export async function buildResult(
  source: Directory,
  { build, ci: variables, tools }: { build: BuildOptions; ci: string[]; tools: Tools },
) {
  const ci = parseCi(variables)
  const { stages, measure } = startStopwatch()
  const built = await measure("build", () => buildSource(source, { build, tools, ...(ci && { ci }) }))
  const predicate = describeBuild(buildFacts({ built, options: build, tools, stages, ...(ci && { ci }) }))
  const provenance = dag.file("provenance.json", `${JSON.stringify(predicate, null, 2)}\n`)
  const { layout, content, warnings } = built
  return {
    layout,
    digest: content.digest,
    platforms: content.manifests.map(({ platform }) => platform),
    provenance,
    warnings,
    files: dag.directory().withDirectory("layout", layout).withFile("provenance.json", provenance),
  }
}
