import { type Container, type Directory, dag } from "@dagger.io/dagger"
import { GRYPE } from "../engine/tool.ts"
import { SlipwayError } from "../error.ts"
import { platformLayout } from "../oci/layout.ts"
import type { ScannerFacts } from "./database.ts"
import { readGrypeFacts, readGrypeReport, readGrypeRiskLists } from "./grype-report.ts"
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
  withTry,
} from "./scanner.ts"

/** Grype with the caller's database, or with an updated one in a cache volume. */
export async function openGrype(setup: ScannerSetup): Promise<ReadyScanner> {
  const { image, vulnerabilityDb, run, vex } = setup
  const database = vulnerabilityDb ? await givenDatabase(vulnerabilityDb) : await downloadedDatabase(setup)
  const grype = withMore({ image, variables: GRYPE_ENVIRONMENT, folders: {}, volumes: {} }, database)
  const fresh = withMore(grype, { variables: vulnerabilityDb ? {} : { SLIPWAY_RUN: run } })
  const output = (args: string[]) => running("Grype", () => runOffline(fresh, args).stdout())
  const [version, status, providers] = await Promise.all([
    output(grypeVersionArgs()),
    output(grypeStatusArgs()),
    setup.needsRiskLists ? output(grypeProvidersArgs()) : undefined,
  ])
  const riskLists = providers === undefined ? {} : { riskLists: readGrypeRiskLists(providers) }
  const facts = { ...readGrypeFacts({ version, status, now: new Date() }), ...riskLists }
  const dated = { SLIPWAY_DATABASE: facts.database?.updatedAt ?? "" }
  const ready = withMore(grype, { variables: dated, folders: vexFolder(vex, GRYPE_PATHS.vex) })
  const args = grypeScanArgs({ platform: "", vexFiles: vexFiles(vex, GRYPE_PATHS.vex) })
  return {
    ...{ facts, args },
    run: (platform) => scanPlatform({ grype: ready, setup }, platform),
    read: (platform, files) => readScan(facts, { platform, files }),
  }
}

type Database = Pick<OfflineTool, "folders" | "volumes">

async function givenDatabase(database: Directory): Promise<Database> {
  if (await database.exists("6/vulnerability.db")) return { folders: { [GRYPE_PATHS.cache]: database }, volumes: {} }
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "a grypeDb with 6/vulnerability.db and 6/import.json",
    got: `a directory with ${(await database.entries()).slice(0, 10).join(", ") || "nothing"}`,
    fix: "Pass the folder GRYPE_DB_CACHE_DIR that `grype db update` fills.",
  })
}

/** Grype takes one URL for its database, so the mirrors are tried one by one. */
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
  await running("Grype", () => retryFailures(attempt, { pauses: downloadPauses ?? DOWNLOAD_PAUSES, isFinal }))
  return { folders: {}, volumes: { [path]: volume } }
}

function withMirror(url?: string): (grype: Container) => Container {
  return (grype) => (url ? grype.withEnvVariable("GRYPE_DB_UPDATE_URL", url) : grype)
}

type Grype = { grype: OfflineTool; setup: ScannerSetup }

async function scanPlatform({ grype, setup }: Grype, { layout, manifest }: PlatformImage): Promise<ScanRun> {
  const { platform } = manifest
  const scan = grypeScanArgs({ platform, vexFiles: vexFiles(setup.vex, GRYPE_PATHS.vex) })
  const ready = withMore(grype, { folders: { [GRYPE_PATHS.layout]: platformLayout(layout, manifest) } })
  const attempt = (tries: number) => runOffline(withMore(ready, tryNumber(tries)), scan).sync()
  const done = await running("Grype", () => retryFailures(attempt, { pauses: SCAN_PAUSES, isFinal }))
  const { report, sarif, cyclonedx } = GRYPE_PATHS
  return { files: { [REPORT]: done.file(report), [SARIF]: done.file(sarif), [SBOM]: done.file(cyclonedx) } }
}

const REPORT = "report.json"
const SARIF = "report.sarif"
const SBOM = "sbom.cyclonedx.json"

type PlatformScan = { platform: PlatformImage; files: ScanFiles }

async function readScan(facts: ScannerFacts, { platform: { manifest }, files }: PlatformScan) {
  const { platform, digest, spec } = manifest
  const [report, sarif, sbom] = [requireFile(files, REPORT), requireFile(files, SARIF), requireFile(files, SBOM)]
  const text = await report.contents()
  const { architecture, ...found } = readGrypeReport(text)
  requireArchitecture(architecture, spec.architecture)
  const predicate = renderCosignVuln(text, { scanner: facts, now: new Date() })
  // Grype writes no SPDX
  const formats = {
    "vuln.cosign.json": dag.directory().withNewFile("vuln.cosign.json", predicate).file("vuln.cosign.json"),
    [SBOM]: sbom,
    [SARIF]: sarif,
  }
  return { ...found, platform, digest, files: { platform, digest, report, formats } }
}

/** Paths in Grype's container. */
const GRYPE_PATHS = {
  cache: "/slipway/grype",
  layout: "/slipway/layout",
  vex: "/slipway/vex",
  report: "/slipway/report.json",
  sarif: "/slipway/report.sarif",
  cyclonedx: "/slipway/sbom.cyclonedx.json",
}

/** Grype reads these from the environment only. Slipway checks the database's age (requireFresh). */
export const GRYPE_ENVIRONMENT: Record<string, string> = {
  GRYPE_DB_CACHE_DIR: GRYPE_PATHS.cache,
  GRYPE_DB_AUTO_UPDATE: "false",
  GRYPE_DB_VALIDATE_AGE: "false",
  GRYPE_CHECK_FOR_APP_UPDATE: "false",
  // without it, an unreachable mirror counts as a database that needs no update
  GRYPE_DB_REQUIRE_UPDATE_CHECK: "true",
}

/** One scan writes three formats. Without a threshold, a non-zero exit code means that Grype itself failed. */
export function grypeScanArgs({ platform, vexFiles }: { platform: string; vexFiles: string[] }): string[] {
  return [
    ...[GRYPE, `oci-dir:${GRYPE_PATHS.layout}`, "--platform", platform, "--by-cve"],
    ...["-o", `json=${GRYPE_PATHS.report}`, "-o", `sarif=${GRYPE_PATHS.sarif}`],
    ...["-o", `cyclonedx-json=${GRYPE_PATHS.cyclonedx}`],
    ...vexFiles.flatMap((file) => ["--vex", file]),
  ]
}

export function grypeDownloadArgs(): string[] {
  return [GRYPE, "db", "update"]
}

export function grypeStatusArgs(): string[] {
  return [GRYPE, "db", "status", "-o", "json"]
}

/** Lists the sources of the database. */
export function grypeProvidersArgs(): string[] {
  return [GRYPE, "db", "providers", "-o", "json"]
}

export function grypeVersionArgs(): string[] {
  return [GRYPE, "version", "-o", "json"]
}

/** A predicate for `cosign attest --type vuln`: https://github.com/sigstore/cosign/blob/main/specs/COSIGN_VULN_ATTESTATION_SPEC.md */
export function renderCosignVuln(report: string, { scanner, now }: { scanner: ScannerFacts; now: Date }): string {
  const { uri, version, database } = scanner
  const time = now.toISOString()
  return JSON.stringify({
    invocation: { parameters: null, uri: "", event_id: "", "builder.id": "" },
    scanner: { uri, version, db: { uri: "", version: database?.updatedAt ?? "" }, result: JSON.parse(report) },
    metadata: { scanStartedOn: time, scanFinishedOn: time },
  })
}
