import { dag } from "@dagger.io/dagger"
import { verifyChart } from "../../chart/chart-verification.ts"
import { planVersion } from "../../chart/chart-version.ts"
import { type PackagedChart, packageChart } from "../../chart/package.ts"
import type { Revision } from "../../config/revision.ts"
import { allInOrder } from "../../engine/concurrency.ts"
import { SlipwayError } from "../../error.ts"
import { type DigestRef, digestRef, parseDigestRef, splitDigestRef } from "../../oci/reference.ts"
import { pushManifest } from "../../publish/push.ts"
import { readTag, readTagStates, writeTags } from "../../publish/registry-tags.ts"
import { requireFree, revisionSource } from "../../publish/tag-state.ts"
import type { PlannedTag } from "../../publish/tags.ts"
import { attestDigests } from "../../sign/attestation.ts"
import { BUILD_TYPES, describeBuild, type Provenance } from "../../sign/provenance.ts"
import { signRelease } from "../../sign/release-signing.ts"
import { PREDICATE_TYPES } from "../../sign/verification.ts"
import { builderOf } from "../attestation.ts"
import type { ChartOptions, Context, ReleasedImage, Step } from "../context.ts"
import type { ChartRecord } from "../record/record.ts"
import { withShipAdvice } from "../step-advice.ts"

/** What decides a chart's content besides its files: the image, its commit and its tags. */
type ChartImage = { ref: DigestRef } & Pick<ReleasedImage, "revision" | "tags">
/** The part of a step that packaging needs. */
export type ChartStep = Pick<Step, "place" | "options" | "run" | "runtime">
/** The part that the release of a chart needs, which adds to the record's facts. */
export type ChartRun = ChartStep & Pick<Step, "measure"> & { facts: { chart?: ChartRecord } }
type PlannedChart = { packaged: PackagedChart; ref: DigestRef; tag: PlannedTag }

/**
 * Packages the chart with the image's digest; without any effect. A version that another chart has is refused here, before
 * the image is pushed.
 */
export async function planChart(image: ChartImage, step: ChartStep): Promise<PlannedChart | undefined> {
  const { options, place } = step
  if (!options.chart || !place.chart) return undefined
  const planned = await withShipAdvice(packageFor(image, options.chart, step))
  const { ref, tag } = planned
  requireFree(ref, await readTagStates(ref, [tag], { ...tagTools(step, image), moment: "before the chart" }))
  return planned
}

async function packageFor(
  { ref, revision, tags }: ChartImage,
  { source, addresses, template }: ChartOptions,
  { options, place }: ChartStep,
): Promise<PlannedChart> {
  const { repository, access } = chartPlace(place)
  const tag = chartTag({ source, template }, revision)
  const appVersion = tags.find(({ floating }) => !floating)?.name
  const versions = { version: tag.name, ...(appVersion && { appVersion }) }
  const image = { ref, ...(appVersion && { spareTag: appVersion }) }
  const { helm = "" } = options.tools
  const tools = { helmImage: helm, nodeImage: options.build.nodeImage ?? "", repository, access }
  const packaged = await packageChart(source, { ...versions, image, addresses, ...(revision && { revision }) }, tools)
  return { packaged, ref: digestRef(repository, packaged.digest), tag }
}

function chartTag({ source, template }: Pick<ChartOptions, "source" | "template">, revision?: Revision): PlannedTag {
  return planVersion(source.file, { ...(template !== undefined && { template }), ...(revision && { revision }) })
}

/**
 * Releases the chart of a verified image, as the image: pushed by digest, signed, attested, verified in the registry, and
 * only then tagged with its version. Repeated for the same image, it finds the chart and adds nothing.
 */
export async function releaseChart({ ref, revision, tags, step }: ReleasedImage & { step: ChartRun }): Promise<void> {
  if (!step.options.chart) return
  await step.measure("chart", async () => {
    const planned = await planChart({ ref, tags, ...(revision && { revision }) }, step)
    if (planned) step.facts.chart = await releasePlanned(planned, { image: ref, revision, step })
  })
}

type ChartRelease = { image: DigestRef; revision?: Revision | undefined; step: ChartStep }

async function releasePlanned(
  { packaged, ref, tag }: PlannedChart,
  { image, revision, step }: ChartRelease,
): Promise<ChartRecord> {
  const { repository } = chartPlace(step.place)
  const startedAt = new Date()
  await pushManifest(packaged, { ...registryTools(step), repository })
  const { formats } = step.options.signing ?? {}
  const { release } = await withShipAdvice(signRelease([ref], { ...signingTools(step), formats }))
  const provenance = chartProvenance({ image, revision, step, startedAt })
  const attestations = [
    { type: PREDICATE_TYPES.slsaprovenance1, predicate: dag.file("provenance.json", JSON.stringify(provenance)) },
  ]
  await withShipAdvice(attestDigests([{ ref, attestations }], { ...signingTools(step), release, formats }))
  const [verified] = await withShipAdvice(allInOrder([verifyChart(ref, signingTools(step))]))
  const [written] = await writeTags(ref, [tag], tagTools(step, { revision }))
  const { name, version, appVersion } = packaged
  return {
    ...{
      name,
      version,
      ...(appVersion && { appVersion }),
      image,
      published: ref,
      checks: [...verified.checks, packaged.rendering],
    },
    ...(written && { change: written.change }),
  }
}

/** How the chart was packaged: its settings, the commit, and the image whose digest is in it. */
function chartProvenance({ image, revision, step, startedAt }: ChartRelease & { startedAt: Date }): Provenance {
  const { chart, tools, ci } = step.options
  const { repository, digest } = splitDigestRef(image)
  return describeBuild({
    ...builderOf(ci),
    buildType: BUILD_TYPES.chart,
    parameters: {
      path: chart?.source.path,
      values: chart?.addresses,
      ...(chart?.template && { version: chart.template }),
    },
    source: revision ? { url: revision.url, commit: revision.commit, dirty: revision.dirty } : {},
    baseImages: [{ name: repository.name, digest }],
    tools: Object.entries({ helm: tools.helm ?? "" }).map(([name, image]) => ({ name, image })),
    platforms: [],
    startedAt,
    finishedAt: new Date(),
  })
}

/** The chart that a finished run of this commit must have released. */
export type ChartTarget = { repository: string; version: string }

export function chartTarget(
  { chart, destination }: Pick<Context["options"], "chart" | "destination">,
  revision?: Revision,
): ChartTarget | undefined {
  if (!chart || destination.kind === "rehearsal" || !destination.chart) return undefined
  return { repository: destination.chart.name, version: chartTag(chart, revision).name }
}

/** Whether the registry still has the chart of a finished run at its version, and it verifies. */
export async function hasChart(chart: ChartRecord | undefined, options: ChartQuery): Promise<boolean> {
  if (!chart) return true
  const ref = parseDigestRef(chart.published)
  const { repository, digest } = splitDigestRef(ref)
  const [found, verified] = await Promise.all([
    readTag(chart.version, { ...options, repository, moment: "resume" }),
    isVerified(ref, options),
  ])
  return found === digest && verified
}

type ChartQuery = Parameters<typeof verifyChart>[1]

/** A failed query to the registry is an error. */
async function isVerified(ref: DigestRef, options: ChartQuery): Promise<boolean> {
  try {
    await verifyChart(ref, options)
    return true
  } catch (error) {
    if (error instanceof SlipwayError && error.code === "VERIFICATION_FAILED") return false
    throw error
  }
}

function chartPlace({ chart, repository, access }: Step["place"]) {
  return chart ?? { repository, access }
}

function registryTools({ place, options: { tools }, run }: ChartStep) {
  return { craneImage: tools.crane, access: chartPlace(place).access, run }
}

function tagTools(step: ChartStep, { revision }: { revision?: Revision | undefined }) {
  return { ...registryTools(step), force: step.options.force, ...(revision && { ours: revisionSource(revision) }) }
}

function signingTools(step: ChartStep) {
  const { key, signer } = step.place
  const { runtime } = step
  return { ...registryTools(step), cosignImage: step.options.tools.cosign, key, signer, ...(runtime && { runtime }) }
}
