import { type Directory, dag, type File } from "@dagger.io/dagger"
import type { TakenOver } from "../config/ci.ts"
import { errorMessage } from "../error.ts"
import type { ImageScan } from "./finding.ts"
import type { PlatformFiles, PlatformImage, ReadyScanner, ScanFiles } from "./scanner.ts"

/** What the scans of an image wrote, by the digest of the platform. */
export type ImageFiles = Record<string, ScanFiles>

/** The scans of earlier runs, by everything that decides what they find. No method rejects. */
export type EarlierScans = {
  /** Files that `read` cannot read count as none. */
  find: <T>(
    inputs: unknown[],
    read: (files: ImageFiles) => Promise<T>,
  ) => Promise<{ value: T; takenOver: TakenOver } | undefined>
  /** Starts to keep the files for later runs. */
  keep: (inputs: unknown[], files: ImageFiles) => void
  /** Notes why this scan says nothing about others. */
  skip: (reason: string) => void
}

type ScannedPlatform = ImageScan & { files: PlatformFiles }
/** `inputs` reads everything that decides what the scans find. */
type Scanning = { scanner: ReadyScanner; inputs: () => Promise<unknown[]>; earlier?: EarlierScans }

/** Scans the platforms concurrently, unless an earlier run did. What its files say is judged by this run's rules. */
export async function scanPlatforms(
  images: PlatformImage[],
  { scanner, inputs, earlier }: Scanning,
): Promise<{ scanned: ScannedPlatform[]; takenOver?: TakenOver }> {
  const known = earlier && (await inputs().catch((error: unknown) => void earlier.skip(errorMessage(error))))
  const found = known && (await earlier.find(known, (files) => readPlatforms(images, { scanner, files })))
  if (found) return { scanned: found.value, takenOver: found.takenOver }
  const runs = await Promise.all(
    images.map(async (image) => {
      const { files, undated } = await scanner.run(image)
      return { digest: image.manifest.digest, files, undated, scanned: await scanner.read(image, files) }
    }),
  )
  const undated = runs.find((run) => run.undated !== undefined)?.undated
  if (undated !== undefined) earlier?.skip(undated)
  else if (known) earlier.keep(known, Object.fromEntries(runs.map(({ digest, files }) => [digest, files])))
  return { scanned: runs.map(({ scanned }) => scanned) }
}

async function readPlatforms(
  images: PlatformImage[],
  { scanner, files }: { scanner: ReadyScanner; files: ImageFiles },
): Promise<ScannedPlatform[]> {
  return await Promise.all(images.map((image) => scanner.read(image, files[image.manifest.digest] ?? {})))
}

export type ScanSetup = {
  image: string
  vulnerabilityDb: Directory | undefined
  dbRepositories: string[]
  vex: File[]
  vexRepository?: Directory
}

/** The digests of what the caller gives, and the tool's. */
export async function readScanInputs(
  images: PlatformImage[],
  { facts, args }: ReadyScanner,
  { image, vulnerabilityDb, dbRepositories, vex, vexRepository }: ScanSetup,
): Promise<unknown[]> {
  if (!facts.database) throw new Error("the scanner's database has no date")
  const [reference, ...given] = await Promise.all([
    dag.container().from(image).imageRef(),
    vulnerabilityDb?.digest(),
    vexRepository?.digest(),
    ...vex.map((document) => document.digest()),
  ])
  const tool = [facts.name, facts.version, reference.slice(reference.lastIndexOf("@") + 1), args]
  const data = [facts.database.updatedAt, dbRepositories, given.map((digest) => digest ?? "")]
  return [tool, data, images.map(({ manifest: { platform, digest } }) => `${platform} ${digest}`).sort()]
}
