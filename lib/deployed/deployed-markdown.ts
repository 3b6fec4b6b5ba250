import { cell, code, details, fenced, plain } from "../report/markdown.ts"
import { shortened } from "../scan/baseline/summary.ts"
import {
  comparedText,
  countsText,
  environmentTexts,
  exceptionLines,
  notableFindings,
  severityText,
  verdictText,
} from "./deployed-text.ts"
import type { DeployedImageRecord, DeployedRecord } from "./record.ts"

/** Limits the rows for readers; findings.sarif has all of them. */
const ROWS = 50

/** The record for a CI job's summary, in the Markdown of GitHub and GitLab. */
export function renderDeployedSummary(record: DeployedRecord): string {
  const { ok, images } = record
  const rows = images.map(({ ref, verdict, counts, environments }) => {
    const places = environments.map(({ branch, path }) => code(`${branch}: ${path}`)).join(", ")
    const outcome = verdict === "notScanned" ? "**not scanned**" : verdict === "failed" ? "**failed**" : verdict
    return `| ${code(ref)} | ${outcome} | ${counts.new} | ${counts.unchanged} | ${counts.fixed} | ${places.replaceAll("|", "\\|")} |`
  })
  return [
    `## ${ok ? "✅" : "❌"} Deployed images`,
    "",
    `${verdictText(record)}, by ${scannerMarkdown(record)}`,
    "",
    "| image | outcome | new | unchanged | fixed since | environments |",
    "| --- | --- | --- | --- | --- | --- |",
    ...rows,
    "",
    ...exceptionLines(record).map((line) => `- ${plain(line)}`),
    ...images.flatMap(imageDetails),
    "",
  ].join("\n")
}

function scannerMarkdown({ scanner: { name, version, database, givenLists = [] } }: DeployedRecord): string {
  const lists = givenLists.map((list) => `, ${plain(list)}`).join("")
  return `${plain(`${name} ${version}`)}${database ? `, database of ${database.updatedAt}` : ""}${lists}`
}

function imageDetails(image: DeployedImageRecord): string[] {
  const { ref, failure, findings, fixed, counts, unknown, excepted, warnings, platforms } = image
  const notable = notableFindings(findings)
  const lines = [
    ...environmentTexts(image, true).map((text) => `- ${plain(text)}`),
    ...platforms.map(
      ({ platform, digest, findings: counted }) => `- ${plain(platform)} ${code(digest)}: ${severityText(counted)}`,
    ),
    ...(failure ? ["", ...fenced("text", failure.message), ""] : [`- ${comparedText(image)}: ${countsText(counts)}`]),
    ...[...unknown, ...excepted, ...warnings].map((text) => `- ${plain(text)}`),
    ...(notable.length ? ["", ...findingTable(notable), ""] : []),
    ...shortened(
      fixed.map(
        ({ severity, id, package: name, installed }) =>
          `- fixed since: ${plain(`${severity} ${id} in ${name} ${installed}`)}`,
      ),
      { rows: ROWS, total: counts.fixed },
    ),
  ]
  return ["", ...details(`<code>${ref}</code>`, lines)]
}

function findingTable(findings: DeployedImageRecord["findings"]): string[] {
  const rows = findings.slice(0, ROWS).map(({ severity, id, package: name, installed, state, failing, fix }) => {
    const shown = failing ? `**${cell(severity)}**` : cell(severity)
    return `| ${[shown, ...[id, name, installed, state, fix.text].map(cell)].join(" | ")} |`
  })
  const more = findings.length > ROWS ? ["", `and ${findings.length - ROWS} more`] : []
  return [
    "| severity | finding | package | installed | state | what fixes it |",
    "| --- | --- | --- | --- | --- | --- |",
    ...rows,
    ...more,
  ]
}
