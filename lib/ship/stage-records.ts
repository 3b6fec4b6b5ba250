import type { Revision } from "../config/revision.ts"
import type { BumpOutcome } from "../gitops/outcome.ts"
import type { LayoutContent } from "../oci/layout.ts"
import type { Assessment } from "../scan/assessment.ts"
import { suppressionText } from "../scan/outcome.ts"
import type { TestOutcome } from "../test/outcome.ts"
import type { BumpRecord, ImageRecord, ScanRecord, SourceRecord, TestRecord } from "./record.ts"

/** What of a stage's outcome belongs in the record: facts that mean something without the stage's files. */
export function sourceRecord(revision?: Revision): SourceRecord {
  if (!revision) return {}
  const { commit, branch, dirty, changes, url } = revision
  return { revision: commit, dirty, ...(changes && { changes }), ...(branch && { branch }), ...(url && { url }) }
}

export function testRecord(outcome: TestOutcome): TestRecord {
  if (outcome.status === "skipped") return { status: "skipped" }
  return {
    status: outcome.status,
    runners: outcome.runners.map(({ name, image, status, seconds, counts }) => ({
      name,
      image,
      status,
      seconds,
      ...(counts && { tests: counts.passed }),
    })),
  }
}

type Built = { content: LayoutContent; sizes: Map<string, number>; warnings: string[] }

export function imageRecord(
  { content, sizes, warnings }: Built,
  { repository, scan }: { repository: string; scan?: Assessment },
): ImageRecord {
  const platforms = content.manifests.map(({ platform, digest }) => {
    const scanned = scan?.platforms.find((outcome) => outcome.digest === digest)
    return { platform, digest, size: sizes.get(digest) ?? 0, ...(scanned && { findings: { ...scanned.findings } }) }
  })
  return { repository, digest: content.digest, platforms, warnings }
}

export function scanRecord({
  verdict,
  scanner,
  rules,
  findings,
  failing,
  suppressed,
  warnings,
}: Assessment): ScanRecord {
  const { name, version, database } = scanner
  return {
    verdict,
    scanner: { name, version, ...(database && { database }) },
    threshold: rules.threshold,
    findings: findings.map((finding) => ({
      id: finding.id,
      severity: finding.severity,
      package: finding.package,
      installed: finding.installed,
      fixed: finding.fixed,
      platforms: finding.platforms,
      failing: failing.includes(finding),
    })),
    excepted: suppressed.map(suppressionText),
    warnings,
  }
}

/** Where a bump goes, the overlay's folder, or the file with its edits, and what it writes there beside the digest. */
export type BumpedPlace = {
  repo: string
  branch: string
  path: string
  image?: string
  edits?: string[]
  tag?: string
  kustomizeOptions?: string[]
}

export function bumpRecord(outcome: BumpOutcome, place: BumpedPlace): BumpRecord {
  const { commit } = outcome
  if (outcome.status === "requested") {
    const { url, branch, merge } = outcome.request
    return { status: "requested", ...place, commit, diff: outcome.diff, request: { url, branch, merge } }
  }
  if (outcome.status !== "bumped") return { status: outcome.status, ...place, commit }
  return { status: "bumped", ...place, commit, diff: outcome.diff, tries: outcome.tries }
}
