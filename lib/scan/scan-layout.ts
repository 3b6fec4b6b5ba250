import { type Directory, dag, type File } from "@dagger.io/dagger"
import { Scanner } from "../../src/enums.ts"
import { NODE_IMAGE } from "../../src/tool-images.ts"
import type { TakenOver } from "../config/ci.ts"
import type { Run } from "../engine/tool.ts"
import { SlipwayError } from "../error.ts"
import type { LayoutImage } from "../oci/layout.ts"
import { verifyLayout } from "../oci/layout-verification.ts"
import { type Assessment, assess, type GateRules, requireRules } from "./assessment.ts"
import { type Baseline, comparePackages } from "./baseline/comparison.ts"
import { type PackageChange, readCycloneDx } from "./baseline/packages.ts"
import { requireFresh, type ScannerFacts } from "./database.ts"
import { type EarlierScans, readScanInputs, scanPlatforms } from "./earlier-scans.ts"
import type { Exception } from "./exception.ts"
import { parseExceptionFile } from "./exception-file.ts"
import type { MergedFinding } from "./finding.ts"
import { renderFormats } from "./formats.ts"
import { failureReason } from "./gate/failure-reason.ts"
import { type RiskFiles, readRiskLists, requireRiskLists, riskListTexts, withRisk } from "./gate/risk-lists.ts"
import { openGrype } from "./grype.ts"
import { renderAssessment } from "./outcome.ts"
import type { PlatformFiles, ReadyScanner, ScannerSetup } from "./scanner.ts"
import { openTrivy } from "./trivy.ts"

/** The image and the caller's database of each scanner. */
export type ScanTools = {
  images: Record<Scanner, string>
  databases: Record<Scanner, Directory | undefined>
  /** Hashes a layout's blobs; default the one in tool-images.ts. */
  nodeImage?: string
  /** A VEX repository: https://github.com/aquasecurity/vex-repo-spec; Trivy only. */
  vexRepository?: Directory
  run: Run
} & RiskFiles

export type ScanOptions = ScanTools &
  Pick<ScannerSetup, "dbRepositories" | "vex" | "timeout" | "downloadPauses"> & {
    scanner: Scanner
    rules: GateRules
    exceptions?: File
    /** The deployed image to compare with; only awaited after the scan. */
    baseline?: Promise<Baseline | undefined>
    earlier?: EarlierScans
  }

/** `takenOver` is the earlier run that scanned the same image with the same database. */
export type ScanOutcome = Assessment & { files: PlatformFiles[]; takenOver?: TakenOver }

/** Scans a layout of any origin: it hashes each blob against its digest first. */
export async function scanLayout(layout: Directory, options: ScanOptions): Promise<ScanOutcome> {
  requireRules(options.rules)
  return await scanImage(await verifyLayout(layout, options.nodeImage ?? NODE_IMAGE), options)
}

/** Scans all platforms of an image concurrently, and judges them as one release. */
export async function scanImage(image: LayoutImage, options: ScanOptions): Promise<ScanOutcome> {
  const { scan } = await openScan(options)
  return await scan(image, options.baseline)
}

/** A scanner with its database, the gate's rules and the exceptions, which any number of images can share. */
export type OpenScan = {
  facts: ScannerFacts
  rules: GateRules
  exceptions: Exception[]
  scan: (image: LayoutImage, baseline?: Promise<Baseline | undefined>) => Promise<ScanOutcome>
}

/** Downloads the database once. */
export async function openScan(options: ScanOptions): Promise<OpenScan> {
  const rules = requireScanner(options, requireRules(options.rules))
  const [exceptions, lists] = await Promise.all([readExceptionFile(options.exceptions), readRiskLists(options)])
  const { images, databases, earlier } = options
  const ready = await openScanner({ ...options, rules })
  const { facts } = ready
  requireFresh(facts, rules.maxDbAge)
  requireRiskLists(rules, lists, facts)
  const scanner = { ...facts, givenLists: riskListTexts(lists) }
  const scan: OpenScan["scan"] = async ({ layout, content }, comparedWith) => {
    const platforms = content.manifests.map((manifest) => ({ layout, manifest }))
    const setup = { ...options, image: images[options.scanner], vulnerabilityDb: databases[options.scanner] }
    const inputs = () => readScanInputs(platforms, ready, setup)
    const { scanned, takenOver } = await scanPlatforms(platforms, {
      scanner: ready,
      inputs,
      ...(earlier && { earlier }),
    })
    const scans = scanned.map((one) => ({ ...one, findings: one.findings.map((finding) => withRisk(finding, lists)) }))
    const files = scanned.map((one) => one.files)
    const baseline = await comparedWith
    const packages = baseline && (await changedPackages(files, baseline))
    const assessment = assess(scans, { scanner, rules, exceptions, baseline, packages, now: new Date() })
    return { ...assessment, files, ...(takenOver && { takenOver }) }
  }
  return { facts: scanner, rules, exceptions, scan }
}

/** Reads the SBOMs that the scan writes for the attestations, so that it costs no other exec. */
async function changedPackages(files: PlatformFiles[], baseline: Baseline): Promise<PackageChange[] | undefined> {
  if (baseline.kind === "none" || baseline.platforms.every(({ sbom }) => !sbom)) return undefined
  const sboms = files.map(async ({ platform, formats }) => {
    return { platform, packages: readCycloneDx((await formats["sbom.cyclonedx.json"]?.contents()) ?? "") }
  })
  return comparePackages(await Promise.all(sboms), baseline)
}

/** A licence policy needs the scan for licences; Grype has none, so with it every licence would pass. */
function requireScanner({ scanner, vexRepository }: ScanOptions, rules: GateRules): GateRules {
  if (scanner === Scanner.GRYPE && rules.licenses) throw trivyNeeded("scan.licenses", "Grype reports no licences")
  if (scanner === Scanner.GRYPE && vexRepository) {
    throw trivyNeeded("--vex-repository", "Grype reads single VEX documents only")
  }
  if (!rules.licenses || rules.scanners.includes("license")) return rules
  return { ...rules, scanners: [...rules.scanners, "license"] }
}

function trivyNeeded(option: string, reason: string): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: `the scanner TRIVY for ${option}`,
    got: `GRYPE: ${reason}`,
    fix: `Omit ${option}, or scan with TRIVY.`,
  })
}

/** All formats of one scan as files, with a folder for each platform. */
export function reportDirectory({ files, ...assessment }: ScanOutcome, name: string): Directory {
  const formats = Object.entries(renderFormats(assessment, { name, now: new Date() }))
  const texts = formats.reduce((folder, [path, text]) => folder.withNewFile(path, text), dag.directory())
  return files.reduce((folder, { platform, report, formats }) => {
    const own = Object.entries({ "report.json": report, ...formats })
    return own.reduce((all, [path, file]) => all.withFile(`${platform.replaceAll("/", "-")}/${path}`, file), folder)
  }, texts)
}

async function readExceptionFile(file?: File): Promise<Exception[]> {
  return file ? parseExceptionFile(await file.contents()) : []
}

function openScanner({
  scanner,
  images,
  databases,
  rules,
  nodeImage: _,
  baseline: _baseline,
  earlier: _earlier,
  ...setup
}: Omit<ScanOptions, keyof RiskFiles>): Promise<ReadyScanner> {
  const needsRiskLists = rules.kev || rules.epss !== undefined
  const ready = {
    ...{ ...setup, image: images[scanner], vulnerabilityDb: databases[scanner] },
    ...{ scanners: rules.scanners, needsRiskLists },
  }
  switch (scanner) {
    case Scanner.TRIVY:
      return openTrivy(ready)
    case Scanner.GRYPE:
      return openGrype(ready)
  }
}

/** One scan as one object, for programs. A failed gate is a field, not an error. */
export async function scanResult(layout: Directory, { name, ...options }: ScanOptions & { name: string }) {
  const outcome = await scanLayout(layout, options)
  const reports = reportDirectory(outcome, name)
  return {
    passed: outcome.verdict === "passed",
    text: renderAssessment(outcome),
    findings: outcome.findings.map((finding) => findingFields(finding, outcome)),
    sarif: reports.file("findings.sarif"),
    reports,
  }
}

/** Only the fields that Finding declares: the SDK refuses others. */
function findingFields(finding: MergedFinding, { failing, rules }: ScanOutcome) {
  const { id, kind, severity, installed, fixed, title, url, platforms, kev = false, epss } = finding
  const fails = failing.includes(finding)
  return {
    identifier: id,
    kind,
    severity,
    packageName: finding.package,
    installed,
    fixed,
    title,
    url,
    platforms,
    failing: fails,
    reason: (fails && failureReason(finding, rules)) || "",
    knownExploited: kev,
    epss: epss === undefined ? "" : String(epss),
  }
}
