import { Severity } from "../../src/enums.ts"
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
