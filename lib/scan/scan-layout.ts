import { type Directory, dag, type File } from "@dagger.io/dagger"
import { Scanner } from "../../src/enums.ts"
import { NODE_IMAGE } from "../../src/tool-images.ts"
import type { Run } from "../engine/tool.ts"
import type { LayoutImage } from "../oci/layout.ts"
import { verifyLayout } from "../oci/layout-verification.ts"
import { type Assessment, assess, type GateRules, requireRules } from "./assessment.ts"
import { type Baseline, comparePackages } from "./baseline/comparison.ts"
import { type PackageChange, readCycloneDx } from "./baseline/packages.ts"
import { requireFresh } from "./database.ts"
import type { Exception } from "./exception.ts"
import { parseExceptionFile } from "./exception-file.ts"
import type { MergedFinding } from "./finding.ts"
import { renderFormats } from "./formats.ts"
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
  run: Run
}

export type ScanOptions = ScanTools &
  Pick<ScannerSetup, "dbRepositories" | "vex" | "timeout" | "downloadPauses"> & {
    scanner: Scanner
    rules: GateRules
    exceptions?: File
    /** The deployed image to compare with; only awaited after the scan. */
    baseline?: Promise<Baseline | undefined>
  }

export type ScanOutcome = Assessment & { files: PlatformFiles[] }

/** Scans a layout of any origin: it hashes each blob against its digest first. */
export async function scanLayout(layout: Directory, options: ScanOptions): Promise<ScanOutcome> {
  requireRules(options.rules)
  return await scanImage(await verifyLayout(layout, options.nodeImage ?? NODE_IMAGE), options)
}

/** Scans all platforms of an image concurrently, and judges them as one release. */
export async function scanImage({ layout, content }: LayoutImage, options: ScanOptions): Promise<ScanOutcome> {
  const rules = requireRules(options.rules)
  const exceptions = await readExceptionFile(options.exceptions)
  const { facts, scan } = await openScanner(options)
  requireFresh(facts, rules.maxDbAge)
  const scans = await Promise.all(content.manifests.map((manifest) => scan({ layout, manifest })))
  const files = scans.map((scanned) => scanned.files)
  const baseline = await options.baseline
  const packages = baseline && (await changedPackages(files, baseline))
  const assessment = assess(scans, { scanner: facts, rules, exceptions, baseline, packages, now: new Date() })
  return { ...assessment, files }
}

/** Reads the SBOMs that the scan writes for the attestations, so that it costs no other exec. */
async function changedPackages(files: PlatformFiles[], baseline: Baseline): Promise<PackageChange[] | undefined> {
  if (baseline.kind === "none" || baseline.platforms.every(({ sbom }) => !sbom)) return undefined
  const sboms = files.map(async ({ platform, formats }) => {
    return { platform, packages: readCycloneDx((await formats["sbom.cyclonedx.json"]?.contents()) ?? "") }
  })
  return comparePackages(await Promise.all(sboms), baseline)
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
  ...setup
}: ScanOptions): Promise<ReadyScanner> {
  const ready = { ...setup, image: images[scanner], vulnerabilityDb: databases[scanner], scanners: rules.scanners }
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
    findings: outcome.findings.map((finding) => findingFields(finding, outcome.failing.includes(finding))),
    sarif: reports.file("findings.sarif"),
    reports,
  }
}

/** Only the fields that Finding declares: the SDK refuses others. */
function findingFields(finding: MergedFinding, failing: boolean) {
  const { id, kind, severity, installed, fixed, title, url, platforms } = finding
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
    failing,
  }
}
