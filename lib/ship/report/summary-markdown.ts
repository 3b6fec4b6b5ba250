import type { TakenOver } from "../../config/ci.ts"
import { checkLines } from "../../gitops/checks/violations.ts"
import { tagChangeText } from "../../publish/tag-state.ts"
import { cell, code, details, fenced, link, plain } from "../../report/markdown.ts"
import {
  type ComparisonSummary,
  changeText,
  findingCounts,
  lastScanText,
  packageCounts,
  shortened,
} from "../../scan/baseline/summary.ts"
import { predicateLabel } from "../../sign/verification.ts"
import { smokeLines } from "../../smoke/outcome.ts"
import { auditRows } from "../record/audit-record.ts"
import type { BumpRecord, ImageRecord, ReleaseRecord, TestRecord } from "../record/record.ts"
import type { FindingRecord, ScanRecord } from "../record/scan-record.ts"
import { cacheLines, importText } from "./cache-text.ts"
import { checksOf, findingRisk, mergeText, previewText, replicaText, syncText } from "./release-text.ts"
import { deploymentText, notificationText } from "./trace-text.ts"

/** Limits the rows for reviewers; findings.json has all of them. */
const MOST_FINDINGS = 50

/** The record for a CI job's summary or a merge request, in the Markdown of GitHub and GitLab. */
export function renderSummary(record: ReleaseRecord): string {
  const {
    source,
    tests,
    image,
    scan,
    smoke,
    tags,
    unearned = [],
    chart,
    bump,
    preview,
    sync,
    replicas = [],
    cache,
    stages,
    failure,
  } = record
  const { deployment, notification, audit } = record
  const checks = checksOf(record)
  return [
    `## ${headline(record)}`,
    ...(failure ? ["", ...fenced("text", failure.message)] : []),
    ...(image ? ["", ...imageTable(image)] : []),
    "",
    ...(source?.changes ? [`- uncommitted changes: ${source.changes.map(code).join(", ")}`] : []),
    ...(tests ? testLines(tests) : []),
    ...(scan ? [`- scan: ${scanText(scan)}`] : []),
    ...(scan?.comparison?.deployed ? [`- compared with ${comparedText(scan.comparison)}`] : []),
    ...(smoke ? smokeLines(smoke).map((text) => `- smoke: ${plain(text)}`) : []),
    ...signatureLines(record),
    ...(tags?.length
      ? [`- tags: ${tags.map((tag) => `${code(tag.name)} (${plain(tagChangeText(tag))})`).join(", ")}`]
      : []),
    ...unearned.map((tag) => `- tag ${code(tag.template)}: ${plain(tag.reason)}`),
    ...(chart ? [`- chart ${code(`${chart.name} ${chart.version}`)}: ${code(chart.published)}`] : []),
    ...(bump ? [`- GitOps: ${bumpText(bump)}`] : []),
    ...(preview ? [`- preview: ${plain(previewText(preview))}`] : []),
    ...(sync ? [`- cluster: ${plain(syncText(sync))}`] : []),
    ...replicas.map((replica) => `- replica ${plain(replicaText(replica))}`),
    ...(cache ? [`- caches: ${plain(importText(cache))}; exported: ${cache.export.status}`] : []),
    ...(deployment ? [`- deployment: ${plain(deploymentText(deployment))}`] : []),
    ...(notification ? [`- notified: ${plain(notificationText(notification))}`] : []),
    `- time: ${stages.map(({ name, seconds }) => `${name} ${seconds.toFixed(1)} s`).join(" · ")}`,
    ...(scan?.findings.length ? ["", ...details("Findings", findingTable(scan.findings))] : []),
    ...(scan?.comparison ? comparisonDetails(scan.comparison) : []),
    ...(checks ? ["", ...details("Checks of the manifests", fenced("text", checkLines(checks).join("\n")))] : []),
    ...(cache ? ["", ...details("Caches", fenced("text", cacheLines(cache).join("\n")))] : []),
    ...(audit ? ["", ...details("Audit", auditTable(record))] : []),
    ...(bump?.status === "bumped" || bump?.status === "requested"
      ? ["", ...details("GitOps diff", fenced("diff", bump.diff.trimEnd()))]
      : []),
    "",
  ].join("\n")
}

function headline({ mode, ok, failure, image, published }: ReleaseRecord): string {
  if (failure) return `❌ Not shipped: failed in ${failure.stage}`
  if (!ok) return "❌ Not shipped"
  const what = published ?? (image ? `${image.repository}@${image.digest}` : "nothing")
  return mode === "rehearsal" ? `✅ Rehearsed ${code(what)}` : `✅ Shipped ${code(what)}`
}

function testLines(tests: TestRecord): string[] {
  if (tests.status === "skipped") return ["- tests: not tested"]
  const runners = tests.runners.map(({ name, status, tests: count, seconds, image }) => {
    const outcome = status === "passed" && count !== undefined ? `${count} passed` : status
    return `- tests: ${plain(name)} ${outcome} in ${seconds.toFixed(1)} s (${code(image)})`
  })
  return [...runners, ...(tests.takenOver ? [takenOverLine(tests.takenOver)] : [])]
}

function takenOverLine(run: Pick<TakenOver, "url" | "at">): string {
  return `- tests: passed in ${takenOverRun(run)}`
}

function takenOverRun({ url, at }: Pick<TakenOver, "url" | "at">): string {
  return `${url ? `run ${link(url)}` : `the run of ${plain(at)}`} (taken over)`
}

function imageTable({ platforms, warnings }: ImageRecord): string[] {
  const rows = platforms.map(({ platform, digest, size, findings }) => {
    const found = Object.entries(findings ?? {}).filter(([, count]) => count > 0)
    const text = findings
      ? found.map(([severity, count]) => `${count} ${cell(severity)}`).join(", ") || "none"
      : "not scanned"
    return `| ${cell(platform)} | ${code(digest)} | ${(size / 1e6).toFixed(1)} MB | ${text} |`
  })
  const notes = warnings.map((warning) => `> ⚠️ ${plain(warning)}`)
  return [
    "| platform | digest | size | findings |",
    "| --- | --- | --- | --- |",
    ...rows,
    ...(notes.length ? ["", ...notes] : []),
  ]
}

function scanText({ verdict, scanner, threshold, gate, findings, excepted, takenOver }: ScanRecord): string {
  const failing = findings.filter((finding) => finding.failing).length
  const database = scanner.database ? `, database of ${scanner.database.updatedAt}` : ""
  const lists = (scanner.givenLists ?? []).map((list) => `, ${plain(list)}`).join("")
  const exceptions = excepted.length ? `, ${excepted.length} excepted` : ""
  const taken = takenOver ? `, scanned in ${takenOverRun(takenOver)}` : ""
  return `${verdict}, ${failing} ${plain(gate ?? `at or above ${threshold}`)} by ${plain(`${scanner.name} ${scanner.version}`)}${database}${lists}${exceptions}${taken}`
}

function signatureLines({ signature, attestations = [] }: ReleaseRecord): string[] {
  if (!signature) return []
  const types = [...new Set(attestations.map(({ type }) => predicateLabel(type)))]
  return [
    `- signed by ${plain(signature.signer)}`,
    ...(types.length ? [`- attested: ${types.join(", ")}`] : []),
    ...signature.checks.map((check) => `- verified: ${plain(check)}`),
  ]
}

function bumpText(bump: BumpRecord): string {
  if (bump.status === "skipped") return "not bumped"
  if (bump.status === "pending") return "not bumped: left to ship without --prepare"
  if (bump.status === "requested") {
    const { url, merge } = bump.request
    return `${link(url)} ${mergeText(merge)}: ${code(bump.path)} on ${code(bump.branch)}, commit ${code(bump.commit)}`
  }
  return `${bump.status} ${code(bump.path)} on ${code(bump.branch)}, commit ${code(bump.commit)}`
}

function comparedText(comparison: ComparisonSummary): string {
  const { deployed = "", packages } = comparison
  const changed = packages ? `; packages: ${packageCounts(packages)}` : ""
  return `${code(deployed)}, ${lastScanText(comparison)}: ${findingCounts(comparison)}${changed}`
}

function comparisonDetails({ findings, fixed, packages }: ComparisonSummary): string[] {
  const fixes = fixed.map(({ severity, id, package: name, installed }) => {
    return `- ${plain(severity)} ${plain(id)} in ${plain(`${name} ${installed}`)}`
  })
  const changes = packages?.changes.map((change) => `- ${code(changeText(change))}`) ?? []
  const total = packages ? packages.added + packages.removed + packages.changed : 0
  return [
    ...list("Fixed since the deployed image", fixes, findings.fixed),
    ...list("Packages since the deployed image", changes, total),
  ]
}

/** A folded list, which is shortened. */
function list(summary: string, lines: string[], total: number): string[] {
  return lines.length ? ["", ...details(summary, shortened(lines, { rows: MOST_FINDINGS, total }))] : []
}

export function findingTable(findings: FindingRecord[]): string[] {
  const shown = findings.slice(0, MOST_FINDINGS)
  const risky = shown.some((finding) => findingRisk(finding))
  const risks = (finding: FindingRecord) => (risky ? [findingRisk(finding) || "none known"] : [])
  const rows = shown.map((finding) => {
    const { severity, id, package: name, installed, fixed, platforms, failing, state } = finding
    const cells = [id, name, installed, fixed || "none", ...risks(finding), platforms.join(", ")]
      .concat(state ? [state] : [])
      .map(cell)
    return `| ${[failing ? `**${cell(severity)}**` : cell(severity), ...cells].join(" | ")} |`
  })
  const compared = findings.some(({ state }) => state)
  const more = findings.length > MOST_FINDINGS ? ["", `and ${findings.length - MOST_FINDINGS} more`] : []
  return [
    `| severity | finding | package | installed | fixed in |${risky ? " risk |" : ""} platforms |${compared ? " state |" : ""}`,
    `| --- | --- | --- | --- | --- |${risky ? " --- |" : ""} --- |${compared ? " --- |" : ""}`,
    ...rows,
    ...more,
  ]
}

function auditTable({ audit, ci }: ReleaseRecord): string[] {
  if (!audit) return []
  const asked = ci?.actor ? [`Asked by ${plain(ci.actor)}${ci.url ? ` in ${link(ci.url)}` : ""}.`, ""] : []
  const rows = auditRows(audit).map((row) => `| ${row.map(cell).join(" | ")} |`)
  const secrets = rows.length ? ["| secret | given to | in |", "| --- | --- | --- |", ...rows, ""] : []
  const hosts = audit.hosts.map(({ stage, hosts: all }) => `| ${cell(stage)} | ${all.map(cell).join(", ")} |`)
  return [...asked, ...secrets, "| stage | configured hosts |", "| --- | --- |", ...hosts]
}
