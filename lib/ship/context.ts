import { type Directory, dag, type Platform } from "@dagger.io/dagger"
import type { RefreshPolicy } from "../bases/decision.ts"
import type { BuildOptions } from "../build/docker-build.ts"
import type { ChartSource } from "../chart/chart-source.ts"
import type { CiRun } from "../config/ci.ts"
import type { Revision } from "../config/revision.ts"
import type { ResolvedBase } from "../dockerfile/base-images.ts"
import { deferRejection } from "../engine/concurrency.ts"
import { type Run, type Tools, within } from "../engine/tool.ts"
import type { BumpContext } from "../gitops/context.ts"
import type { DeploymentForge } from "../gitops/forge/deployment-forge.ts"
import type { ForgeAccess } from "../gitops/forge/pull-request.ts"
import type { BumpRequest } from "../gitops/request.ts"
import { PULL_SECONDS, pullTimeout } from "../oci/crane.ts"
import { type NodeRuntime, nodeRuntime } from "../program/node-runtime.ts"
import type { PlannedTag } from "../publish/tags.ts"
import type { ScanOptions, ScanOutcome } from "../scan/scan-layout.ts"
import type { BundleFormat } from "../sign/args.ts"
import type { Attestation } from "../sign/attestation-lanes.ts"
import type { Provenance } from "../sign/provenance.ts"
import type { VerifiedRef } from "../sign/release-verification.ts"
import type { SmokeOptions, SmokeSkip } from "../smoke/plan.ts"
import type { SyncInput } from "../sync/wait-for-sync.ts"
import type { TestOptions } from "../test/suite.ts"
import type { CacheOptions, RunCache } from "./cache/run-cache.ts"
import type { RunResults } from "./cache/run-results.ts"
import type { DeliveryInput, Destination, Place } from "./delivery.ts"
import type { GivenImage } from "./given-image.ts"
import type { PreviewOptions } from "./preview/options.ts"
import type { AuditFacts } from "./record/audit-record.ts"
import type { BuiltFacts, RunFacts } from "./record/release-record.ts"
import type { Stage, Stopwatch } from "./stopwatch.ts"

/** The wait for the cluster after a bump; `mergeTimeout` is the longest wait for a pull request, in seconds. */
export type SyncOptions = Omit<SyncInput, "commit" | "ref"> & { mergeTimeout: number; rollbackOnFailure: boolean }

/** Where the deployments of one image are recorded. */
export type DeploymentOptions = {
  kind: DeploymentForge
  environment: string
  access: ForgeAccess
  /** GitHub's linked artifacts too. */
  linkedArtifacts?: { cluster?: string }
  service?: string
}

export type ShipOptions = {
  destination: Destination
  delivery?: DeliveryInput
  tests: TestOptions | "skip"
  build: BuildOptions
  /** An image to ship instead of building the source. */
  given?: GivenImage
  scan: Omit<ScanOptions, "run">
  signing?: SigningOptions
  smoke: SmokeOptions | SmokeSkip
  chart?: ChartOptions
  tags: string[]
  ci?: CiRun
  /** The branch that earns latest, from the settings. */
  defaultBranch?: string
  /** The service's name, if the repository has several. */
  service?: string
  tools: Tools
  /** The request whose preview this is, instead of a release. */
  preview?: PreviewOptions
  /** Why the job of a request only rehearses, where previews are on. */
  noPreview?: string
  /** The wait after the bump. */
  sync?: SyncOptions
  /** Ends after the tags: the bump, and all that follows it, is left to a later run of this commit. */
  prepare: boolean
  /** Caches of tests and build that are carried between engines. */
  cache?: CacheOptions
  /** The records of deployments in the source's forge. */
  deployments?: DeploymentOptions
  /** The arguments with a secret, their uses so far, and the hosts that the options name. */
  audit?: AuditFacts
  /** Repeats all stages, even if an earlier run of the commit is complete. */
  force: boolean
  /** Builds the commit again if its base images moved, and else does nothing. */
  refresh?: RefreshPolicy
}

/** The forms of the signature, and the caller's attestations of the image index. */
export type SigningOptions = { formats: BundleFormat[]; attestations: Attestation[] }

/** A chart of the source, the addresses of the image in its values, and the template of its version. */
export type ChartOptions = { source: ChartSource; addresses: string[]; template?: string }

/** Options of a delivery. */
export type DeliveryOptions = ShipOptions & {
  destination: Extract<Destination, { kind: "delivery" }>
  delivery: DeliveryInput
}

/** What the steps of one run share: the options, and the facts so far. */
export type Context = {
  options: ShipOptions
  run: Run
  fetchImage: FetchImage
  /** Node for several calls of a tool in one exec. */
  runtime?: Promise<NodeRuntime>
  cache?: RunCache
  results?: RunResults
  /** When the run began, in seconds since 1970; the same for all services. */
  began: number
  facts: ReleaseFacts
  stages: Stage[]
  measure: Stopwatch["measure"]
}

/** A run with its open place. */
export type Step = Context & { place: Place }

/** A digest that this run has verified, its commit, and its tags. Only such a digest gets a tag and reaches a bump. */
export type ReleasedImage = { ref: VerifiedRef; revision?: Revision; tags: PlannedTag[] }

/** `commit` is the request for the commit of the bump, which may be of several images, with its access. */
export type ReleaseFacts = RunFacts & { built?: ImageBuild; scan?: ScanOutcome; commit?: BumpCommit }
export type BumpCommit = { request: BumpRequest; context: BumpContext }
/** `provenance` comes from another job's build; without it, this run writes one. */
export type ImageBuild = BuiltFacts & { layout: Directory; bases: ResolvedBase[]; provenance?: Provenance }

/** Pulls an image for one platform (default the engine's), at most once in a run. */
export type FetchImage = (image: string, platform?: string) => Promise<void>

/**
 * The engine (v0.21.8) pulls an image once for each concurrent user, even for three execs on one container. So each image
 * that several stages need is pulled here first, and all of them wait for that pull.
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
 * Reading its entries makes the engine pull the image. The step that needs the image reports a failed pull; only a
 * registry that does not respond is an error here, because that step would hang as well.
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

/** Finds Node on the engine's platform. A failure only makes the run slower, because calls then run one by one. */
export function startRuntime(nodeImage: string, fetchImage: FetchImage): Promise<NodeRuntime> {
  const started = fetchImage(nodeImage).then(async () => nodeRuntime(nodeImage, await dag.defaultPlatform()))
  return deferRejection(started)
}

/** Pulls the tools that several steps of opening use concurrently. */
export async function fetchTools(fetchImage: FetchImage, { cosign, kustomize }: Tools): Promise<void> {
  await Promise.all([cosign, kustomize].map((image) => fetchImage(image)))
}
