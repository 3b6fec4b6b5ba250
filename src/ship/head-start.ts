import { type Directory, dag, type Platform } from "@dagger.io/dagger"
import type { TestPlan } from "../test/plan.ts"
import { planSuite } from "../test/suite.ts"
import { type ImageStart, startImage } from "./build-source.ts"
import type { ShipOptions } from "./context.ts"

/** What a run reads of its source, each once, and begun before it is known whether anything is left to do. */
export type HeadStart = { image: ImageStart; plans: Promise<TestPlan[]> }

/**
 * While the registry is asked what this commit came to, source and images are at hand already: a commit that was not
 * shipped yet, which most are, loses no time by asking. Nothing of the source runs before the answer, and nothing that is
 * wrong here matters before the stage that needs it.
 */
export function startAhead(source: Directory, options: ShipOptions): HeadStart {
  const { tests } = options
  const start = {
    image: startImage(source, options),
    plans: tests === "skip" ? Promise.resolve([]) : planSuite(source, tests),
  }
  fetchImages(start).catch(() => {}) // each promise has its reader
  return start
}

async function fetchImages({ image, plans }: HeadStart): Promise<void> {
  const bases = image.kind === "source" ? image.reading.then((reading) => reading.bases) : image.image.then(() => [])
  await Promise.allSettled([
    plans.then((all) => Promise.all(all.map((plan) => plan.kind === "image" && fetchImage(plan.image)))),
    bases.then((all) => Promise.all(all.map((base) => fetchImage(base.image, base.platform)))),
  ])
}

/** A reference alone is resolved; only what looks into an image has it pulled. */
async function fetchImage(image: string, platform?: string): Promise<void> {
  const container = dag.container(platform ? { platform: platform as Platform } : {})
  await container.from(image).rootfs().entries()
}
