import type { Revision } from "../config/revision.ts"
import type { BumpOutcome } from "../gitops/outcome.ts"
import type { PlatformManifest } from "../oci/layout.ts"
import type { Assessment } from "../scan/assess.ts"
import { suppressionText } from "../scan/outcome.ts"
import type { TestOutcome } from "../test/outcome.ts"
import type { BumpRecord, PlatformRecord, ScanRecord, SourceRecord, TestRecord } from "./record.ts"

/** What of a stage's outcome belongs in the record: facts that mean something without the stage's files. */
export function sourceRecord(revision?: Revision): SourceRecord {
  if (!revision) return {}
  const { commit, branch, dirty, url } = revision
  return { revision: commit, dirty, ...(branch && { branch }), ...(url && { url }) }
}

export function testRecord(outcome: TestOutcome): TestRecord {
  if (outcome.status === "skipped") return { status: "skipped" }
  return {
    status: "passed",
    runners: outcome.runners.map(({ name, image, seconds, counts }) => ({
      name,
      image,
      seconds,
      ...(counts && { tests: counts.passed }),
    })),
  }
}

/** `sizes` are the bytes that a node pulls, by digest. */
export function platformRecords(
  manifests: PlatformManifest[],
  { platforms }: Assessment,
  sizes: Map<string, number>,
): PlatformRecord[] {
  return manifests.map(({ platform, digest }) => ({
    platform,
    digest,
    size: sizes.get(digest) ?? 0,
    findings: { ...platforms.find((scanned) => scanned.digest === digest)?.findings },
  }))
}

export function scanRecord({ scanner, rules, suppressed, warnings }: Assessment): ScanRecord {
  return {
    scanner,
    threshold: rules.threshold,
    excepted: suppressed.map(suppressionText),
    warnings,
  }
}

export function bumpRecord(outcome: BumpOutcome, place: { repo: string; branch: string; path: string }): BumpRecord {
  const { commit } = outcome
  if (outcome.status !== "bumped") return { status: outcome.status, ...place, commit }
  return { status: "bumped", ...place, commit, diff: outcome.diff, tries: outcome.tries }
}
