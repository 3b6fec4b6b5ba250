import { align } from "../config/columns.ts"
import { shortened } from "../scan/baseline/summary.ts"
import { scannerText } from "../scan/outcome.ts"
import type { DeployedImageRecord, DeployedRecord, EnvironmentRecord } from "./record.ts"

/** Rows of a list in a terminal; the record and SARIF have more. */
const ROWS = 20

/** The run for a terminal: the verdict, each image with what it needs attention for, then the exceptions. */
export function renderDeployed(record: DeployedRecord): string {
  return [
    headline(record),
    ...record.images.flatMap((image) => ["", ...imageLines(image, record)]),
    ...section(exceptionLines(record)),
    ...section(unnamedLines(record)),
    ...section(notificationLines(record)),
    "",
  ].join("\n")
}

function section(lines: string[]): string[] {
  return lines.length ? ["", ...lines] : []
}

/** The verdict in one line. */
export function headline(record: DeployedRecord): string {
  return `${verdictText(record)}, by ${scannerText(record.scanner)}`
}

/** The verdict without the scanner. */
export function verdictText({ ok, images, failOn, gate }: DeployedRecord): string {
  const missing = images.filter(({ verdict }) => verdict === "notScanned").length
  const ended = images.filter(({ verdict, counts }) => verdict === "failed" && counts.failing === 0).length
  const failing = images.reduce((sum, { counts }) => sum + counts.failing, 0)
  const affected = images.filter(({ counts }) => counts.failing > 0).length
  const [all, fresh] = [count(images.length, "deployed image"), failOn === "new" ? "new " : ""]
  const parts = [
    ...(missing ? [`${missing} of ${all} not scanned`] : []),
    failing
      ? `${count(failing, `${fresh}finding`)} ${gate} in ${affected} of ${all}`
      : `nothing ${fresh}${gate} in ${all}`,
    ...(ended ? [`a distribution past its end of life in ${ended}`] : []),
  ]
  return `${ok ? "passed" : "failed"}: ${parts.join(", ")}`
}

export function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`
}

function imageLines(image: DeployedImageRecord, { images }: DeployedRecord): string[] {
  const { ref, verdict, failure, platforms, excepted, warnings, fixed, counts } = image
  const repos = new Set(images.flatMap(({ environments }) => environments.map(({ repo }) => repo)))
  return [
    `${ref}  ${failure ? "NOT SCANNED" : `${verdict}: ${countsText(counts)}`}`,
    ...environmentTexts(image, repos.size > 1).map((text) => `  ${text}`),
    ...(image.alsoAs ?? []).map((other) => `  also as ${other}`),
    ...(image.tags ?? []).map((tag) => `  by the tag ${tag}, resolved now: the cluster may run another digest`),
    ...(failure ? failure.message.split("\n").map((line) => `  ${line}`) : []),
    ...platforms.map(({ platform, digest, distribution, findings }) => {
      return `  ${platform.padEnd(12)}  ${digest}  ${severityText(findings)}${distribution && `  (${distribution})`}`
    }),
    ...(failure ? [] : [`  ${comparedText(image)}`]),
    ...image.unknown.map((reason) => `  all findings count as new: ${reason}`),
    ...findingTable(image).map((line) => `  ${line}`),
    ...shortened(fixed.map(fixedText), { rows: ROWS, total: counts.fixed }).map((line) => `  ${line}`),
    ...[...excepted, ...warnings.map((warning) => `warning: ${warning}`)].map((line) => `  ${line}`),
    ...(image.unscanned ?? []).map(
      (platform) => `  warning: ${platform} is not scanned, because scanners read Linux only`,
    ),
  ]
}

/** Where an image runs, since which commit. */
export function environmentTexts(
  { environments }: Pick<DeployedImageRecord, "environments">,
  several: boolean,
): string[] {
  return environments.map((environment) => {
    const { repo, branch, path } = environment
    return `runs by ${path} on ${branch}${several ? ` of ${repo}` : ""}${sinceText(environment)}`
  })
}

function sinceText({ since }: EnvironmentRecord): string {
  if (!since) return ""
  const { commit, time, author, kind, source } = since
  const written = kind ? `${kind}${source?.revision ? ` of ${source.revision.slice(0, 12)}` : ""}` : "commit"
  return ` since ${commit.slice(0, 12)}, ${written} by ${author} on ${time.slice(0, 10)}`
}

/** What the scan is compared with. */
export function comparedText({ reports }: Pick<DeployedImageRecord, "reports">): string {
  const [last] = reports.toSorted((a, b) => Date.parse(b.scannedAt) - Date.parse(a.scannedAt))
  return last ? `compared with its signed report by ${last.scanner} of ${last.scannedAt}` : "compared with no report"
}

export function countsText({ new: fresh, unchanged, fixed }: DeployedImageRecord["counts"]): string {
  return `${fresh} new, ${unchanged} unchanged, ${fixed} fixed since`
}

export function severityText(findings: Record<string, number>): string {
  const found = Object.entries(findings).filter(([, number]) => number > 0)
  return found.map(([severity, number]) => `${number} ${severity}`).join(", ") || "no findings"
}

function fixedText({ id, severity, package: name, installed }: DeployedImageRecord["fixed"][number]): string {
  return `fixed since: ${severity} ${id} in ${name}${installed && ` ${installed}`}`
}

/** Failing and new findings; unchanged ones that pass are only counted. */
function findingTable({ findings }: DeployedImageRecord): string[] {
  const notable = notableFindings(findings)
  if (notable.length === 0) return []
  const rows = notable.map(({ severity, id, package: name, installed, state, failing, fix }) => {
    return [severity, id, name, installed || "-", failing ? `${state}, fails` : state, fix.text]
  })
  const [head = "", ...lines] = align([
    ["SEVERITY", "FINDING", "PACKAGE", "INSTALLED", "STATE", "WHAT FIXES IT"],
    ...rows,
  ])
  return [head, ...shortened(lines, { rows: ROWS, total: lines.length })]
}

/** The findings that people have to look at: those that fail, and new ones. */
export function notableFindings(findings: DeployedImageRecord["findings"]): DeployedImageRecord["findings"] {
  return findings.filter(({ failing, state }) => failing || state === "new")
}

/** The exceptions that end soon, those that have ended and those without effect. */
export function exceptionLines({
  exceptions: { ending, expired, unused },
}: Pick<DeployedRecord, "exceptions">): string[] {
  return [
    ...ending.map(({ id, package: name, owner, expires, days, images }) => {
      const covers = images.length ? `it covers a finding in ${count(images.length, "image")}` : "it covers no finding"
      return `ends soon: the exception for ${id}${name ? ` in ${name}` : ""} by ${owner}, on ${expires}, in ${count(days, "day")}: ${covers}`
    }),
    ...expired.map(({ id, owner, expires }) => `expired: the exception for ${id} by ${owner}, on ${expires}`),
    ...unused.map(({ id, owner }) => `unused: the exception for ${id} by ${owner} covers no finding in any image`),
  ]
}

function unnamedLines({ unnamed }: DeployedRecord): string[] {
  const lines = unnamed.map(
    ({ digest, path, branch }) =>
      `not scanned: ${digest} in ${path} on ${branch}, which is a chart, or has no repository`,
  )
  return shortened(lines, { rows: ROWS, total: lines.length })
}

function notificationLines({ notification }: DeployedRecord): string[] {
  if (!notification) return []
  const { event, status, host, message } = notification
  return [status === "sent" ? `notified ${host} of ${event}` : `NOT NOTIFIED of ${event}: ${message}`]
}
