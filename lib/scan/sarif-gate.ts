import type { File } from "@dagger.io/dagger"
import { Severity } from "../../src/enums.ts"
import { assess, type GateRules, PKG_TYPES, SCANNERS } from "./assessment.ts"
import type { ScannerFacts } from "./database.ts"
import { parseExceptionFile } from "./exception-file.ts"
import type { Finding, ImageScan } from "./finding.ts"
import { type RiskFiles, readRiskLists, requireRiskLists, riskListTexts, withRisk } from "./gate/risk-lists.ts"
import { renderAssessment, requirePass } from "./outcome.ts"
import { packagesOf, parseClairMessage, parseSarif, type SarifResult, type SarifRule } from "./sarif-log.ts"

type SarifGate = RiskFiles & { rules: GateRules; exceptions?: File }

/** Applies the gate of `scan` to the vulnerabilities in the SARIF report of another scanner. */
export async function gateSarif(sarif: File, { rules, exceptions, ...files }: SarifGate): Promise<string> {
  const [text, excepted, lists] = await Promise.all([sarif.contents(), exceptions?.contents(), readRiskLists(files)])
  const { scanner, scan } = readSarif(text)
  requireRiskLists(rules, lists, scanner)
  const { threshold, ignoreUnfixed, kev, epss } = rules
  const known = excepted === undefined ? [] : parseExceptionFile(excepted)
  const judged = assess([{ ...scan, findings: scan.findings.map((finding) => withRisk(finding, lists)) }], {
    scanner: { ...scanner, givenLists: riskListTexts(lists) },
    rules: { threshold, ignoreUnfixed, ...EVERYTHING, ...(kev && { kev }), ...(epss !== undefined && { epss }) },
    exceptions: known,
    now: new Date(),
  })
  return renderAssessment(requirePass(judged))
}

/** Another scanner has decided what it looks for. */
const EVERYTHING = { failOnEndOfLife: false, maxDbAge: 0, pkgTypes: PKG_TYPES, scanners: SCANNERS }

/** Reads another scanner's findings; its severities, fixed versions and suppressions count. */
export function readSarif(text: string): { scanner: ScannerFacts; scan: ImageScan } {
  const runs = parseSarif(text)
  const drivers = runs.map(({ tool }) => tool.driver)
  const read = runs.flatMap(({ tool: { driver }, results }) =>
    results.filter(isFinding).flatMap((result) => readResult(result, driver.rules)),
  )
  const source = drivers.map(({ name }) => name).join(", ")
  const [first] = drivers
  return {
    scanner: {
      name: source,
      vendor: source,
      uri: first?.informationUri ?? "",
      version: first?.semanticVersion ?? first?.version ?? "",
      looksFor: SCANNERS,
    },
    scan: {
      ...{ platform: "all", digest: "", distribution: "", endOfLife: false, packages: undefined },
      findings: read.flatMap(({ finding, suppressed }) => (suppressed === undefined ? [finding] : [])),
      suppressed: read.flatMap(({ finding, suppressed }) =>
        suppressed === undefined ? [] : [{ finding, reason: suppressed, source }],
      ),
    },
  }
}

/** A result may also be a passed check, or a finding of an earlier run. */
function isFinding({ kind, baselineState }: SarifResult): boolean {
  return !["pass", "notApplicable", "informational"].includes(kind) && baselineState !== "absent"
}

type SarifReading = { finding: Finding; suppressed?: string }

/** One finding per package of a result, so that an exception for one package does not hide the others. */
function readResult(result: SarifResult, rules: SarifRule[]): SarifReading[] {
  const rule = ruleOf(result, rules)
  const path = result.locations[0]?.physicalLocation?.artifactLocation.uri ?? ""
  const accepted = result.suppressions.find(({ status = "accepted" }) => status === "accepted")
  const finding = {
    kind: "vulnerability" as const,
    layer: "library" as const,
    id: idOf(result, rule),
    severity: severityOf(result, rule),
    fixed: fixedIn(result, rule),
    path,
    title: rule?.shortDescription.text ?? "",
    url: rule?.helpUri ?? "",
  }
  const packages = packagesOf(result, rule)
  const found = packages.length ? packages : [{ package: path, installed: "", purl: "" }]
  return found.map((where) => ({
    finding: { ...finding, ...where },
    ...(accepted && { suppressed: accepted.justification ?? "suppressed by the scanner" }),
  }))
}

function ruleOf({ ruleId, ruleIndex, rule }: SarifResult, rules: SarifRule[]): SarifRule | undefined {
  const id = ruleId ?? rule?.id
  return id === undefined ? rules[ruleIndex ?? rule?.index ?? -1] : rules.find((known) => known.id === id)
}

const ADVISORY = /\b(?:CVE-\d{4}-\d{4,}|GHSA(?:-[0-9a-z]{4}){3})\b/g
/** Advisories of vendors: the id of a finding whose advisory covers several CVEs. */
const VENDORS =
  /\b(?:RH[SBE]A-\d{4}:\d+|(?:open)?SUSE-[SRF]U-\d{4}:\d+-\d+|ALAS\w*-\d{4}-\d+|ELSA-\d{4}-\d+|USN-\d+-\d+|D[SL]A-\d+-\d+|(?:PYSEC|GO|RUSTSEC)-\d{4}-\d+)\b/g

/**
 * Some scanners use their own rule ids, with the CVE in the text; exceptions name the CVE. A rule that covers several
 * CVEs keeps its id, so that an exception for one of them does not hide the others.
 */
function idOf({ ruleId, rule: named, message }: SarifResult, rule?: SarifRule): string {
  const own = ruleId ?? named?.id ?? rule?.id ?? "unnamed"
  for (const text of [own, message.text, rule?.fullDescription.text ?? ""]) {
    const names = [ADVISORY, VENDORS].map((pattern) => [...new Set(text.match(pattern))])
    const [only] = names.find(({ length }) => length === 1) ?? []
    if (only) return only
    if (names.some(({ length }) => length > 1)) break
  }
  // the id of Clair's rule is a row number of its database
  const [word] = parseClairMessage(message.text)?.advisory.split(/:?(?:\s|$)/) ?? []
  return word || own
}

/**
 * The score comes first, because GitHub requires it; then the scanner's severity; then the level. A bare warning, such as
 * Clair's, counts as HIGH: the gate must not pass a finding of unknown severity.
 */
function severityOf(result: SarifResult, rule?: SarifRule): Severity {
  const properties = { ...rule?.properties, ...result.properties }
  const score = Number(properties["security-severity"] ?? properties["cvssv3_baseScore"])
  if (score > 0) return bandOf(score)
  const stated = properties["cvssV3_severity"] ?? properties["severity"] ?? severityInText(result, rule)
  const word = String(stated ?? "").toUpperCase()
  if (word in Severity) return Severity[word as keyof typeof Severity]
  if (word in VENDOR_WORDS) return VENDOR_WORDS[word as keyof typeof VENDOR_WORDS]
  const level = result.level ?? rule?.defaultConfiguration?.level ?? "warning"
  return { error: Severity.HIGH, warning: Severity.HIGH, note: Severity.LOW, none: Severity.UNKNOWN }[level]
}

/** https://access.redhat.com/security/updates/classification, and the lowest severity of Debian and Ubuntu. */
const VENDOR_WORDS = { MODERATE: Severity.MEDIUM, IMPORTANT: Severity.HIGH, NEGLIGIBLE: Severity.LOW }

/** Snyk's title begins with the severity, Grype's has it before "vulnerability for", Clair's message ends with it. */
function severityInText(result: SarifResult, rule?: SarifRule): string | undefined {
  const title = rule?.shortDescription.text ?? ""
  const { advisory = "" } = parseClairMessage(result.message.text) ?? {}
  const [word] =
    title.match(/^\w+(?= severity\b)/) ??
    title.match(/(?<=^\S+ )\w+(?= vulnerability for )/) ??
    advisory.match(/(?<=\()\w+(?=\)$)/) ??
    advisory.match(/(?<= - )\w+(?=\.?$)/) ??
    []
  return word
}

/** https://www.first.org/cvss/v3.1/specification-document#Qualitative-Severity-Rating-Scale */
function bandOf(score: number): Severity {
  if (score >= 9) return Severity.CRITICAL
  if (score >= 7) return Severity.HIGH
  return score >= 4 ? Severity.MEDIUM : Severity.LOW
}

/** The scanner reports nothing about a fix. Not the same as "no fix", which ignoreUnfixed ignores. */
const UNKNOWN_FIX = "unknown"

/** Some scanners write "not fixed" or similar if there is no fix; Trivy and Grype leave the rest of the line empty. */
function fixedIn(result: SarifResult, rule?: SarifRule): string {
  const properties = { ...rule?.properties, ...result.properties }
  const texts = `${result.message.text}\n${rule?.help.text ?? ""}`
  const fixed =
    properties["fixed_version"] ??
    properties["fixedVersion"] ??
    texts.match(/^[ \t]*fix(?:ed)? (?:version|in)[ \t]*:[ \t]*(.*)$/im)?.[1] ??
    remedy(rule?.help.markdown ?? "")
  if (typeof fixed !== "string") return UNKNOWN_FIX
  return /^(?:not|none|n\/a|unfixed|-|$)/i.test(fixed.trim()) ? "" : fixed.trim()
}

/** Snyk's section Remediation: "Upgrade `x` to version 1.2 or higher." or "There is no fixed version …". */
function remedy(markdown: string): string | undefined {
  const [, chapter = ""] = markdown.match(/^#+ *Remediation *\n([^#]*)/m) ?? []
  if (/^There is no fixed version\b/m.test(chapter)) return ""
  return chapter.match(/^Upgrade .* to version (\S.*?)(?:,? or higher)?\.?$/m)?.[1]
}
