import type { Severity } from "../../src/enums.ts"
import { nearest } from "../config/argument.ts"
import { quote, SlipwayError } from "../error.ts"
import { ageText, type ScannerFacts } from "./database.ts"
import { applyExceptions, type Exception, type ExceptionOutcome, exceptionWarnings } from "./exception.ts"
import {
  countSeverities,
  type Finding,
  type MergedFinding,
  mergeFindings,
  reaches,
  type SeverityCounts,
  type Suppression,
} from "./finding.ts"

/** What a scanner says of one platform's image. */
export type ImageScan = {
  platform: string
  digest: string
  /** The distribution with its version; empty if the image has none that is known. */
  distribution: string
  endOfLife: boolean
  /** How many packages were looked at, if the scanner says so. */
  packages: number | undefined
  findings: Finding[]
  /** What a VEX document answered. */
  suppressed: { finding: Finding; reason: string; source: string }[]
}

/** One platform's share: the digest of its manifest, and how many findings count against it. */
export type PlatformOutcome = { platform: string; digest: string; distribution: string; findings: SeverityCounts }

/** What a scan of all platforms came to; the texts and formats are derived from it. */
export type Assessment = {
  verdict: "passed" | "failed"
  scanner: ScannerFacts
  rules: GateRules
  platforms: PlatformOutcome[]
  /** Everything that counts, whatever its severity. */
  findings: MergedFinding[]
  /** The part of it that fails the gate. */
  failing: MergedFinding[]
  endOfLife: EndOfLife[]
  exceptions: Pick<ExceptionOutcome, "applied" | "expired" | "unused">
  /** What does not count, by an exception or by a VEX document. */
  suppressed: Suppression[]
  warnings: string[]
}

type AssessInput = { scanner: ScannerFacts; rules: GateRules; exceptions: Exception[]; now: Date }

/** Judges all platforms as one release. Nothing scanned is never "passed". */
export function assess(scans: ImageScan[], { scanner, rules, exceptions, now }: AssessInput): Assessment {
  if (scans.length === 0) throw nothingScanned()
  const found = mergeFindings(scans).filter(({ layer }) => layer === "file" || rules.pkgTypes.includes(layer))
  const { findings, ...excepted } = applyExceptions(found, exceptions, now.toISOString().slice(0, 10))
  const endOfLife = scans
    .filter((scan) => scan.endOfLife)
    .map(({ platform, distribution }) => ({ platform, distribution }))
  const verdict = judge(findings, endOfLife, rules)
  return {
    verdict: verdict.passed ? "passed" : "failed",
    scanner,
    rules,
    platforms: scans.map((scan) => platformOutcome(scan, findings)),
    findings,
    failing: verdict.failing,
    endOfLife: verdict.endOfLife,
    exceptions: excepted,
    suppressed: [...excepted.applied, ...acceptedSuppressions(scans)],
    warnings: [
      ...exceptionWarnings(excepted),
      ...kindWarnings(scanner, rules),
      ...databaseWarnings(scanner, rules),
      ...endOfLifeWarnings(endOfLife, rules),
      ...scans.flatMap(emptyWarnings),
    ],
  }
}

function nothingScanned(): SlipwayError {
  return new SlipwayError("LAYOUT_INVALID", {
    expected: "at least one platform's image to scan",
    got: "none",
    fix: "Nothing was scanned, so nothing passed. Pass an image layout with a platform.",
  })
}

function platformOutcome({ platform, digest, distribution }: ImageScan, findings: MergedFinding[]): PlatformOutcome {
  const own = findings.filter(({ platforms }) => platforms.includes(platform))
  return { platform, digest, distribution, findings: countSeverities(own) }
}

/** A VEX document may answer a finding on some platforms only. */
function acceptedSuppressions(scans: ImageScan[]): Suppression[] {
  return scans.flatMap(({ platform, suppressed }) =>
    suppressed.map(({ finding, reason, source }) => ({
      finding: { ...finding, platforms: [platform] },
      reason,
      source,
    })),
  )
}

/** "No secret found" and "no secret looked for" must not read the same. */
function kindWarnings({ name, looksFor }: ScannerFacts, { scanners }: GateRules): string[] {
  const lacking = scanners.filter((kind) => !looksFor.includes(kind))
  return lacking.length ? [`${name} does not look for ${lacking.join(", ")}`] : []
}

const WEEK = 7 * 24

/** Whoever sets a limit has it asserted; everyone else is told. */
function databaseWarnings({ database }: ScannerFacts, { maxDbAge }: GateRules): string[] {
  if (!database) return ["the scanner has no vulnerability database"]
  if (maxDbAge > 0 || database.age <= WEEK) return []
  return [`the vulnerability database is ${ageText(database.age)} old; maxDbAge sets a limit`]
}

function endOfLifeWarnings(endOfLife: EndOfLife[], { failOnEndOfLife }: GateRules): string[] {
  if (failOnEndOfLife) return []
  return endOfLife.map(({ platform, distribution }) => `${distribution} on ${platform} gets no fixes any more`)
}

/** "Nothing found" and "nothing looked at" must not read the same. */
function emptyWarnings({ platform, distribution, packages }: ImageScan): string[] {
  if (distribution || packages !== 0) return []
  return [`${platform} has neither a distribution nor packages that the scanner knows: there was nothing to look at`]
}

export const PKG_TYPES = ["os", "library"]
export const SCANNERS = ["vuln", "secret", "misconfig", "license"]

/** What is looked at, and what makes a scan fail. `maxDbAge` is in hours, 0 for any age. */
export type GateRules = {
  threshold: Severity
  ignoreUnfixed: boolean
  failOnEndOfLife: boolean
  pkgTypes: string[]
  scanners: string[]
  maxDbAge: number
}

/** A platform whose base gets no more fixes: its vulnerabilities are no longer even listed. */
type EndOfLife = { platform: string; distribution: string }

type Verdict = { passed: boolean; failing: MergedFinding[]; endOfLife: EndOfLife[] }

/** Decides over what is left after exceptions and VEX. */
export function judge(findings: MergedFinding[], endOfLife: EndOfLife[], rules: GateRules): Verdict {
  const failing = findings.filter((finding) => counts(finding, rules))
  const ended = rules.failOnEndOfLife ? endOfLife : []
  return { passed: failing.length === 0 && ended.length === 0, failing, endOfLife: ended }
}

/** A gate with a mistyped rule would look at nothing, and pass. */
export function requireRules(rules: GateRules): GateRules {
  requireWords("pkgTypes", rules.pkgTypes, PKG_TYPES)
  requireWords("scanners", rules.scanners, SCANNERS)
  if (rules.maxDbAge >= 0) return rules
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "maxDbAge in hours, or 0 for any age",
    got: String(rules.maxDbAge),
    fix: "Give a number that is not negative.",
  })
}

/** Only a vulnerability waits for someone else's fix; a leaked secret is never "unfixed". */
function counts({ kind, severity, fixed }: MergedFinding, { threshold, ignoreUnfixed }: GateRules): boolean {
  const unfixed = kind === "vulnerability" && fixed === ""
  return reaches(severity, threshold) && !(ignoreUnfixed && unfixed)
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
