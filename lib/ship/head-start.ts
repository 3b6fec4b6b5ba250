import type { Directory } from "@dagger.io/dagger"
import type { BuildReading } from "../build/reading.ts"
import { readRevision } from "../config/checkout.ts"
import { deferRejection } from "../engine/concurrency.ts"
import type { TestPlan } from "../test/plan.ts"
import { planSuite } from "../test/suite.ts"
import { type ImageStart, startImage } from "./build-source.ts"
import type { ShipOptions } from "./context.ts"
import type { FetchImage } from "./image-fetch.ts"
import { inShipsWords } from "./ships-words.ts"

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
  const planning = deferRejection(inShipsWords(planTests(source, options.tests)))
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
