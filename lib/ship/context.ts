import type { Directory } from "@dagger.io/dagger"
import type { BuildOptions } from "../build/docker-build.ts"
import type { CiRun } from "../config/ci.ts"
import type { Revision } from "../config/revision.ts"
import type { ResolvedBase } from "../dockerfile/base-images.ts"
import type { Run, Tools } from "../engine/tool.ts"
import type { DigestRef } from "../oci/reference.ts"
import type { TagWish } from "../publish/tags.ts"
import type { ScanOptions, ScanOutcome } from "../scan/scan-layout.ts"
import type { Provenance } from "../sign/provenance.ts"
import type { TestOptions } from "../test/suite.ts"
import type { DeliveryInput } from "./delivery.ts"
import type { Destination } from "./destination.ts"
import type { GivenImage } from "./given-image.ts"
import type { FetchImage } from "./image-fetch.ts"
import type { Place } from "./place.ts"
import type { BuiltFacts, Facts } from "./release-record.ts"
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

export type ReleaseFacts = Facts & { built?: Built; scan?: ScanOutcome }
/** `provenance` is what another job said of its build; without one this run writes its own. */
export type Built = BuiltFacts & { layout: Directory; bases: ResolvedBase[]; provenance?: Provenance }
