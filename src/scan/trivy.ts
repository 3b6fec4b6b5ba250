import { CacheSharingMode, type Container, type Directory, dag, type File } from "@dagger.io/dagger"
import { type Run, withEffect } from "../config/effect.ts"
import { SlipwayError } from "../error.ts"
import { type PlatformManifest, platformLayout, readLayout } from "../oci/layout.ts"
import { scannerFailed } from "./broken.ts"
import { readTrivyVersion, requireFresh, type ScannerFacts } from "./database.ts"
import { mergeFindings } from "./finding.ts"
import { type GateRules, judge } from "./gate.ts"
import { type Assessment, requirePass } from "./outcome.ts"
import { DOWNLOAD_PAUSES, PAUSES, patiently } from "./patience.ts"
import { countSeverities } from "./severity.ts"
import { TRIVY_PATHS, trivyConvertArgs, trivyDownloadArgs, trivyScanArgs, trivyVersionArgs } from "./trivy-args.ts"
import { type ImageScan, readTrivyReport } from "./trivy-report.ts"

export { requirePass }

export type ScanOptions = {
  trivyImage: string
  vulnerabilityDb?: Directory
  run: Run
  rules: GateRules
  pkgTypes: string[]
  scanners: string[]
  dbRepositories: string[]
  maxDbAge: number
  timeout: number
}

/** What one platform's scan leaves for attestations. Nothing of it is made before it is asked for. */
export type PlatformFiles = {
  platform: string
  digest: string
  report: File
  cosignVuln: File
  spdx: File
  cyclonedx: File
  sarif: File
}

export type ScanOutcome = Assessment & { files: PlatformFiles[] }

/** Scans every platform of a layout, side by side, and judges them as one release. */
export async function scanLayout(layout: Directory, options: ScanOptions): Promise<ScanOutcome> {
  const { manifests } = await readLayout(layout)
  const { trivy, facts } = await openTrivy(options)
  requireFresh(facts, options.maxDbAge)
  const scans = await Promise.all(manifests.map((manifest) => scanPlatform(trivy, { layout, manifest, options })))
  return { ...assess(scans, facts, options.rules), files: scans.map(({ files }) => files) }
}

type PlatformScan = ImageScan & { platform: string; digest: string; files: PlatformFiles }

function assess(scans: PlatformScan[], scanner: ScannerFacts, rules: GateRules): Assessment {
  const findings = mergeFindings(scans)
  const endOfLife = scans.filter((scan) => scan.endOfLife)
  const verdict = judge(findings, endOfLife, rules)
  return {
    verdict: verdict.passed ? "passed" : "failed",
    scanner,
    rules,
    platforms: scans.map(({ platform, digest, distribution, findings }) => ({
      platform,
      digest,
      distribution,
      findings: countSeverities(findings),
    })),
    findings,
    failing: verdict.failing,
    endOfLife: verdict.endOfLife,
    suppressed: [],
    warnings: [],
  }
}

type Trivy = { trivy: Container; facts: ScannerFacts }

async function openTrivy(options: ScanOptions): Promise<Trivy> {
  const { trivyImage, vulnerabilityDb } = options
  const plain = dag.container().from(trivyImage)
  const trivy = vulnerabilityDb ? await withDatabase(plain, vulnerabilityDb) : await withDownload(plain, options)
  const text = await running("Trivy", () => trivy.withExec(trivyVersionArgs()).stdout())
  const facts = readTrivyVersion(text, new Date())
  // The volume's content is no input of a scan: without the database's date among them, an old answer would come back.
  return { trivy: trivy.withEnvVariable("SLIPWAY_DATABASE", facts.database?.updatedAt ?? ""), facts }
}

async function withDatabase(trivy: Container, database: Directory): Promise<Container> {
  if (await database.exists("db/trivy.db")) return trivy.withMountedDirectory(TRIVY_PATHS.cache, database)
  if (await database.exists("trivy.db")) return trivy.withMountedDirectory(`${TRIVY_PATHS.cache}/db`, database)
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "a vulnerabilityDb with trivy.db and metadata.json (itself, or in its folder db)",
    got: `a directory with ${(await database.entries()).slice(0, 10).join(", ") || "nothing"}`,
    fix: "Give the folder that `trivy image --download-db-only --cache-dir DIR` fills.",
  })
}

/** Trivy asks its registries only if its database's own next-update time is over. */
async function withDownload(trivy: Container, { run, dbRepositories }: ScanOptions): Promise<Container> {
  const volume = dag.cacheVolume("slipway-trivy")
  const download = trivyDownloadArgs("vulnerability", dbRepositories)
  const locked = trivy.withMountedCache(TRIVY_PATHS.cache, volume, { sharing: CacheSharingMode.Locked })
  await running("Trivy", () =>
    patiently((tries) => locked.with(withEffect(run)).with(withTry(tries)).withExec(download).sync(), DOWNLOAD_PAUSES),
  )
  return trivy.withMountedCache(TRIVY_PATHS.cache, volume)
}

type PlatformInput = { layout: Directory; manifest: PlatformManifest; options: ScanOptions }

async function scanPlatform(trivy: Container, { layout, manifest, options }: PlatformInput): Promise<PlatformScan> {
  const { platform, digest } = manifest
  const scan = trivyScanArgs({ ...options, vexFiles: [] })
  const ready = trivy.withMountedDirectory(TRIVY_PATHS.layout, platformLayout(layout, manifest))
  const report = await running("Trivy", () =>
    patiently(async (tries) => await ready.with(withTry(tries)).withExec(scan).file(TRIVY_PATHS.report).sync(), PAUSES),
  )
  const found = readTrivyReport(await report.contents())
  return { ...found, platform, digest, files: platformFiles(trivy, { platform, digest, report }) }
}

function platformFiles(trivy: Container, scan: { platform: string; digest: string; report: File }): PlatformFiles {
  const converted = (format: string) => {
    const [report, output] = [TRIVY_PATHS.report, `/slipway/${format}`]
    return trivy
      .withMountedFile(report, scan.report)
      .withExec(trivyConvertArgs({ format, report, output }))
      .file(output)
  }
  return {
    ...scan,
    cosignVuln: converted("cosign-vuln"),
    spdx: converted("spdx-json"),
    cyclonedx: converted("cyclonedx"),
    sarif: converted("sarif"),
  }
}

/** A try after the first is another exec: the engine would not run the same one again within a session. */
function withTry(tries: number): (container: Container) => Container {
  return (container) => (tries > 1 ? container.withEnvVariable("SLIPWAY_TRY", String(tries)) : container)
}

/** Whatever goes wrong in here is the scanner's failure, not a finding. */
async function running<Value>(scanner: string, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work()
  } catch (cause) {
    throw scannerFailed(scanner, cause)
  }
}
