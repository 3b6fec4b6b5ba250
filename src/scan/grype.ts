import { CacheSharingMode, type Container, type Directory, dag } from "@dagger.io/dagger"
import { withEffect } from "../config/effect.ts"
import { SlipwayError } from "../error.ts"
import { platformLayout } from "../oci/layout.ts"
import { isFinal } from "./broken.ts"
import { renderCosignVuln } from "./cosign-vuln.ts"
import { requireArchitecture, running, vexFiles, withTry, withVex } from "./execution.ts"
import {
  GRYPE_ENVIRONMENT,
  GRYPE_PATHS,
  grypeDownloadArgs,
  grypeScanArgs,
  grypeStatusArgs,
  grypeVersionArgs,
  mirrorOf,
} from "./grype-args.ts"
import { readGrypeFacts, readGrypeReport } from "./grype-report.ts"
import { DOWNLOAD_PAUSES, PAUSES, patiently } from "./patience.ts"
import type { PlatformImage, ReadyScanner, ScannerSetup } from "./scanner.ts"

/** Grype with the caller's database, or with its own, brought up to date. */
export async function openGrype(setup: ScannerSetup): Promise<ReadyScanner> {
  const plain = Object.entries(GRYPE_ENVIRONMENT).reduce(
    (grype, [name, value]) => grype.withEnvVariable(name, value),
    dag.container().from(setup.image),
  )
  const { vulnerabilityDb } = setup
  const grype = vulnerabilityDb ? await withDatabase(plain, vulnerabilityDb) : await withDownload(plain, setup)
  const asked = vulnerabilityDb ? grype : grype.with(withEffect(setup.run))
  const output = (args: string[]) => running("Grype", () => asked.withExec(args).stdout())
  const [version, status] = await Promise.all([output(grypeVersionArgs()), output(grypeStatusArgs())])
  const facts = readGrypeFacts({ version, status, now: new Date() })
  const ready = grype
    .withEnvVariable("SLIPWAY_DATABASE", facts.database?.updatedAt ?? "")
    .with(withVex(setup.vex, GRYPE_PATHS.vex))
  return { facts, scan: (image) => scanPlatform({ grype: ready, facts, setup }, image) }
}

async function withDatabase(grype: Container, database: Directory): Promise<Container> {
  if (await database.exists("6/vulnerability.db")) return grype.withMountedDirectory(GRYPE_PATHS.cache, database)
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "a grypeDb with 6/vulnerability.db and 6/import.json",
    got: `a directory with ${(await database.entries()).slice(0, 10).join(", ") || "nothing"}`,
    fix: "Give the folder that `grype db update` fills, named by GRYPE_DB_CACHE_DIR.",
  })
}

/** As with Trivy: one download at a time writes to the volume, and scans only read from it. */
async function withDownload(grype: Container, { run, dbRepositories }: ScannerSetup): Promise<Container> {
  const volume = dag.cacheVolume("slipway-grype")
  const locked = grype
    .withMountedCache(GRYPE_PATHS.cache, volume, { sharing: CacheSharingMode.Locked })
    .with(withEffect(run))
  const attempt = (tries: number) =>
    locked
      .with(withMirror(mirrorOf(dbRepositories, tries)))
      .with(withTry(tries))
      .withExec(grypeDownloadArgs())
      .sync()
  await running("Grype", () => patiently(attempt, { pauses: DOWNLOAD_PAUSES, isFinal }))
  return grype.withMountedCache(GRYPE_PATHS.cache, volume)
}

function withMirror(url?: string): (grype: Container) => Container {
  return (grype) => (url ? grype.withEnvVariable("GRYPE_DB_UPDATE_URL", url) : grype)
}

type Grype = { grype: Container; facts: ReadyScanner["facts"]; setup: ScannerSetup }

async function scanPlatform({ grype, facts, setup }: Grype, { layout, manifest }: PlatformImage) {
  const { platform, digest, spec } = manifest
  const scan = grypeScanArgs({ platform, vexFiles: vexFiles(setup.vex, GRYPE_PATHS.vex) })
  const ready = grype.withMountedDirectory(GRYPE_PATHS.layout, platformLayout(layout, manifest))
  const attempt = (tries: number) => ready.with(withTry(tries)).withExec(scan).sync()
  const done = await running("Grype", () => patiently(attempt, { pauses: PAUSES, isFinal }))
  const report = await done.file(GRYPE_PATHS.report).contents()
  const { architecture, ...found } = readGrypeReport(report)
  requireArchitecture(architecture, spec.architecture)
  const files = { platform, digest, report: done.file(GRYPE_PATHS.report), formats: formats(done, { report, facts }) }
  return { ...found, platform, digest, files }
}

/** Grype writes no SPDX. */
function formats(done: Container, { report, facts }: { report: string; facts: ReadyScanner["facts"] }) {
  const predicate = renderCosignVuln(report, { scanner: facts, now: new Date() })
  return {
    "vuln.cosign.json": dag.directory().withNewFile("vuln.cosign.json", predicate).file("vuln.cosign.json"),
    "sbom.cyclonedx.json": done.file(GRYPE_PATHS.cyclonedx),
    "report.sarif": done.file(GRYPE_PATHS.sarif),
  }
}
