import { align } from "../config/columns.ts"
import { SlipwayError } from "../error.ts"
import type { Assessment, PlatformOutcome } from "./assessment.ts"
import type { Comparison } from "./baseline/comparison.ts"
import { comparisonLines, summarise } from "./baseline/summary.ts"
import { ageText, type ScannerFacts } from "./database.ts"
import type { Finding, MergedFinding, SeverityCounts, Suppression } from "./finding.ts"
import { type FindingRules, gateText } from "./gate/failure-reason.ts"
import { licenseRefusal } from "./gate/license-policy.ts"

/** Returns a passed outcome; for a failed one, throws GATE_FAILED with the table of findings. */
export function requirePass<Outcome extends Assessment>(outcome: Outcome): Outcome {
  if (outcome.verdict === "passed") return outcome
  const { failing, endOfLife, rules } = outcome
  throw new SlipwayError("GATE_FAILED", {
    expected: `no ${rules.onlyNew ? "new " : ""}finding ${gateText(rules)}`,
    got: [
      ...(failing.length ? [findingsText(failing)] : []),
      ...endOfLife.map(
        ({ platform, distribution }) => `${distribution}, which is past its end of life, on ${platform}`,
      ),
    ].join(" and "),
    fix: `${advice(outcome)}\n\n${renderAssessment(outcome)}`,
  })
}

const EXCEPT = "or except a finding with a reason, an owner and an expiry date."

/** A secret has no fixed version: everyone who has pulled the image has it. */
function advice({ failing, endOfLife }: Assessment): string {
  const secrets = failing.some(({ kind }) => kind === "secret")
  const others = endOfLife.length > 0 || failing.some(({ kind }) => kind !== "secret" && kind !== "license")
  const licenses = failing.some(({ kind }) => kind === "license")
  const first = secrets
    ? "Remove the secret from the build context (list it in .dockerignore, or copy fewer files), pass what the build needs as a build secret, and rotate the secret if an image with it was ever pushed"
    : ""
  const second = licenses ? "Replace the packages whose licence is denied or unknown, or allow the licence" : ""
  const third = others || !(secrets || licenses) ? "Move to the fixed versions or to a maintained base image" : ""
  return `${[first, second, third].filter(Boolean).join(". ")}, ${EXCEPT}`
}

/** The outcome for people: the verdict, the findings, then the suppressed ones and the warnings. */
export function renderAssessment(outcome: Assessment, longest?: number): string {
  const { failing, findings, verdict, suppressed, warnings } = outcome
  const shown = verdict === "failed" && failing.length ? failing : findings
  return [
    headline(outcome),
    ...outcome.platforms.map(platformLine),
    ...(shown.length ? ["", table(shown, { ...outcome, longest })] : []),
    ...comparedLines(outcome, longest),
    ...(suppressed.length ? ["", ...suppressed.map(suppressionText)] : []),
    ...(warnings.length ? ["", ...warnings.map((warning) => `warning: ${warning}`)] : []),
    "",
  ].join("\n")
}

function comparedLines({ comparison, findings }: Assessment, longest?: number): string[] {
  const [first, ...others] = comparison ? comparisonLines(summarise(comparison, findings), longest) : []
  return first ? ["", `compared with ${first}`, ...others.map((line) => `  ${line}`)] : []
}

function headline({ verdict, failing, rules, scanner }: Assessment): string {
  const found = failing.length ? findingsText(failing) : `nothing${rules.onlyNew ? " new" : ""}`
  return `${verdict}: ${found} ${gateText(rules)} by ${scannerText(scanner)}`
}

function findingsText({ length }: MergedFinding[]): string {
  return length === 1 ? "1 finding" : `${length} findings`
}

/** The scanner with its version and the age of its database. */
export function scannerText({ name, version, database, givenLists = [] }: ScannerName): string {
  const age = database ? `, database of ${database.updatedAt} (${ageText(database.age)} old)` : ""
  return [`${name} ${version}${age}`, ...givenLists].join(", ")
}

type ScannerName = Pick<ScannerFacts, "name" | "version" | "database" | "givenLists">

function platformLine({ platform, digest, distribution, findings }: PlatformOutcome): string {
  return `${platform.padEnd(14)} ${digest}  ${countsText(findings)}${distribution && `  (${distribution})`}`
}

function countsText(findings: SeverityCounts): string {
  const counted = Object.entries(findings).filter(([, count]) => count > 0)
  return counted.map(([severity, count]) => `${count} ${severity}`).join(", ") || "no findings"
}

type TableOptions = Pick<Assessment, "platforms" | "comparison"> & { longest?: number; rules?: FindingRules }

function table(findings: MergedFinding[], { platforms, ...options }: TableOptions): string {
  const { comparison, longest, rules } = options
  return renderFindings(findings, { platforms: platforms.map(({ platform }) => platform), comparison, longest, rules })
}

/** One line per suppressed finding. */
export function suppressionText({ finding, reason, source, expires }: Suppression): string {
  const where = finding.installed ? `${finding.package} ${finding.installed}` : finding.package
  return `excepted: ${finding.id} in ${where}: ${reason} (${source}${expires ? `, until ${expires}` : ""})`
}

/** Longest table in a terminal; the reports list all findings. */
const LONGEST = 50

type Column = { head: string; cell: (finding: MergedFinding) => string }

/** The findings as a table for a terminal, with a column of platforms if there are several. */
export function renderFindings(
  findings: MergedFinding[],
  { platforms, comparison, longest = LONGEST, rules }: { platforms: string[] } & Omit<TableOptions, "platforms">,
): string {
  const shown = findings.slice(0, longest)
  const risks = shown.map((finding) => riskText(finding, rules))
  const columns = [
    ...COLUMNS,
    ...(risks.some(Boolean) ? [{ head: "RISK", cell: (one: MergedFinding) => riskText(one, rules) || "-" }] : []),
    ...(platforms.length > 1 ? [platformColumn(platforms)] : []),
    ...(comparison?.deployed ? [stateColumn(comparison)] : []),
  ]
  const rows = [columns.map(({ head }) => head), ...shown.map((finding) => columns.map(({ cell }) => cell(finding)))]
  const more = findings.length - shown.length
  return [...align(rows), ...(more ? [`… and ${more} more; scan … reports lists all of them`] : [])].join("\n")
}

const COLUMNS: Column[] = [
  { head: "SEVERITY", cell: ({ severity }) => severity },
  { head: "FINDING", cell: ({ id }) => id },
  { head: "WHERE", cell: ({ package: name, path }) => (path && path !== name ? `${name} (${path})` : name) },
  { head: "INSTALLED", cell: ({ installed }) => installed || "-" },
  { head: "FIXED IN", cell: ({ fixed }) => fixed || "-" },
]

function stateColumn({ unchanged }: Comparison): Column {
  return { head: "STATE", cell: (finding) => (unchanged.includes(finding) ? "unchanged" : "new") }
}

/** What is known about a finding besides its severity: exploits, and what a policy says about a licence. */
export function riskText(
  finding: Pick<Finding, "kind" | "id" | "kev" | "epss">,
  { licenses }: LicenseRules = {},
): string {
  const { kind, id, kev, epss } = finding
  const refusal = kind === "license" && licenses ? licenseRefusal(id, licenses) : undefined
  return [
    ...(kev ? ["known exploit"] : []),
    ...(epss === undefined ? [] : [`EPSS ${epss}`]),
    ...(refusal ? [refusal] : []),
  ].join(", ")
}

type LicenseRules = Pick<FindingRules, "licenses">

function platformColumn(all: string[]): Column {
  return {
    head: "PLATFORMS",
    cell: ({ platforms }) => (platforms.length === all.length ? "all" : platforms.join(", ")),
  }
}
