import { type Directory, dag, type File } from "@dagger.io/dagger"
import { SlipwayError } from "../error.ts"
import { platformLayout } from "../oci/layout.ts"
import { isFinal, wantsJavaDatabase } from "./broken.ts"
import { readTrivyVersion } from "./database.ts"
import { requireArchitecture, running, tryNumber, vexFiles, vexFolder, withTry } from "./execution.ts"
import { fromAnyMirror, volumeName } from "./mirrors.ts"
import { downloader, type OfflineTool, runOffline, withMore } from "./offline.ts"
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
    await running("Trivy", () => patiently(attempt, { pauses: downloadPauses ?? DOWNLOAD_PAUSES, isFinal }))
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
  return patiently(attempt, { pauses: PAUSES, isFinal })
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
