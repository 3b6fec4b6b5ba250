import { type Severity } from "../../src/enums.ts"
import { bySeverity } from "./severity.ts"

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
