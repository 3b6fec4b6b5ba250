import { CacheSharingMode, type Container, type Directory, dag, type File } from "@dagger.io/dagger"
import { withEffect } from "../config/effect.ts"
import { SlipwayError } from "../error.ts"
import { platformLayout } from "../oci/layout.ts"
import { isFinal, wantsJavaDatabase } from "./broken.ts"
import { readTrivyVersion } from "./database.ts"
import { requireArchitecture, running, vexFiles, withTry, withVex } from "./execution.ts"
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
  const asked = setup.vulnerabilityDb ? trivy : trivy.with(withEffect(setup.run))
  const text = await running("Trivy", () => asked.withExec(trivyVersionArgs()).stdout())
  const facts = readTrivyVersion(text, new Date())
  // The volume's content is no input of a scan: without the database's date among them, an old answer would come back.
  const ready = trivy
    .withEnvVariable("SLIPWAY_DATABASE", facts.database?.updatedAt ?? "")
    .with(withVex(setup.vex, TRIVY_PATHS.vex))
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
    await running("Trivy", () => patiently(attempt, { pauses: DOWNLOAD_PAUSES, isFinal }))
    return (trivy) => trivy.withMountedCache(TRIVY_PATHS.cache, volume)
  }
}

type Trivy = { trivy: Container; database: Database; setup: ScannerSetup }

async function scanPlatform({ trivy, database, setup }: Trivy, image: PlatformImage) {
  const { platform, digest, spec } = image.manifest
  const ready = trivy.withMountedDirectory(TRIVY_PATHS.layout, platformLayout(image.layout, image.manifest))
  const scan = trivyScanArgs({ ...setup, vexFiles: vexFiles(setup.vex, TRIVY_PATHS.vex) })
  const report = await running("Trivy", async () => {
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
