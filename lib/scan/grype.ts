import { type Container, type Directory, dag } from "@dagger.io/dagger"
import { SlipwayError } from "../error.ts"
import { platformLayout } from "../oci/layout.ts"
import { isFinal } from "./broken.ts"
import { renderCosignVuln } from "./cosign-vuln.ts"
import { requireArchitecture, running, tryNumber, vexFiles, vexFolder, withTry } from "./execution.ts"
import {
  GRYPE_ENVIRONMENT,
  GRYPE_PATHS,
  grypeDownloadArgs,
  grypeScanArgs,
  grypeStatusArgs,
  grypeVersionArgs,
} from "./grype-args.ts"
import { readGrypeFacts, readGrypeReport } from "./grype-report.ts"
import { fromAnyMirror, volumeName } from "./mirrors.ts"
import { downloader, type OfflineTool, runOffline, withMore } from "./offline.ts"
import { DOWNLOAD_PAUSES, PAUSES, patiently } from "./patience.ts"
import type { PlatformImage, ReadyScanner, ScannerSetup } from "./scanner.ts"

/** Grype with the caller's database, or with its own, brought up to date. */
export async function openGrype(setup: ScannerSetup): Promise<ReadyScanner> {
  const { image, vulnerabilityDb, run, vex } = setup
  const database = vulnerabilityDb ? await givenDatabase(vulnerabilityDb) : await downloadedDatabase(setup)
  const grype = withMore({ image, variables: GRYPE_ENVIRONMENT, folders: {}, volumes: {} }, database)
  const asked = withMore(grype, { variables: vulnerabilityDb ? {} : { SLIPWAY_RUN: run } })
  const output = (args: string[]) => running("Grype", () => runOffline(asked, args).stdout())
  const [version, status] = await Promise.all([output(grypeVersionArgs()), output(grypeStatusArgs())])
  const facts = readGrypeFacts({ version, status, now: new Date() })
  const dated = { SLIPWAY_DATABASE: facts.database?.updatedAt ?? "" }
  const ready = withMore(grype, { variables: dated, folders: vexFolder(vex, GRYPE_PATHS.vex) })
  return { facts, scan: (image) => scanPlatform({ grype: ready, facts, setup }, image) }
}

type Database = Pick<OfflineTool, "folders" | "volumes">

async function givenDatabase(database: Directory): Promise<Database> {
  if (await database.exists("6/vulnerability.db")) return { folders: { [GRYPE_PATHS.cache]: database }, volumes: {} }
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "a grypeDb with 6/vulnerability.db and 6/import.json",
    got: `a directory with ${(await database.entries()).slice(0, 10).join(", ") || "nothing"}`,
    fix: "Give the folder that `grype db update` fills, named by GRYPE_DB_CACHE_DIR.",
  })
}

/** Grype knows one place for its database; the mirrors are asked one by one. */
async function downloadedDatabase({ image, run, dbRepositories, downloadPauses }: ScannerSetup): Promise<Database> {
  const path = GRYPE_PATHS.cache
  const volume = volumeName("grype", dbRepositories)
  const grype = Object.entries(GRYPE_ENVIRONMENT).reduce(
    (all, [name, value]) => all.withEnvVariable(name, value),
    downloader({ image, path, volume, run }),
  )
  const attempt = (tries: number) =>
    fromAnyMirror(dbRepositories, (mirror) =>
      grype.with(withMirror(mirror)).with(withTry(tries)).withExec(grypeDownloadArgs()).sync(),
    )
  await running("Grype", () => patiently(attempt, { pauses: downloadPauses ?? DOWNLOAD_PAUSES, isFinal }))
  return { folders: {}, volumes: { [path]: volume } }
}

function withMirror(url?: string): (grype: Container) => Container {
  return (grype) => (url ? grype.withEnvVariable("GRYPE_DB_UPDATE_URL", url) : grype)
}

type Grype = { grype: OfflineTool; facts: ReadyScanner["facts"]; setup: ScannerSetup }

async function scanPlatform({ grype, facts, setup }: Grype, { layout, manifest }: PlatformImage) {
  const { platform, digest, spec } = manifest
  const scan = grypeScanArgs({ platform, vexFiles: vexFiles(setup.vex, GRYPE_PATHS.vex) })
  const ready = withMore(grype, { folders: { [GRYPE_PATHS.layout]: platformLayout(layout, manifest) } })
  const attempt = (tries: number) => runOffline(withMore(ready, tryNumber(tries)), scan).sync()
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
