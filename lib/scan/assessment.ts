import { nearest } from "../config/argument.ts"
import { quote, SlipwayError } from "../error.ts"
import { type Baseline, type Comparison, compareFindings } from "./baseline/comparison.ts"
import type { PackageChange } from "./baseline/packages.ts"
import { ageText, type ScannerFacts } from "./database.ts"
import { applyExceptions, type Exception, type ExceptionOutcome, exceptionWarnings, isLapsed } from "./exception.ts"
import {
  countSeverities,
  type Finding,
  type FindingKind,
  type ImageScan,
  type MergedFinding,
  mergeFindings,
  type SeverityCounts,
  type Suppression,
} from "./finding.ts"
import { type FindingRules, failureReason } from "./gate/failure-reason.ts"
import { NO_LICENSE, requireLicensePolicy } from "./gate/license-policy.ts"
import { unlistedWarnings } from "./gate/risk-lists.ts"

/** The digest of one platform's manifest, and its findings that count. */
export type PlatformOutcome = { platform: string; digest: string; distribution: string; findings: SeverityCounts }

/** The result of a scan of all platforms; every text and format is derived from it. */
export type Assessment = {
  verdict: "passed" | "failed"
  scanner: ScannerFacts
  rules: GateRules
  platforms: PlatformOutcome[]
  /** All findings that count, of every severity. */
  findings: MergedFinding[]
  /** The findings that fail the gate. */
  failing: MergedFinding[]
  endOfLife: EndOfLife[]
  exceptions: Pick<ExceptionOutcome, "applied" | "expired" | "unused">
  /** Findings that an exception or a VEX document suppresses. */
  suppressed: Suppression[]
  /** What differs from the deployed image, if the run knows it. */
  comparison?: Comparison
  warnings: string[]
}

type AssessInput = {
  scanner: ScannerFacts
  rules: GateRules
  exceptions: Exception[]
  baseline?: Baseline
  /** The packages that differ from those of the baseline. */
  packages?: PackageChange[]
  now: Date
}

/** Judges all platforms as one release. Without a scan nothing passes. */
export function assess(scans: ImageScan[], input: AssessInput): Assessment {
  const { scanner, rules, exceptions, now } = input
  if (scans.length === 0) throw nothingScanned()
  const found = mergeFindings(scans.map((scan) => withUnlicensed(scan, rules))).filter((one) => isInLayers(one, rules))
  const { findings, ...excepted } = applyExceptions(found, exceptions, now.toISOString().slice(0, 10))
  const endOfLife = scans
    .filter((scan) => scan.endOfLife)
    .map(({ platform, distribution }) => ({ platform, distribution }))
  const hidden = acceptedSuppressions(scans)
  const all = [...found, ...hidden.map(({ finding }) => finding)]
  const comparison = compare(all, { ...input, platforms: scans.map(({ platform }) => platform) })
  const known = rules.onlyNew ? tolerated(comparison, { expired: excepted.expired, rules }) : []
  const verdict = judge(findings, endOfLife, { ...rules, known })
  return {
    verdict: verdict.passed ? "passed" : "failed",
    scanner,
    rules,
    platforms: scans.map((scan) => platformOutcome(scan, findings)),
    findings,
    failing: verdict.failing,
    endOfLife: verdict.endOfLife,
    exceptions: excepted,
    suppressed: [...excepted.applied, ...hidden],
    ...(comparison && { comparison }),
    warnings: [
      ...exceptionWarnings(excepted),
      ...kindWarnings(scanner, rules),
      ...unlistedWarnings(findings, rules, scanner),
      ...databaseWarnings(scanner, rules),
      ...endOfLifeWarnings(endOfLife, rules),
      ...(rules.onlyNew ? newWarnings(comparison) : []),
      ...scans.flatMap(emptyWarnings),
    ],
  }
}

function isInLayers({ layer }: Finding, { pkgTypes }: GateRules): boolean {
  return layer === "file" || pkgTypes.includes(layer)
}

/** What a scanner is asked for, by the kind of finding. */
const SCANNER_OF: Record<FindingKind, string> = {
  vulnerability: "vuln",
  secret: "secret",
  misconfiguration: "misconfig",
  license: "license",
}

type CompareInput = AssessInput & { platforms: string[] }

function compare(findings: MergedFinding[], input: CompareInput): Comparison | undefined {
  const { platforms, rules, scanner, baseline, packages } = input
  const looksFor = rules.scanners.filter((kind) => scanner.looksFor.includes(kind))
  const covers = (one: Finding) =>
    looksFor.includes(SCANNER_OF[one.kind]) && isInLayers(one, rules) && (one.id !== NO_LICENSE || needsLicenses(rules))
  return baseline && { ...compareFindings({ platforms, findings, covers }, baseline), ...(packages && { packages }) }
}

type Tolerance = { expired: Exception[]; rules: GateRules }

/** The findings that do not fail because they are not new, unless they are exploited or their exception has expired. */
function tolerated(comparison: Comparison | undefined, { expired, rules }: Tolerance): MergedFinding[] {
  const unchanged = comparison?.unchanged ?? []
  return unchanged.filter((finding) => !(rules.kev && finding.kev) && !isLapsed(finding, expired))
}

/** Why a gate for new findings fails as one for all findings. */
function newWarnings(comparison?: Comparison): string[] {
  const reasons = comparison ? comparison.unknown : ["only ship knows the deployed image"]
  return reasons.map((reason) => `findings count as new: ${reason}`)
}

function needsLicenses({ licenses }: GateRules): boolean {
  return licenses !== undefined && licenses.allow.length > 0
}

function withUnlicensed(scan: ImageScan, rules: GateRules): ImageScan {
  return needsLicenses(rules) ? { ...scan, findings: [...scan.findings, ...(scan.unlicensed ?? [])] } : scan
}

function nothingScanned(): SlipwayError {
  return new SlipwayError("LAYOUT_INVALID", {
    expected: "at least one platform's image to scan",
    got: "none",
    fix: "Pass an image layout with at least one platform; no image was scanned, so none passed.",
  })
}

function platformOutcome({ platform, digest, distribution }: ImageScan, findings: MergedFinding[]): PlatformOutcome {
  const own = findings.filter(({ platforms }) => platforms.includes(platform))
  return { platform, digest, distribution, findings: countSeverities(own) }
}

/** A VEX document may suppress a finding on some platforms only. */
function acceptedSuppressions(scans: ImageScan[]): Suppression[] {
  return scans.flatMap(({ platform, suppressed }) =>
    suppressed.map(({ finding, reason, source }) => ({
      finding: { ...finding, platforms: [platform] },
      reason,
      source,
    })),
  )
}

/** A report without secrets must not look like one of a scanner that does not look for secrets. */
function kindWarnings({ name, looksFor }: ScannerFacts, { scanners }: GateRules): string[] {
  const lacking = scanners.filter((kind) => !looksFor.includes(kind))
  return lacking.length ? [`${name} does not look for ${lacking.join(", ")}`] : []
}

const WEEK = 7 * 24

/** A limit (maxDbAge) is enforced before the scan; without one, an old database is a warning. */
function databaseWarnings({ database }: ScannerFacts, { maxDbAge }: GateRules): string[] {
  if (!database) return ["the scanner has no vulnerability database"]
  if (maxDbAge > 0 || database.age <= WEEK) return []
  return [`the vulnerability database is ${ageText(database.age)} old; set maxDbAge to limit its age`]
}

function endOfLifeWarnings(endOfLife: EndOfLife[], { failOnEndOfLife }: GateRules): string[] {
  if (failOnEndOfLife) return []
  return endOfLife.map(({ platform, distribution }) => `${distribution} on ${platform} is past its end of life`)
}

/** An image without findings must not look like one that the scanner could not read. */
function emptyWarnings({ platform, distribution, packages }: ImageScan): string[] {
  if (distribution || packages !== 0) return []
  return [`${platform} has no distribution and no packages that the scanner knows, so the scan could not find anything`]
}

export const PKG_TYPES = ["os", "library"]
export const SCANNERS = ["vuln", "secret", "misconfig", "license"]

/** What the scan covers, and what fails it. `maxDbAge` is in hours; 0 accepts any age. */
export type GateRules = FindingRules & {
  failOnEndOfLife: boolean
  /** Only findings that the deployed image does not have fail. */
  onlyNew?: boolean
  pkgTypes: string[]
  scanners: string[]
  maxDbAge: number
}

/** A platform whose distribution is past its end of life: databases stop listing its vulnerabilities. */
type EndOfLife = { platform: string; distribution: string }

type Verdict = { passed: boolean; failing: MergedFinding[]; endOfLife: EndOfLife[] }

/** The rules, and the findings that do not fail because the deployed image has them. */
type JudgeRules = GateRules & { known?: MergedFinding[] }

/** Decides over the findings that remain after exceptions and VEX. */
export function judge(findings: MergedFinding[], endOfLife: EndOfLife[], rules: JudgeRules): Verdict {
  const { known = [] } = rules
  const failing = findings.filter((finding) => failureReason(finding, rules) && !known.includes(finding))
  const ended = rules.failOnEndOfLife ? endOfLife : []
  return { passed: failing.length === 0 && ended.length === 0, failing, endOfLife: ended }
}

/** A gate with a mistyped rule would scan nothing, and pass. */
export function requireRules(rules: GateRules): GateRules {
  requireWords("pkgTypes", rules.pkgTypes, PKG_TYPES)
  requireWords("scanners", rules.scanners, SCANNERS)
  if (rules.licenses) requireLicensePolicy(rules.licenses)
  if (rules.maxDbAge >= 0) return rules
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "maxDbAge in hours, or 0 for any age",
    got: String(rules.maxDbAge),
    fix: "Pass a number that is not negative.",
  })
}

function requireWords(option: string, words: string[], known: string[]): void {
  const wrong = words.find((word) => !known.includes(word))
  if (wrong === undefined && words.length > 0) return
  const guess = wrong && nearest(wrong, known)
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: `${option} out of ${known.join(", ")}`,
    got: wrong === undefined ? "none" : quote(wrong),
    fix: guess ? `Did you mean ${guess}?` : "Name at least one of them.",
  })
}
