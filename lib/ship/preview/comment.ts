import { cell, code, details, link, plain } from "../../report/markdown.ts"
import { findingCounts } from "../../scan/baseline/summary.ts"
import type { ReleaseRecord } from "../record/record.ts"
import type { FindingRecord, ScanRecord } from "../record/scan-record.ts"
import { findingTable } from "../report/summary-markdown.ts"
import type { PreviewOptions } from "./options.ts"

/** The first line of our comment, which does not show. Images of one request each have their own comment. */
export function commentMarker(repository: string): string {
  return `<!-- slipway preview of ${repository} -->`
}

/** Below the limit of every forge: GitHub's is 65536 characters. */
const LONGEST = 60_000

/**
 * The outcome of a preview for its reviewers. Text of packages cannot become markup, and the output of a failed stage stays in
 * the job's log, where the CI system masks secrets.
 */
export function renderComment(record: ReleaseRecord, preview: Pick<PreviewOptions, "tag" | "url" | "commit">): string {
  const { scan, ci } = record
  const head = [
    `### ${headline(record)}`,
    "",
    "| preview | |",
    "| --- | --- |",
    ...rows(record, preview).map(([name, text]) => `| ${name} | ${text} |`),
  ]
  const findings = scan?.findings.length ? ["", ...details(foldTitle(scan), findingTable(newFirst(scan.findings)))] : []
  const foot = ci?.url ? ["", `All reports are in the run: ${link(ci.url)}`] : []
  const whole = [...head, ...findings, ...foot, ""].join("\n")
  return whole.length <= LONGEST
    ? whole
    : [...head, "", "The list of findings is too long for a comment.", ...foot, ""].join("\n")
}

function headline({ failure, image }: ReleaseRecord): string {
  if (failure)
    return `❌ No preview of this commit: failed in ${plain(failure.stage)}${failure.code ? ` (${code(failure.code)})` : ""}`
  return `✅ Preview of ${code(image?.repository ?? "the image")}`
}

function rows(
  { failure, published, scan, bump }: ReleaseRecord,
  { tag, url, commit }: Pick<PreviewOptions, "tag" | "url" | "commit">,
): [string, string][] {
  const place = bump && "path" in bump ? bump : undefined
  return [
    ...(url && !failure ? [["address", link(url)] as [string, string]] : []),
    ...(published ? [["image", code(published)] as [string, string]] : []),
    ...(published ? [["tag", code(tag)] as [string, string]] : []),
    ["commit", code(commit)],
    ...(place ? [["overlay", `${cell(place.path)} at ${code(place.commit)}`] as [string, string]] : []),
    ...(scan ? [["scan", scanText(scan)] as [string, string]] : []),
  ]
}

function scanText({ verdict, findings, comparison }: ScanRecord): string {
  const counts = comparison?.deployed
    ? `${findingCounts(comparison)}, compared with ${code(comparison.deployed)}`
    : `${findings.length} ${findings.length === 1 ? "finding" : "findings"}`
  return `${verdict}, ${counts}`
}

function foldTitle({ findings, comparison }: ScanRecord): string {
  return comparison?.deployed ? "Findings, new ones first" : `Findings (${findings.length})`
}

/** New findings, then those that fail; the scan's order within. */
export function newFirst(findings: FindingRecord[]): FindingRecord[] {
  const rank = ({ state, failing }: FindingRecord) => (state === "new" ? 0 : 2) + (failing ? 0 : 1)
  return findings.toSorted((a, b) => rank(a) - rank(b))
}
