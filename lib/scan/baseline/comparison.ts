import type { DigestRef } from "../../oci/reference.ts"
import { type Finding, type FindingKind, type MergedFinding, mergeFindings } from "../finding.ts"
import type { PlatformReports } from "./attested-reports.ts"
import { diffPackages, type Package, type PackageChange } from "./packages.ts"

/** The deployed image with its signed reports, or why there is none to compare with. */
export type Baseline =
  | { kind: "image"; ref: DigestRef; platforms: PlatformReports[] }
  | { kind: "none"; reason: string }

/** What an image changes compared with the deployed one. */
export type Comparison = {
  deployed?: DigestRef
  /** The scan of each platform's image that was attested. */
  reports: { platform: string; scanner: string; scannedAt: string }[]
  /** Why the findings of a platform, or all of them, count as new. */
  unknown: string[]
  /** Findings that the deployed image has too, suppressed ones included; all others are new. */
  unchanged: MergedFinding[]
  /** Findings of the deployed image that this one does not have. */
  fixed: MergedFinding[]
  /** The packages that differ; undefined without two SBOMs. */
  packages?: PackageChange[]
}

/** All findings of a scan, suppressed ones included: one that an exception covers is not fixed. */
type ScannedImage = {
  platforms: string[]
  findings: MergedFinding[]
  /** Whether today's scan looks for such a finding; one that it does not look for is not fixed. */
  covers: (finding: Finding) => boolean
}

/** Compares platform by platform: a platform whose report is unknown has only new findings. */
export function compareFindings({ platforms, findings, covers }: ScannedImage, baseline: Baseline): Comparison {
  if (baseline.kind === "none") return { reports: [], unknown: [baseline.reason], unchanged: [], fixed: [] }
  const earlier = baseline.platforms.filter(({ platform }) => platforms.includes(platform))
  const known = new Map(
    earlier.flatMap(({ platform, report }) => (report ? [[platform, keysOf(report.findings)]] : [])),
  )
  const isKnown = (finding: MergedFinding) =>
    finding.platforms.every((platform) => known.get(platform)?.has(findingKey(finding)))
  const present = new Map(platforms.map((platform) => [platform, keysOf(onPlatform(findings, platform))]))
  const gone = earlier.map(({ platform, report }) => ({
    platform,
    findings: (report?.findings ?? []).filter((one) => covers(one) && !present.get(platform)?.has(findingKey(one))),
  }))
  return {
    deployed: baseline.ref,
    reports: earlier.flatMap(({ platform, report }) =>
      report ? [{ platform, scanner: report.scanner, scannedAt: report.scannedAt }] : [],
    ),
    unknown: platforms.flatMap((platform) => unknownReasons(platform, earlier)),
    unchanged: findings.filter(isKnown),
    fixed: mergeFindings(gone),
  }
}

/**
 * What identifies a finding across two images. Version, fix, severity and path are left out: an update of the package that
 * keeps the finding does not make it new.
 */
export function findingKey({ kind, id, package: name }: { kind: FindingKind; id: string; package: string }): string {
  return JSON.stringify([kind, id, name])
}

function keysOf(findings: Finding[]): Set<string> {
  return new Set(findings.map(findingKey))
}

function onPlatform(findings: MergedFinding[], platform: string): MergedFinding[] {
  return findings.filter(({ platforms }) => platforms.includes(platform))
}

function unknownReasons(platform: string, earlier: PlatformReports[]): string[] {
  const deployed = earlier.find((one) => one.platform === platform)
  if (!deployed) return [`${platform} is not deployed yet`]
  if (deployed.report) return []
  return [`${platform}: ${deployed.faults.join("; ") || "no vulnerability report"}`]
}

/** The packages that differ on the platforms that both images have an SBOM for; undefined if there is none. */
export function comparePackages(
  sboms: { platform: string; packages: Package[] }[],
  baseline: Baseline,
): PackageChange[] | undefined {
  if (baseline.kind === "none") return undefined
  const pairs = sboms.flatMap(({ platform, packages: after }) => {
    const before = baseline.platforms.find((one) => one.platform === platform)?.sbom?.packages
    return before ? [{ platform, before, after }] : []
  })
  return pairs.length ? diffPackages(pairs) : undefined
}
