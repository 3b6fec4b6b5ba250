import { type Directory, dag } from "@dagger.io/dagger"
import { newRun, withEffect } from "../engine/tool.ts"
import type { LayoutImage, PlatformManifest } from "../oci/layout.ts"
import { verifyLayout } from "../oci/layout-verification.ts"
import { startServices, stopServices, withServices } from "../test/service.ts"
import { parseServices } from "../test/service-spec.ts"
import { importImage, observeStart, platformRuntime } from "./container.ts"
import { readStartConfig } from "./image-config.ts"
import type { PlatformStart, SmokeOutcome, SmokeResults } from "./outcome.ts"
import {
  planSmoke,
  requireSmokeOptions,
  SETTLE_SECONDS,
  type SmokeOptions,
  type SmokePlan,
  type SmokeSkip,
  STEADY_SECONDS,
} from "./plan.ts"
import { choosePlatforms } from "./platforms.ts"
import { elfMachines, judgeStart } from "./verdict.ts"

/** Starts a layout of any origin: it hashes each blob against its digest first. */
export async function smokeLayout(layout: Directory, options: SmokeOptions, nodeImage: string): Promise<SmokeOutcome> {
  requireSmokeOptions(options)
  return await smokeImage(await verifyLayout(layout, nodeImage), options, nodeImage)
}

/** Starts the image's platforms concurrently. An image that does not start is an outcome; an engine that cannot throws. */
export async function smokeImage(image: LayoutImage, options: SmokeOptions, nodeImage: string): Promise<SmokeOutcome> {
  const planned = await planPlatforms(image, options)
  if ("skip" in planned) return { status: "skipped", reason: planned.skip }
  const platforms = await Promise.all(
    planned.starts.map((start) => startPlatform({ ...start, image, options, nodeImage })),
  )
  return { status: platforms.every(({ status }) => status === "passed") ? "passed" : "failed", platforms }
}

type PlannedStart = { manifest: PlatformManifest; plan: SmokePlan; user: string }

/** What is started on each platform, from the configs in the layout. */
export async function planPlatforms(
  { layout, content }: LayoutImage,
  options: SmokeOptions,
): Promise<{ starts: PlannedStart[] } | SmokeSkip> {
  const chosen = choosePlatforms(content.manifests, options.platforms, await dag.defaultPlatform())
  if ("skip" in chosen) return chosen
  const planned = await Promise.all(
    chosen.manifests.map(async (manifest) => {
      const config = await readStartConfig(layout, manifest)
      return { manifest, plan: planSmoke(config, options), user: config.user }
    }),
  )
  const starts = planned.flatMap(({ plan, ...one }) => ("skip" in plan ? [] : [{ ...one, plan }]))
  const [skipped] = planned.flatMap(({ plan }) => ("skip" in plan ? [plan] : []))
  return starts.length === 0 && skipped ? skipped : { starts }
}

type PlatformInput = PlannedStart & { image: LayoutImage; options: SmokeOptions; nodeImage: string }

async function startPlatform({
  image,
  manifest,
  plan,
  user,
  options,
  nodeImage,
}: PlatformInput): Promise<PlatformStart> {
  const run = newRun()
  const began = Date.now()
  const { platform, spec } = manifest
  const runtime = await platformRuntime(nodeImage, platform)
  const services = await startServices(parseServices(options.services), run)
  try {
    const machines = elfMachines(spec.architecture)
    const order = { ...plan, machines, steady: STEADY_SECONDS, settle: SETTLE_SECONDS }
    const container = importImage(image.layout, manifest, nodeImage)
    const start = { image: container, variables: Object.keys(plan.env), platform, order, runtime }
    const { check, seconds } = plan
    const observe = async (isFresh: boolean) => {
      const observed = await observeStart({
        ...start,
        prepare: (one) => one.with(withServices(services)).with(isFresh ? withEffect(run) : (same) => same),
      })
      return { observed, verdict: judgeStart(observed, { platform, user, check, seconds }) }
    }
    // a pass of the same bytes may come from the engine's cache, but a failure's cause can be gone
    const first = await observe(services.length > 0)
    const isStale = first.verdict.status === "failed" && first.observed.startedAt < began
    const { observed, verdict } = isStale ? await observe(true) : first
    const logs = verdict.status === "failed" ? await Promise.all(services.map(({ log }) => log())) : []
    return { platform, ...verdict, seconds: (Date.now() - began) / 1000, log: observed.log, services: logs }
  } finally {
    await stopServices(services)
  }
}

/** The output of each platform's image, and of its services if it failed. */
export function smokeLogs({ platforms }: SmokeResults): Directory {
  return platforms.reduce((folder, { platform, log, services }) => {
    const name = platform.replaceAll("/", "-")
    return services.reduce(
      (all, service) => all.withNewFile(`${name}-services/${service.name}.log`, service.log),
      folder.withNewFile(`${name}.log`, log),
    )
  }, dag.directory())
}
