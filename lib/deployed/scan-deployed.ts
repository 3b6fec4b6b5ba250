import { FailOn } from "../../src/enums.ts"
import { mapConcurrently } from "../engine/concurrency.ts"
import { type ErrorCode, errorMessage, SlipwayError } from "../error.ts"
import type { NotificationRecord } from "../notify/notification.ts"
import { splitDigestRef } from "../oci/reference.ts"
import { openScan, type ScanOptions, type ScanOutcome } from "../scan/scan-layout.ts"
import type { Signer } from "../sign/signer.ts"
import {
  type DeployedImage,
  deployedImages,
  pullImage,
  type RegistryTools,
  type ResolvedImage,
  resolveImage,
} from "./images.ts"
import { type DeployedPlace, type Inventory, type NamedImage, readInventory } from "./inventory.ts"
import { readSignedReports } from "./signed-reports.ts"

/** `signer` is the only one whose reports count. */
export type DeployedScanOptions = {
  places: DeployedPlace[]
  failOn: FailOn
  signer?: Signer | undefined
  registry: RegistryTools
  gitImage: string
  scan: ScanOptions
}

/** Why an image was not scanned. */
export type ImageFailure = { code?: ErrorCode; message: string }

/** One image with its scan, or why there is none. `ref` is a tag if that could not be resolved. */
export type ImageOutcome = Pick<DeployedImage, "tags" | "environments"> & { ref: string; refs: string[] } & (
    | { status: "scanned"; scan: ScanOutcome; unscanned: string[] }
    | { status: "failed"; failure: ImageFailure }
  )

/** Scans of all deployed images, with one scanner and one database. Times are UTC, `seconds` is the run's duration. */
export type DeployedOutcome = {
  startedAt: Date
  seconds: number
  failOn: FailOn
  open: Pick<Awaited<ReturnType<typeof openScan>>, "facts" | "rules" | "exceptions">
  images: ImageOutcome[]
  unnamed: Inventory["unnamed"]
  /** What came of telling the webhook of the settings. */
  notification?: NotificationRecord
}

/** Images in progress at once: each platform's scan is a process with the whole database in memory. */
const IMAGES_AT_ONCE = 4

/** Scans every platform of every deployed digest once. An image that cannot be scanned does not stop the others. */
export async function scanDeployed(options: DeployedScanOptions): Promise<DeployedOutcome> {
  const { places, failOn, gitImage, registry, scan } = options
  const startedAt = new Date()
  const rules = { ...scan.rules, onlyNew: failOn === FailOn.NEW }
  const [open, inventory] = await Promise.all([
    openScan({ ...scan, rules }),
    readInventory(places, { gitImage, run: registry.run }),
  ])
  const resolved = await mapConcurrently(inventory.images, (image) => tryResolve(image, registry))
  const images = deployedImages(resolved.flatMap((one) => ("ref" in one ? [one] : [])))
  const tried = await mapConcurrently(images, (image) => scanOne(image, { ...options, open }), IMAGES_AT_ONCE)
  const [scanned, charts] = splitCharts(tried)
  const failed = resolved.flatMap((one) => ("failure" in one ? [unresolved(one)] : []))
  const seconds = (Date.now() - startedAt.getTime()) / 1000
  const unnamed = [...inventory.unnamed, ...charts]
  return { startedAt, seconds, failOn, open, images: requireImages([...scanned, ...failed], charts), unnamed }
}

type Chart = DeployedOutcome["unnamed"][number]

/** A chart in a registry is deployed by its digest too, but it is no image. */
function splitCharts(tried: (ImageOutcome | Chart[])[]): [ImageOutcome[], Chart[]] {
  return [
    tried.flatMap((one) => (Array.isArray(one) ? [] : [one])),
    tried.flatMap((one) => (Array.isArray(one) ? one : [])),
  ]
}

/** Charts alone are not enough: the images in them would pass unseen. */
export function requireImages(images: ImageOutcome[], charts: Chart[]): ImageOutcome[] {
  const [chart] = charts
  if (images.length > 0 || !chart) return images
  throw new SlipwayError("IMAGE_NOT_FOUND", {
    expected: "an image in the files of what is deployed",
    got: `only a Helm chart, ${chart.digest} in ${chart.path} on ${chart.branch}`,
    fix: "Let the GitOps repository name the image too, with gitops.path beside chart.gitops; no image was scanned.",
  })
}

type Unresolved = { image: NamedImage; failure: ImageFailure }

async function tryResolve(image: NamedImage, tools: RegistryTools): Promise<ResolvedImage | Unresolved> {
  try {
    return await resolveImage(image, tools)
  } catch (error) {
    return { image, failure: failureOf(error) }
  }
}

function unresolved({ image: { name, tag, digest, environments }, failure }: Unresolved): ImageOutcome {
  const ref = digest ? `${name}@${digest}` : `${name}:${tag ?? "latest"}`
  return { ref, refs: [ref], tags: [], environments, status: "failed", failure }
}

type ScanContext = DeployedScanOptions & { open: Awaited<ReturnType<typeof openScan>> }

async function scanOne(image: DeployedImage, { open, registry, signer }: ScanContext): Promise<ImageOutcome | Chart[]> {
  const { refs, tags, environments } = image
  const common = { ref: refs[0], refs, tags, environments }
  try {
    const found = await pullImage(refs[0], registry)
    if (found === "chart") {
      const { digest } = splitDigestRef(refs[0])
      return environments.map((environment) => ({ ...environment, digest }))
    }
    const { image: pulled, unscanned } = found
    const baseline = readSignedReports(image, pulled.content.manifests, { ...registry, signer })
    const [scan] = await Promise.all([open.scan(pulled, baseline), baseline])
    return { ...common, status: "scanned", scan, unscanned }
  } catch (error) {
    return { ...common, status: "failed", failure: failureOf(error) }
  }
}

/** Every failure is one of this image: an unknown one too must not hide what was found in the others. */
export function failureOf(error: unknown): ImageFailure {
  return { message: errorMessage(error), ...(error instanceof SlipwayError && { code: error.code }) }
}
