import { type Directory, dag, type File } from "@dagger.io/dagger"
import { TRIVY } from "../engine/tool.ts"
import { SlipwayError } from "../error.ts"
import { platformLayout } from "../oci/layout.ts"
import { readTrivyVersion } from "./database.ts"
import { SEVERITIES } from "./finding.ts"
import {
  DOWNLOAD_PAUSES,
  downloader,
  fromAnyMirror,
  type OfflineTool,
  retryFailures,
  runOffline,
  SCAN_PAUSES,
  volumeName,
  withMore,
} from "./offline.ts"
import {
  isFinal,
  type PlatformFiles,
  type PlatformImage,
  type ReadyScanner,
  requireArchitecture,
  running,
  type ScannerSetup,
  tryNumber,
  vexFiles,
  vexFolder,
  wantsJavaDatabase,
  withTry,
} from "./scanner.ts"
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
  const { image, run, vulnerabilityDb, vex } = setup
  const database = vulnerabilityDb ? await givenDatabase(vulnerabilityDb) : downloadedDatabase(setup)
  const trivy = withMore({ image, variables: {}, folders: {}, volumes: {} }, await database("vulnerability"))
  // A volume's content is no input of what reads it: only a new run sees what it holds now.
  const asked = withMore(trivy, { variables: vulnerabilityDb ? {} : { SLIPWAY_RUN: run } })
  const text = await running("Trivy", () => runOffline(asked, trivyVersionArgs()).stdout())
  const facts = readTrivyVersion(text, new Date())
  // For the same reason a scan is another one with another database.
  const dated = { SLIPWAY_DATABASE: facts.database?.updatedAt ?? "" }
  const ready = withMore(trivy, { variables: dated, folders: vexFolder(vex, TRIVY_PATHS.vex) })
  return { facts, scan: (image) => scanPlatform({ trivy: ready, database, setup }, image) }
}

/** Where the databases are; Java's only once it is asked for. */
type Database = (kind: "vulnerability" | "java") => Promise<Pick<OfflineTool, "folders" | "volumes">>

async function givenDatabase(database: Directory): Promise<Database> {
  const whole = await database.exists("db/trivy.db")
  if (!whole && !(await database.exists("trivy.db"))) {
    throw new SlipwayError("OPTIONS_INVALID", {
      expected: "a vulnerabilityDb with trivy.db and metadata.json (itself, or in its folder db)",
      got: `a directory with ${(await database.entries()).slice(0, 10).join(", ") || "nothing"}`,
      fix: "Give the folder that `trivy image --download-db-only --cache-dir DIR` fills.",
    })
  }
  const folders = { [whole ? TRIVY_PATHS.cache : `${TRIVY_PATHS.cache}/db`]: database }
  return async (kind) => {
    if (kind === "vulnerability") return { folders, volumes: {} }
    throw new SlipwayError("OPTIONS_INVALID", {
      expected: "a vulnerabilityDb with java-db/trivy-java.db, because the image holds Java archives",
      got: whole ? "none in it" : "a directory with the database alone",
      fix: "Fill its folders db and java-db by `trivy image --download-db-only` and `--download-java-db-only`.",
    })
  }
}

/** Trivy asks its registries only when its database's own next-update time is over. */
function downloadedDatabase({ image, run, dbRepositories, downloadPauses }: ScannerSetup): Database {
  const path = TRIVY_PATHS.cache
  const volume = volumeName("trivy", dbRepositories)
  const trivy = downloader({ image, path, volume, run })
  return async (kind) => {
    const mirrors = kind === "vulnerability" ? dbRepositories : []
    const attempt = (tries: number) =>
      fromAnyMirror(mirrors, (mirror) => trivy.with(withTry(tries)).withExec(trivyDownloadArgs(kind, mirror)).sync())
    await running("Trivy", () => retryFailures(attempt, { pauses: downloadPauses ?? DOWNLOAD_PAUSES, isFinal }))
    return { folders: {}, volumes: { [path]: volume } }
  }
}

type Trivy = { trivy: OfflineTool; database: Database; setup: ScannerSetup }

async function scanPlatform({ trivy, database, setup }: Trivy, image: PlatformImage) {
  const { platform, digest, spec } = image.manifest
  const ready = withMore(trivy, { folders: { [TRIVY_PATHS.layout]: platformLayout(image.layout, image.manifest) } })
  const scan = trivyScanArgs({ ...setup, vexFiles: vexFiles(setup.vex, TRIVY_PATHS.vex) })
  const report = await running("Trivy", async () => {
    try {
      return await scanned(ready, scan)
    } catch (cause) {
      if (!wantsJavaDatabase(cause)) throw cause
      const java = withMore(ready, await database("java"))
      // Another run for the engine too, which would repeat the failure of the same one.
      return await scanned(withMore(java, { variables: { SLIPWAY_JAVA_DATABASE: setup.run } }), scan)
    }
  })
  const { architecture, ...found } = readTrivyReport(await report.contents())
  requireArchitecture(architecture, spec.architecture)
  return { ...found, platform, digest, files: platformFiles(trivy.image, { platform, digest, report }) }
}

function scanned(ready: OfflineTool, scan: string[]): Promise<File> {
  const attempt = (tries: number) =>
    runOffline(withMore(ready, tryNumber(tries)), scan)
      .file(TRIVY_PATHS.report)
      .sync()
  return retryFailures(attempt, { pauses: SCAN_PAUSES, isFinal })
}

/** Each format is made only when it is asked for, from the report and nothing else. */
function platformFiles(image: string, scan: Omit<PlatformFiles, "formats">): PlatformFiles {
  const folders = { [TRIVY_PATHS.reports]: dag.directory().withFile("report.json", scan.report) }
  const trivy = { image, variables: {}, folders, volumes: {} }
  const formats = Object.entries(FORMATS).map(([name, format]) => {
    const output = `/slipway/${name}`
    const convert = trivyConvertArgs({ format, report: `${TRIVY_PATHS.reports}/report.json`, output })
    return [name, runOffline(trivy, convert).file(output)]
  })
  return { ...scan, formats: Object.fromEntries(formats) }
}

/** Where Trivy's container has things. Neither ":" nor "@" may stand in the layout's path: Trivy splits it there. */
export const TRIVY_PATHS = {
  cache: "/slipway/trivy",
  layout: "/slipway/layout",
  report: "/slipway/report.json",
  reports: "/slipway/reports",
  vex: "/slipway/vex",
}

type TrivyScan = { scanners: string[]; vexFiles: string[]; timeout: number }

// With both databases there, nothing else needs the network: no update, no version check, no telemetry, no Maven lookup.
const OFFLINE_ARGS = [
  "--skip-db-update",
  "--skip-java-db-update",
  "--skip-check-update",
  "--skip-vex-repo-update",
  "--offline-scan",
  "--disable-telemetry",
  "--skip-version-check",
]

/**
 * Reports everything, whatever its severity and package type (without "os" it would not say that a base is out of life), and always ends with 0 unless Trivy broke: what passes is decided in
 * assessment.ts, over the report. The memory cache lets scans of several platforms run side by side on one database.
 */
export function trivyScanArgs({ scanners, vexFiles, timeout }: TrivyScan): string[] {
  return [
    ...[TRIVY, "image", "--input", TRIVY_PATHS.layout],
    ...["--format", "json", "--output", TRIVY_PATHS.report, "--list-all-pkgs", "--show-suppressed"],
    ...["--severity", SEVERITIES.join(","), "--exit-code", "0"],
    ...["--pkg-types", "os,library", "--scanners", scanners.join(",")],
    ...configScannerArgs(scanners),
    ...vexFiles.flatMap((file) => ["--vex", file]),
    ...["--cache-dir", TRIVY_PATHS.cache, "--cache-backend", "memory", ...OFFLINE_ARGS],
    ...["--timeout", `${timeout}s`, "--no-progress"],
  ]
}

/** The image's own configuration (its user, its environment) is looked at too, for the same kinds of finding. */
function configScannerArgs(scanners: string[]): string[] {
  const kinds = ["misconfig", "secret"].filter((kind) => scanners.includes(kind))
  return kinds.length ? ["--image-config-scanners", kinds.join(",")] : []
}

/** Turns the one report into another format, without scanning again. */
export function trivyConvertArgs({ format, report, output }: { format: string; report: string; output: string }) {
  return [TRIVY, "convert", "--format", format, "--output", output, "--quiet", report]
}

/** Brings one database up to date, from one mirror or from Trivy's own registries. */
export function trivyDownloadArgs(database: "vulnerability" | "java", mirror?: string): string[] {
  const [download, from] =
    database === "java"
      ? ["--download-java-db-only", "--java-db-repository"]
      : ["--download-db-only", "--db-repository"]
  return [
    ...[TRIVY, "image", download, "--cache-dir", TRIVY_PATHS.cache],
    ...["--no-progress", "--disable-telemetry", "--skip-version-check"],
    ...(mirror ? [from, mirror] : []),
  ]
}

/** Says which Trivy it is and how old its databases are. */
export function trivyVersionArgs(): string[] {
  return [TRIVY, "version", "--format", "json", "--cache-dir", TRIVY_PATHS.cache]
}
