import { NODE_IMAGE } from "../../../src/tool-images.ts"
import { deferRejection } from "../../engine/concurrency.ts"
import type { Run } from "../../engine/tool.ts"
import type { Context, ShipOptions } from "../context.ts"
import type { Place } from "../delivery.ts"
import type { CacheRecord } from "../record/cache-record.ts"
import type { HeadStart } from "../source-image.ts"
import type { EarlierTests } from "./earlier-tests.ts"
import { type RunCache, startCache } from "./run-cache.ts"
import { type RunResults, startResults } from "./run-results.ts"
import { buildVolumes, databaseVolumes, testVolumes } from "./volumes.ts"

/** The caches of a run, which its services share; none where no place for caches is set. */
export function runCache([options]: ShipOptions[], run: Run): { cache?: RunCache; results?: RunResults } {
  if (!options?.cache) return {}
  const { destination, ci, given, tools, build, service, force } = options
  const repository = destination.kind === "delivery" ? destination.repository.name : (options.cache.of ?? "")
  const setup = {
    ...(ci && { ci }),
    force,
    mode: destination.kind,
    given: given !== undefined,
    nodeImage: build.nodeImage ?? NODE_IMAGE,
    run,
    cosignImage: tools.cosign,
    craneImage: tools.crane,
    repository: repository.endsWith(`/${service}`) ? repository.slice(0, -`/${service}`.length) : repository,
  }
  const results = startResults(options.cache, setup)
  return { cache: startCache(options.cache, setup), ...(results && { results }) }
}

/** The release's place has the signer of its caches. */
export function openCache({ cache, results }: Pick<Context, "cache" | "results">, opening: Promise<Place>): void {
  cache?.open(opening)
  results?.open(opening)
}

/** When the caches of the tests, of the build and of the scanner are filled as far as possible. None rejects. */
type Filling = { tests: Promise<void>; build: Promise<void>; scan: Promise<void> }

/** Fills the caches side by side, before each starts: an empty cache is a slower run, and no failed one. */
export function startFilling(
  ahead: HeadStart,
  { cache, options, measure }: Context,
  earlier?: Promise<EarlierTests>,
): Filling {
  if (!cache || options.given) return { tests: Promise.resolve(), build: Promise.resolve(), scan: Promise.resolve() }
  const inTests = fillFrom(cache, async () => ((await earlier)?.outcome ? [] : await testVolumes(await ahead.plans)))
  const build = fillFrom(cache, async () => await imageVolumes(ahead))
  const scan = fillFrom(cache, async () => databaseVolumes(options.scan, new Date()))
  const all = Promise.all([inTests, build, scan])
  void deferRejection(measure("import", async () => void (await all)))
  // tests in a stage of the Dockerfile use the caches of its RUN instructions
  const isBuilt = ahead.plans.then((plans) => plans.some(({ kind }) => kind === "dockerfile")).catch(() => false)
  const tests = isBuilt.then(async (waits) => void (await Promise.all([inTests, waits && build])))
  return { tests, build, scan }
}

/** A source that cannot be read or tested fails in its own stage. */
async function fillFrom(cache: RunCache, find: () => Promise<Parameters<RunCache["fill"]>[0]>): Promise<void> {
  const volumes = await find().catch(() => [])
  await cache.fill(volumes)
}

async function imageVolumes({ image, plans }: HeadStart) {
  if (image.kind !== "source") return []
  return await buildVolumes(await image.reading, await plans.catch(() => []))
}

/** Starts the export in parallel with the remaining stages. Services share their caches, so theirs begins when all are built. */
export function saveCaches({ cache, options }: Pick<Context, "cache" | "options">): void {
  if (options.service === undefined) cache?.save()
}

/** The caches of a run, and the results of its stages, so far. */
export function cacheRecord({ cache, results }: Pick<Context, "cache" | "results">): CacheRecord | undefined {
  const found = results?.record() ?? []
  return cache && { ...cache.record(), ...(found.length > 0 && { results: found }) }
}
