import { z } from "zod"
import { Severity } from "../../src/enums.ts"
import { parseJson } from "../config/file.ts"
import { quote, SlipwayError } from "../error.ts"

/** From the lowest to the highest. */
export const SEVERITIES = [Severity.UNKNOWN, Severity.LOW, Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL]

/** The number of findings of each severity. */
export type SeverityCounts = Record<Severity, number>

/** A threshold of HIGH means HIGH and CRITICAL. */
export function reaches(severity: Severity, threshold: Severity): boolean {
  return rank(severity) >= rank(threshold)
}

/** A sort order: the highest severity first. */
export function bySeverity(a: Severity, b: Severity): number {
  return rank(b) - rank(a)
}

/** Has a count for every severity, also for one without findings. */
export function countSeverities(findings: { severity: Severity }[]): SeverityCounts {
  const counts = { CRITICAL: 0, HIGH: 0, MEDIUM: 0, LOW: 0, UNKNOWN: 0 }
  for (const { severity } of findings) counts[severity] += 1
  return counts
}

/** Reads a scanner's severity. An unknown one is an error, so that it cannot pass as harmless. */
export function parseSeverity(text: string): Severity {
  const word = text.toUpperCase()
  const severity = SEVERITIES.find((known) => known === word) ?? SYNONYMS[word]
  if (severity) return severity
  throw new SlipwayError("REPORT_INVALID", {
    expected: `one of the severities ${SEVERITIES.join(", ")}`,
    got: quote(text),
    fix: "Use a scanner version that this version of Slipway supports.",
  })
}

/** The severities of Grype, Clair and Snyk that are not Trivy's. */
const SYNONYMS: Record<string, Severity> = {
  NEGLIGIBLE: Severity.LOW,
  INFO: Severity.LOW,
  NONE: Severity.LOW,
  MODERATE: Severity.MEDIUM,
  IMPORTANT: Severity.HIGH,
  DEFCON1: Severity.CRITICAL,
  UNSPECIFIED: Severity.UNKNOWN,
}

function rank(severity: Severity): number {
  return SEVERITIES.indexOf(severity)
}

export type FindingKind = "vulnerability" | "secret" | "misconfiguration" | "license"

/** A finding of any scanner. A field that the scanner does not report is an empty string. */
export type Finding = {
  kind: FindingKind
  id: string
  severity: Severity
  /** The affected package; for a secret or a misconfiguration, the file. */
  package: string
  installed: string
  /** The versions that fix it; empty if there is none. */
  fixed: string
  path: string
  layer: "os" | "library" | "file"
  purl: string
  title: string
  url: string
  /** Whether the vulnerability is known to be exploited (CISA's KEV); undefined if that is not known. */
  kev?: boolean
  /** The probability, from 0 to 1, of an exploit in the next 30 days (FIRST's EPSS). */
  epss?: number
}

/** One scanner's report on the image of one platform. */
export type ImageScan = {
  platform: string
  digest: string
  /** The distribution with its version; empty if the scanner knows none. */
  distribution: string
  endOfLife: boolean
  /** How many packages the scanner read, if it reports that. */
  packages: number | undefined
  findings: Finding[]
  /** A finding for each package without a known licence; it counts only with a policy that allows some. */
  unlicensed?: Finding[]
  /** Findings that a VEX document marks as not affected or fixed. */
  suppressed: { finding: Finding; reason: string; source: string }[]
}

/** A finding, and the platforms whose images have it. */
export type MergedFinding = Finding & { platforms: string[] }

/** A finding that does not count; `source` is the owner of the exception, or the VEX document. */
export type Suppression = { finding: MergedFinding; reason: string; source: string; expires?: string }

/** One entry per finding, with all platforms that have it; the highest risk first. */
export function mergeFindings(scans: { platform: string; findings: Finding[] }[]): MergedFinding[] {
  const merged = new Map<string, MergedFinding>()
  for (const { platform, findings } of scans) {
    for (const finding of findings) {
      const same = merged.get(identity(finding))
      if (!same) merged.set(identity(finding), { ...finding, platforms: [platform] })
      else if (!same.platforms.includes(platform)) same.platforms.push(platform)
    }
  }
  return [...merged.values()].sort(inOrder)
}

/** All fields that the table shows. Purls are left out because they contain the architecture. */
function identity({ kind, id, severity, package: name, installed, fixed, path }: Finding): string {
  return JSON.stringify([kind, id, severity, name, installed, fixed, path])
}

function inOrder(a: Finding, b: Finding): number {
  return (
    riskOf(b) - riskOf(a) ||
    bySeverity(a.severity, b.severity) ||
    a.package.localeCompare(b.package) ||
    a.id.localeCompare(b.id) ||
    a.path.localeCompare(b.path)
  )
}

const WEIGHTS: Record<Severity, number> = { CRITICAL: 95, HIGH: 80, MEDIUM: 55, LOW: 20, UNKNOWN: 5 }

/**
 * The risk from 0 to 100: the severity's weight times the probability of an exploit. A known exploit is certain. Without a
 * probability the severity alone counts, so that a new vulnerability is not last.
 */
export function riskOf({ severity, kev, epss = 1 }: Pick<Finding, "severity" | "kev" | "epss">): number {
  return kev ? 100 : WEIGHTS[severity] * epss
}

/** The report's name in the message, and the fix for one that cannot be read. */
type ReportLabel = { what: string; fix?: string }

/** Reads a scanner's output by its schema. */
export function parseReport<Schema extends z.ZodType>(
  schema: Schema,
  text: string,
  wanted: ReportLabel,
): z.infer<Schema> {
  const value = parseJson(text)
  if (value === undefined) throw invalid(wanted, noJson(text))
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw invalid(wanted, z.prettifyError(parsed.error).replace(/\s+/g, " ").slice(0, 500))
}

/** The first line usually says why the scanner wrote no report. */
function noJson(text: string): string {
  const [line = ""] = text.trim().split("\n")
  return line ? `text that is not JSON: ${quote(line.slice(0, 100))}` : "an empty report"
}

function invalid({ what, fix = FIX }: ReportLabel, got: string): SlipwayError {
  return new SlipwayError("REPORT_INVALID", { expected: what, got, fix })
}

const FIX = "Use the scanner's default image, or a version that writes this format."
