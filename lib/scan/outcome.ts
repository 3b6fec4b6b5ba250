import { SlipwayError } from "../error.ts"
import type { Assessment, PlatformOutcome } from "./assessment.ts"
import { ageText, type ScannerFacts } from "./database.ts"
import type { MergedFinding, SeverityCounts, Suppression } from "./finding.ts"

/** Passes the outcome on, or throws with the table of what failed. */
export function requirePass<Outcome extends Assessment>(outcome: Outcome): Outcome {
  if (outcome.verdict === "passed") return outcome
  const { failing, endOfLife, rules } = outcome
  throw new SlipwayError("GATE_FAILED", {
    expected: `no finding at or above ${rules.threshold}`,
    got: [
      ...(failing.length ? [findingsText(failing)] : []),
      ...endOfLife.map(({ platform, distribution }) => `${distribution}, which gets no fixes any more, on ${platform}`),
    ].join(" and "),
    fix: `${advice(outcome)}\n\n${renderAssessment(outcome)}`,
  })
}

const EXCEPT = "or except a finding with reason, owner and expiry date."

/** A secret has no fixed version: it must not be in the image, and whoever has pulled one knows it. */
function advice({ failing, endOfLife }: Assessment): string {
  const secrets = failing.some(({ kind }) => kind === "secret")
  const others = endOfLife.length > 0 || failing.some(({ kind }) => kind !== "secret")
  const first = secrets
    ? "Take the secret out of the build context (name it in .dockerignore, or copy less), pass what the build needs as a build secret, and replace it if an image with it was ever pushed"
    : ""
  const second = others || !secrets ? "Move to the fixed versions or to a maintained base image" : ""
  return `${[first, second].filter(Boolean).join(". ")}, ${EXCEPT}`
}

/** The outcome for a person: the verdict, the table, then what did not count and why. */
export function renderAssessment(outcome: Assessment, longest?: number): string {
  const { failing, findings, verdict, suppressed, warnings } = outcome
  const shown = verdict === "failed" && failing.length ? failing : findings
  return [
    headline(outcome),
    ...outcome.platforms.map(platformLine),
    ...(shown.length ? ["", table(shown, { ...outcome, longest })] : []),
    ...(suppressed.length ? ["", ...suppressed.map(suppressionText)] : []),
    ...(warnings.length ? ["", ...warnings.map((warning) => `warning: ${warning}`)] : []),
    "",
  ].join("\n")
}

function headline({ verdict, failing, rules, scanner }: Assessment): string {
  const found = failing.length ? findingsText(failing) : "nothing"
  return `${verdict}: ${found} at or above ${rules.threshold} by ${scannerText(scanner)}`
}

function findingsText({ length }: MergedFinding[]): string {
  return length === 1 ? "1 finding" : `${length} findings`
}

/** Who looked, and how old its knowledge is. */
export function scannerText({ name, version, database }: Pick<ScannerFacts, "name" | "version" | "database">): string {
  const age = database ? `, database of ${database.updatedAt} (${ageText(database.age)} old)` : ""
  return `${name} ${version}${age}`
}

function platformLine({ platform, digest, distribution, findings }: PlatformOutcome): string {
  return `${platform.padEnd(14)} ${digest}  ${countsText(findings)}${distribution && `  (${distribution})`}`
}

function countsText(findings: SeverityCounts): string {
  const counted = Object.entries(findings).filter(([, count]) => count > 0)
  return counted.map(([severity, count]) => `${count} ${severity}`).join(", ") || "no findings"
}

function table(findings: MergedFinding[], { platforms, longest }: Assessment & { longest?: number }): string {
  return renderFindings(findings, { platforms: platforms.map(({ platform }) => platform), longest })
}

/** One line per finding that does not count. */
export function suppressionText({ finding, reason, source, expires }: Suppression): string {
  const where = finding.installed ? `${finding.package} ${finding.installed}` : finding.package
  return `excepted: ${finding.id} in ${where}: ${reason} (${source}${expires ? `, until ${expires}` : ""})`
}

/** More lines than a terminal's worth help nobody; the report has all of them. */
const LONGEST = 50

type Column = { head: string; cell: (finding: MergedFinding) => string }

/** The findings as a table for a terminal. Platforms are named only if there are several. */
export function renderFindings(
  findings: MergedFinding[],
  { platforms, longest = LONGEST }: { platforms: string[]; longest?: number },
): string {
  const shown = findings.slice(0, longest)
  const columns = platforms.length > 1 ? [...COLUMNS, platformColumn(platforms)] : COLUMNS
  const rows = [columns.map(({ head }) => head), ...shown.map((finding) => columns.map(({ cell }) => cell(finding)))]
  const more = findings.length - shown.length
  return [...align(rows), ...(more ? [`… and ${more} more; scan … reports has all of them`] : [])].join("\n")
}

const COLUMNS: Column[] = [
  { head: "SEVERITY", cell: ({ severity }) => severity },
  { head: "FINDING", cell: ({ id }) => id },
  { head: "WHERE", cell: ({ package: name, path }) => (path && path !== name ? `${name} (${path})` : name) },
  { head: "INSTALLED", cell: ({ installed }) => installed || "-" },
  { head: "FIXED IN", cell: ({ fixed }) => fixed || "-" },
]

function platformColumn(all: string[]): Column {
  return {
    head: "PLATFORMS",
    cell: ({ platforms }) => (platforms.length === all.length ? "all" : platforms.join(", ")),
  }
}

function align(rows: string[][]): string[] {
  const widths = rows[0]?.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0))) ?? []
  return rows.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join("  ")
      .trimEnd(),
  )
}
