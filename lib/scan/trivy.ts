import { type Directory, dag, type File } from "@dagger.io/dagger"
import { stringify } from "yaml"
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
  requireFile,
  running,
  type ScanFiles,
  type ScannerSetup,
  type ScanRun,
  tryNumber,
  vexFiles,
  vexFolder,
  wantsJavaDatabase,
  withTry,
} from "./scanner.ts"
import { readTrivyReport } from "./trivy-report.ts"

/** Trivy's format for each file. */
const FORMATS = {
  "vuln.cosign.json": "cosign-vuln",
  "sbom.spdx.json": "spdx-json",
  "sbom.cyclonedx.json": "cyclonedx",
  "report.sarif": "sarif",
}

/** Trivy with the caller's database, or with an updated one in a cache volume. */
export async function openTrivy(setup: ScannerSetup): Promise<ReadyScanner> {
  const { image, run, vulnerabilityDb, vex } = setup
  const database = vulnerabilityDb ? await givenDatabase(vulnerabilityDb) : downloadedDatabase(setup)
  const trivy = withMore({ image, variables: {}, folders: {}, volumes: {} }, await database("vulnerability"))
  // a volume's content is not part of an exec's cache key, so each run of the module needs a new exec
  const fresh = withMore(trivy, { variables: vulnerabilityDb ? {} : { SLIPWAY_RUN: run } })
  const text = await running("Trivy", () => runOffline(fresh, trivyVersionArgs()).stdout())
  const facts = readTrivyVersion(text, new Date())
  // for the same reason, the database's date is part of a scan's cache key
  const dated = { SLIPWAY_DATABASE: facts.database?.updatedAt ?? "" }
  const documents = withMore(trivy, { variables: dated, folders: vexFolder(vex, TRIVY_PATHS.vex) })
  const ready = setup.vexRepository ? await withVexRepository(documents, setup.vexRepository) : documents
  const args = trivyScanArgs({ ...setup, timeout: 0, vexFiles: vexNames(setup) })
  return {
    ...{ facts, args },
    run: (platform) => scanPlatform({ trivy: ready, database, setup }, platform),
    read: (platform, files) => readScan(image, { platform, files }),
  }
}

/** Trivy finds a VEX repository by a configuration in its home, and reads the copy in its cache. */
async function withVexRepository(trivy: OfflineTool, repository: Directory): Promise<OfflineTool> {
  if (!(await repository.exists("index.json"))) {
    throw new SlipwayError("OPTIONS_INVALID", {
      expected: "a vexRepository with index.json, which lists its documents by package",
      got: `a directory with ${(await repository.entries()).slice(0, 10).join(", ") || "nothing"}`,
      fix: "Pass the folder of the repository that contains index.json; see https://github.com/aquasecurity/vex-repo-spec.",
    })
  }
  const config = { repositories: [{ name: VEX_REPOSITORY, url: "file:///slipway/vex-repository", enabled: true }] }
  const [cache, copy] = [trivy.folders[TRIVY_PATHS.cache], `vex/repositories/${VEX_REPOSITORY}`]
  const folders = {
    [`${TRIVY_PATHS.home}/.trivy/vex`]: dag.directory().withNewFile("repository.yaml", stringify(config)),
    // a folder that is mounted at the cache itself cannot contain another mount
    ...(cache
      ? { [TRIVY_PATHS.cache]: cache.withDirectory(`${copy}/0.1`, repository) }
      : { [`${TRIVY_PATHS.cache}/${copy}`]: dag.directory().withDirectory("0.1", repository) }),
  }
  return withMore(trivy, { variables: { HOME: TRIVY_PATHS.home }, folders })
}

const VEX_REPOSITORY = "slipway"

/** Where the databases are. The Java database is opened on demand. */
type Database = (kind: "vulnerability" | "java") => Promise<Pick<OfflineTool, "folders" | "volumes">>

async function givenDatabase(database: Directory): Promise<Database> {
  const whole = await database.exists("db/trivy.db")
  if (!whole && !(await database.exists("trivy.db"))) {
    throw new SlipwayError("OPTIONS_INVALID", {
      expected: "a vulnerabilityDb with trivy.db and metadata.json, at its top or in its folder db",
      got: `a directory with ${(await database.entries()).slice(0, 10).join(", ") || "nothing"}`,
      fix: "Pass the folder that `trivy image --download-db-only --cache-dir DIR` fills.",
    })
  }
  const folders = { [whole ? TRIVY_PATHS.cache : `${TRIVY_PATHS.cache}/db`]: database }
  return async (kind) => {
    if (kind === "vulnerability") return { folders, volumes: {} }
    throw new SlipwayError("OPTIONS_INVALID", {
      expected: "a vulnerabilityDb with java-db/trivy-java.db, because the image contains Java archives",
      got: whole ? "a directory without it" : "a directory with only trivy.db",
      fix: "Fill its folders db and java-db with `trivy image --download-db-only` and `trivy image --download-java-db-only`.",
    })
  }
}

/** Trivy downloads only after the next-update time in its database's metadata. */
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

function vexNames({ vex, vexRepository }: ScannerSetup): string[] {
  return [...vexFiles(vex, TRIVY_PATHS.vex), ...(vexRepository ? ["repo"] : [])]
}

async function scanPlatform({ trivy, database, setup }: Trivy, image: PlatformImage): Promise<ScanRun> {
  const ready = withMore(trivy, { folders: { [TRIVY_PATHS.layout]: platformLayout(image.layout, image.manifest) } })
  const scan = trivyScanArgs({ ...setup, vexFiles: vexNames(setup) })
  return await running("Trivy", async () => {
    try {
      return { files: { [REPORT]: await scanned(ready, scan) } }
    } catch (cause) {
      if (!wantsJavaDatabase(cause)) throw cause
      const java = withMore(ready, await database("java"))
      // another exec: the engine would repeat the failure of the first
      const report = await scanned(withMore(java, { variables: { SLIPWAY_JAVA_DATABASE: setup.run } }), scan)
      return { files: { [REPORT]: report }, undated: "it read Trivy's Java database, whose date is not known" }
    }
  })
}

const REPORT = "report.json"

type PlatformScan = { platform: PlatformImage; files: ScanFiles }

async function readScan(image: string, { platform: { manifest }, files }: PlatformScan) {
  const { platform, digest, spec } = manifest
  const report = requireFile(files, REPORT)
  const { architecture, ...found } = readTrivyReport(await report.contents())
  requireArchitecture(architecture, spec.architecture)
  return { ...found, platform, digest, files: platformFiles(image, { platform, digest, report }) }
}

function scanned(ready: OfflineTool, scan: string[]): Promise<File> {
  const attempt = (tries: number) =>
    runOffline(withMore(ready, tryNumber(tries)), scan)
      .file(TRIVY_PATHS.report)
      .sync()
  return retryFailures(attempt, { pauses: SCAN_PAUSES, isFinal })
}

/** Converts the report to each format, without another scan, when the format is first read. */
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

/** Paths in Trivy's container. The layout's path must not contain ":" or "@", at which Trivy splits it. */
export const TRIVY_PATHS = {
  cache: "/slipway/trivy",
  layout: "/slipway/layout",
  report: "/slipway/report.json",
  reports: "/slipway/reports",
  vex: "/slipway/vex",
  home: "/slipway/home",
}

type TrivyScan = { scanners: string[]; vexFiles: string[]; timeout: number }

// with both databases present, only these would need the network: updates, the version check, telemetry, Maven lookups
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
 * Reports findings of every severity and package type, with exit code 0: assessment.ts judges the report. Without "os",
 * Trivy would not report a distribution's end of life. The memory cache allows concurrent scans with one database.
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

/** Scans the image's config (its user, its environment) for the same kinds of finding. */
function configScannerArgs(scanners: string[]): string[] {
  const kinds = ["misconfig", "secret"].filter((kind) => scanners.includes(kind))
  return kinds.length ? ["--image-config-scanners", kinds.join(",")] : []
}

/** Converts the report to another format, without another scan. */
export function trivyConvertArgs({ format, report, output }: { format: string; report: string; output: string }) {
  return [TRIVY, "convert", "--format", format, "--output", output, "--quiet", report]
}

/** Updates one database, from a mirror or from Trivy's default registries. */
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

/** Prints the versions of Trivy and its databases. */
export function trivyVersionArgs(): string[] {
  return [TRIVY, "version", "--format", "json", "--cache-dir", TRIVY_PATHS.cache]
}
