import { z } from "zod"
import { Severity } from "../../src/enums.ts"
import { parseJson } from "../config/file.ts"
import { quote, SlipwayError } from "../error.ts"

/** From the least to the worst. */
export const SEVERITIES = [Severity.UNKNOWN, Severity.LOW, Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL]

/** How many findings there are of each severity. */
export type SeverityCounts = Record<Severity, number>

/** A threshold of HIGH means HIGH and CRITICAL. */
export function reaches(severity: Severity, threshold: Severity): boolean {
  return rank(severity) >= rank(threshold)
}

/** For sorting: the worst first. */
export function bySeverity(a: Severity, b: Severity): number {
  return rank(b) - rank(a)
}

/** Counts every severity, those without a finding too, the worst first. */
export function countSeverities(findings: { severity: Severity }[]): SeverityCounts {
  const counts = { CRITICAL: 0, HIGH: 0, MEDIUM: 0, LOW: 0, UNKNOWN: 0 }
  for (const { severity } of findings) counts[severity] += 1
  return counts
}

/** Reads a scanner's own word; a word that no one knows must not pass as harmless. */
export function parseSeverity(text: string): Severity {
  const word = text.toUpperCase()
  const severity = SEVERITIES.find((known) => known === word) ?? SYNONYMS[word]
  if (severity) return severity
  throw new SlipwayError("REPORT_INVALID", {
    expected: `a severity out of ${SEVERITIES.join(", ")}`,
    got: quote(text),
    fix: "Use a scanner version that this version of slipway knows.",
  })
}

/** Grype, Clair and Snyk have words of their own for what is below LOW. */
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

/** What any scanner found, in one shape. What a scanner does not say is an empty string. */
export type Finding = {
  kind: FindingKind
  id: string
  severity: Severity
  /** The package that has it; for a secret or a misconfiguration, the file. */
  package: string
  installed: string
  /** The versions that have no such finding any more; empty while there are none. */
  fixed: string
  path: string
  layer: "os" | "library" | "file"
  purl: string
  title: string
  url: string
}

/** A finding, and the platforms whose images have it. */
export type MergedFinding = Finding & { platforms: string[] }

/** Something that was found and does not count, with who says so. */
export type Suppression = { finding: MergedFinding; reason: string; source: string; expires?: string }

/** One line per finding however many platforms have it, the worst first. */
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

/** Everything that a reader of the table could tell apart; purls are left out, they name the architecture. */
function identity({ kind, id, severity, package: name, installed, fixed, path }: Finding): string {
  return JSON.stringify([kind, id, severity, name, installed, fixed, path])
}

function inOrder(a: Finding, b: Finding): number {
  return (
    bySeverity(a.severity, b.severity) ||
    a.package.localeCompare(b.package) ||
    a.id.localeCompare(b.id) ||
    a.path.localeCompare(b.path)
  )
}

/** How a report is called in the message, and what to do about another one. */
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

/** The first line is mostly the scanner's own word on why it wrote no report. */
function noJson(text: string): string {
  const [line = ""] = text.trim().split("\n")
  return line ? `no JSON: ${quote(line.slice(0, 100))}` : "no JSON, but an empty text"
}

function invalid({ what, fix = FIX }: ReportLabel, got: string): SlipwayError {
  return new SlipwayError("REPORT_INVALID", { expected: what, got, fix })
}

const FIX = "Use the scanner's default image, or a version that writes this format."
