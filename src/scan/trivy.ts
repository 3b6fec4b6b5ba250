import { CacheSharingMode, type Container, type Directory, dag, type File } from "@dagger.io/dagger"
import { withEffect } from "../config/effect.ts"
import { SlipwayError } from "../error.ts"
import { platformLayout } from "../oci/layout.ts"
import { isFinal, scannerFailed, wantsJavaDatabase } from "./broken.ts"
import { readTrivyVersion } from "./database.ts"
import { DOWNLOAD_PAUSES, PAUSES, patiently } from "./patience.ts"
import type { PlatformFiles, PlatformImage, ReadyScanner, ScannerSetup } from "./scanner.ts"
import { TRIVY_PATHS, trivyConvertArgs, trivyDownloadArgs, trivyScanArgs, trivyVersionArgs } from "./trivy-args.ts"
import { readTrivyReport } from "./trivy-report.ts"

/** Trivy's format names, and the files that they become. */
const FORMATS = {
  "vuln.cosign.json": "cosign-vuln",
  "sbom.spdx.json": "spdx-json",
  "sbom.cyclonedx.json": "cyclonedx",
  "report.sarif": "sarif",
}

/** Trivy with the caller's database, or with its own, brought up to date. */
export async function openTrivy(setup: ScannerSetup): Promise<ReadyScanner> {
  const database = setup.vulnerabilityDb ? await givenDatabase(setup.vulnerabilityDb) : downloadedDatabase(setup)
  const trivy = dag
    .container()
    .from(setup.image)
    .with(await database("vulnerability"))
  const text = await running(() => trivy.withExec(trivyVersionArgs()).stdout())
  const facts = readTrivyVersion(text, new Date())
  // The volume's content is no input of a scan: without the database's date among them, an old answer would come back.
  const ready = trivy.withEnvVariable("SLIPWAY_DATABASE", facts.database?.updatedAt ?? "").with(withVex(setup.vex))
  return { facts, scan: (image) => scanPlatform({ trivy: ready, database, setup }, image) }
}

/** Gives a container the databases; Java's only once it is asked for. */
type Database = (kind: "vulnerability" | "java") => Promise<(trivy: Container) => Container>

async function givenDatabase(database: Directory): Promise<Database> {
  const whole = await database.exists("db/trivy.db")
  if (!whole && !(await database.exists("trivy.db"))) {
    throw new SlipwayError("OPTIONS_INVALID", {
      expected: "a vulnerabilityDb with trivy.db and metadata.json (itself, or in its folder db)",
      got: `a directory with ${(await database.entries()).slice(0, 10).join(", ") || "nothing"}`,
      fix: "Give the folder that `trivy image --download-db-only --cache-dir DIR` fills.",
    })
  }
  const mount = (trivy: Container) =>
    trivy.withMountedDirectory(whole ? TRIVY_PATHS.cache : `${TRIVY_PATHS.cache}/db`, database)
  return async (kind) => {
    if (kind === "vulnerability") return mount
    throw new SlipwayError("OPTIONS_INVALID", {
      expected: "a vulnerabilityDb with java-db/trivy-java.db, because the image holds Java archives",
      got: whole ? "none in it" : "a directory with the database alone",
      fix: "Fill its folders db and java-db by `trivy image --download-db-only` and `--download-java-db-only`.",
    })
  }
}

/**
 * Trivy asks its registries only when its database's own next-update time is over. One download at a time writes to the
 * volume; scans share it, since Trivy opens it for reading.
 */
function downloadedDatabase({ image, run, dbRepositories }: ScannerSetup): Database {
  const volume = dag.cacheVolume("slipway-trivy")
  const locked = dag
    .container()
    .from(image)
    .withMountedCache(TRIVY_PATHS.cache, volume, { sharing: CacheSharingMode.Locked })
    .with(withEffect(run))
  return async (kind) => {
    const download = trivyDownloadArgs(kind, kind === "vulnerability" ? dbRepositories : [])
    const attempt = (tries: number) => locked.with(withTry(tries)).withExec(download).sync()
    await running(() => patiently(attempt, { pauses: DOWNLOAD_PAUSES, isFinal }))
    // The run makes the version that is read afterwards the one that was just downloaded.
    return (trivy) => trivy.withMountedCache(TRIVY_PATHS.cache, volume)
  }
}

type Trivy = { trivy: Container; database: Database; setup: ScannerSetup }

async function scanPlatform({ trivy, database, setup }: Trivy, image: PlatformImage) {
  const { platform, digest, spec } = image.manifest
  const ready = trivy.withMountedDirectory(TRIVY_PATHS.layout, platformLayout(image.layout, image.manifest))
  const scan = trivyScanArgs({ ...setup, vexFiles: setup.vex.map((_, at) => vexPath(at)) })
  const report = await running(async () => {
    try {
      return await scanned(ready, scan)
    } catch (cause) {
      if (!wantsJavaDatabase(cause)) throw cause
      return await scanned(ready.with(await database("java")), scan)
    }
  })
  const { architecture, ...found } = readTrivyReport(await report.contents())
  requireArchitecture(architecture, spec.architecture)
  return { ...found, platform, digest, files: platformFiles(trivy, { platform, digest, report }) }
}

function scanned(ready: Container, scan: string[]): Promise<File> {
  const attempt = (tries: number) => ready.with(withTry(tries)).withExec(scan).file(TRIVY_PATHS.report).sync()
  return patiently(attempt, { pauses: PAUSES, isFinal })
}

function platformFiles(trivy: Container, scan: Omit<PlatformFiles, "formats">): PlatformFiles {
  const formats = Object.entries(FORMATS).map(([name, format]) => {
    const [report, output] = [TRIVY_PATHS.report, `/slipway/${name}`]
    const convert = trivyConvertArgs({ format, report, output })
    return [name, trivy.withMountedFile(report, scan.report).withExec(convert).file(output)]
  })
  return { ...scan, formats: Object.fromEntries(formats) }
}

/** An index that calls an amd64 image arm64 would pass a scan of the wrong thing for the right one. */
function requireArchitecture(scanned: string, listed: string): void {
  if (scanned === listed) return
  throw new SlipwayError("LAYOUT_INVALID", {
    expected: `an image for ${listed}, as the image index says`,
    got: `one whose own configuration says ${scanned}`,
    fix: "Build the layout again; the platform of an index entry must be its image's.",
  })
}

function withVex(documents: File[]): (trivy: Container) => Container {
  return (trivy) => documents.reduce((tool, document, at) => tool.withMountedFile(vexPath(at), document), trivy)
}

function vexPath(at: number): string {
  return `${TRIVY_PATHS.vex}/${at}.json`
}

/** A try after the first is another exec: the engine would not run the same one again within a session. */
function withTry(tries: number): (container: Container) => Container {
  return (container) => (tries > 1 ? container.withEnvVariable("SLIPWAY_TRY", String(tries)) : container)
}

/** Whatever goes wrong in here is the scanner's failure, not a finding; what slipway itself refuses stays as it is. */
async function running<Value>(work: () => Promise<Value>): Promise<Value> {
  try {
    return await work()
  } catch (cause) {
    throw cause instanceof SlipwayError ? cause : scannerFailed("Trivy", cause)
  }
}
