import type { MergedFinding } from "./finding.ts"

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
