import { type Directory, dag, type Platform } from "@dagger.io/dagger"
import type { BuildOptions } from "../build/docker-build.ts"
import type { CiRun } from "../config/ci.ts"
import type { Revision } from "../config/revision.ts"
import type { ResolvedBase } from "../dockerfile/base-images.ts"
import { deferRejection } from "../engine/concurrency.ts"
import { type Run, type Tools, within } from "../engine/tool.ts"
import { PULL_SECONDS, pullTimeout } from "../oci/crane.ts"
import type { DigestRef } from "../oci/reference.ts"
import type { TagWish } from "../publish/tags.ts"
import type { ScanOptions, ScanOutcome } from "../scan/scan-layout.ts"
import type { Provenance } from "../sign/provenance.ts"
import type { TestOptions } from "../test/suite.ts"
import type { DeliveryInput, Destination, Place } from "./delivery.ts"
import type { GivenImage } from "./given-image.ts"
import type { BuiltFacts, RunFacts } from "./record/release-record.ts"
import type { Stage, Stopwatch } from "./stopwatch.ts"

export type ShipOptions = {
  destination: Destination
  delivery?: DeliveryInput
  tests: TestOptions | "skip"
  build: BuildOptions
  /** Shipped instead of what would be built from the source. */
  given?: GivenImage
  scan: Omit<ScanOptions, "run">
  tags: string[]
  ci?: CiRun
  /** Which branch earns latest, where the settings say so. */
  defaultBranch?: string
  /** Which of several services of the repository it is. */
  service?: string
  tools: Tools
  /** Does everything anew, whatever an earlier run of the same commit came to. */
  force: boolean
}

/** Options of a run that has somewhere to go to. */
export type DeliveryOptions = ShipOptions & {
  destination: Extract<Destination, { kind: "delivery" }>
  delivery: DeliveryInput
}

/** What the steps of one run share: what was asked for, and what is known by now. */
export type Context = {
  options: ShipOptions
  run: Run
  fetchImage: FetchImage
  facts: ReleaseFacts
  stages: Stage[]
  measure: Stopwatch["measure"]
}

/** A run that has somewhere to go to. */
export type Step = Context & { place: Place }

/** A digest in the registry, the commit that it is of, and the tags that may lead to it once it is verified. */
export type ReleasedImage = { ref: DigestRef; revision?: Revision; tags: TagWish[] }

export type ReleaseFacts = RunFacts & { built?: ImageBuild; scan?: ScanOutcome }
/** `provenance` is what another job said of its build; without one this run writes its own. */
export type ImageBuild = BuiltFacts & { layout: Directory; bases: ResolvedBase[]; provenance?: Provenance }

/** Pulls an image, once within a run, for one platform; default the engine's own. */
export type FetchImage = (image: string, platform?: string) => Promise<void>

/**
 * The engine (v0.21.8) pulls and unpacks an image once for each who meets it at the same moment, even for three execs on
 * one container. So what several stages begin from is brought here first, and whoever begins side by side waits for it.
 */
export function imageFetcher(seconds = PULL_SECONDS): FetchImage {
  const own = deferRejection(dag.defaultPlatform())
  const fetched = new Map<string, Promise<void>>()
  return async (image, platform) => {
    const on = platform ?? (await own)
    const name = `${image} for ${on}`
    const fetching = fetched.get(name) ?? fetch(image, { platform: on, seconds })
    fetched.set(name, fetching)
    await fetching
  }
}

/**
 * A reference is resolved by itself, and pulled by looking into it. What is wrong with one, the step says that needs it; of
 * a registry that says nothing that step would hear nothing either.
 */
async function fetch(image: string, { platform, seconds }: { platform: string; seconds: number }): Promise<void> {
  const entries = dag
    .container({ platform: platform as Platform })
    .from(image)
    .rootfs()
    .entries()
  const pulling: Promise<unknown> = entries.catch(() => {})
  await within(seconds, pulling, () => {
    throw pullTimeout(`for ${platform}`, image, seconds)
  })
}

/** What a place is opened with, by several at once. */
export async function fetchTools(fetchImage: FetchImage, { cosign, kustomize }: Tools): Promise<void> {
  await Promise.all([cosign, kustomize].map((image) => fetchImage(image)))
}
