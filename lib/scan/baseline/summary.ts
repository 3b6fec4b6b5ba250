import type { MergedFinding } from "../finding.ts"
import type { Comparison } from "./comparison.ts"
import type { PackageChange } from "./packages.ts"

/** A comparison in numbers, with lists that are shortened. */
export type ComparisonSummary = Pick<Comparison, "reports" | "unknown"> & {
  deployed?: string
  findings: { new: number; unchanged: number; fixed: number }
  fixed: { id: string; severity: string; package: string; installed: string; platforms: string[] }[]
  packages?: { added: number; removed: number; changed: number; changes: PackageChange[] }
}

/** Longest list of a record, which is also an attestation. */
const LONGEST = 200

/** `findings` are those that count. */
export function summarise(comparison: Comparison, findings: MergedFinding[]): ComparisonSummary {
  const { deployed, reports, unknown, fixed, packages } = comparison
  const unchanged = new Set(comparison.unchanged)
  const kept = findings.filter((finding) => unchanged.has(finding)).length
  return {
    ...(deployed && { deployed }),
    reports,
    unknown,
    findings: { new: findings.length - kept, unchanged: kept, fixed: fixed.length },
    fixed: fixed.slice(0, LONGEST).map((finding) => {
      const { id, severity, package: name, installed, platforms } = finding
      return { id, severity, package: name, installed, platforms }
    }),
    ...(packages && { packages: summarisePackages(packages) }),
  }
}

function summarisePackages(changes: PackageChange[]): NonNullable<ComparisonSummary["packages"]> {
  const count = (kind: ChangeKind) => changes.filter((change) => changeKind(change) === kind).length
  return {
    added: count("added"),
    removed: count("removed"),
    changed: count("changed"),
    changes: changes.slice(0, LONGEST),
  }
}

type ChangeKind = "added" | "removed" | "changed"

export function changeKind({ from, to }: Pick<PackageChange, "from" | "to">): ChangeKind {
  if (from.length === 0) return "added"
  return to.length === 0 ? "removed" : "changed"
}

const MARKS: Record<ChangeKind, string> = { added: "+", removed: "-", changed: "~" }

/** A package's change in a line, such as "~ libcap2 1.0 -> 1.1 (deb)". */
export function changeText(change: PackageChange): string {
  const versions = [change.from, change.to].filter((list) => list.length > 0).map((list) => list.join(", "))
  return `${MARKS[changeKind(change)]} ${change.name} ${versions.join(" -> ")} (${change.type})`
}

/** The deployed image, with the last scan of it. */
export function lastScanText({ reports }: Pick<ComparisonSummary, "reports">): string {
  const [last] = reports.toSorted((a, b) => Date.parse(b.scannedAt) - Date.parse(a.scannedAt))
  return last ? `scanned by ${last.scanner} at ${last.scannedAt}` : "without a signed vulnerability report"
}

export function findingCounts({ findings }: Pick<ComparisonSummary, "findings">): string {
  return `${findings.new} new, ${findings.unchanged} unchanged, ${findings.fixed} fixed`
}

export function packageCounts({ added, removed, changed }: NonNullable<ComparisonSummary["packages"]>): string {
  return `${added} added, ${removed} removed, ${changed} changed`
}

/** Rows of a list in a terminal. */
const ROWS = 20

/** The comparison for a terminal; nothing without a deployed image. */
export function comparisonLines(summary: ComparisonSummary, rows = ROWS): string[] {
  const { deployed, findings, fixed, packages } = summary
  if (!deployed) return []
  return [
    `${deployed}, ${lastScanText(summary)}`,
    `findings: ${findingCounts(summary)}`,
    ...shortened(fixed.map(fixedText), { rows, total: findings.fixed }),
    ...(packages ? [`packages: ${packageCounts(packages)}`] : ["packages: not compared, because there is no SBOM"]),
    ...shortened((packages?.changes ?? []).map(changeText), { rows, total: totalOf(packages) }),
  ]
}

function fixedText({ id, severity, package: name, installed }: ComparisonSummary["fixed"][number]): string {
  return `fixed: ${severity} ${id} in ${name}${installed && ` ${installed}`}`
}

function totalOf(packages: ComparisonSummary["packages"]): number {
  return packages ? packages.added + packages.removed + packages.changed : 0
}

/** The first rows, and how many more there are. */
export function shortened(lines: string[], { rows, total }: { rows: number; total: number }): string[] {
  const shown = lines.slice(0, rows)
  return total > shown.length ? [...shown, `and ${total - shown.length} more`] : shown
}
