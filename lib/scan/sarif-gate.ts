import type { File } from "@dagger.io/dagger"
import { Severity } from "../../src/enums.ts"
import { assess, type ImageScan, PKG_TYPES, SCANNERS } from "./assessment.ts"
import type { ScannerFacts } from "./database.ts"
import { parseExceptionFile } from "./exception-file.ts"
import type { Finding } from "./finding.ts"
import { renderAssessment, requirePass } from "./outcome.ts"
import { packagesOf, parseClairMessage, parseSarif, type SarifResult, type SarifRule } from "./sarif-log.ts"

type SarifGate = { threshold: Severity; ignoreUnfixed: boolean; exceptions?: File }

/** The same gate over what another scanner found: its report in, the verdict out. */
export async function gateSarif(sarif: File, { threshold, ignoreUnfixed, exceptions }: SarifGate): Promise<string> {
  const [text, excepted] = await Promise.all([sarif.contents(), exceptions?.contents()])
  const { scanner, scan } = readSarif(text)
  const rules = {
    threshold,
    ignoreUnfixed,
    failOnEndOfLife: false,
    maxDbAge: 0,
    pkgTypes: PKG_TYPES,
    scanners: SCANNERS,
  }
  const known = excepted === undefined ? [] : parseExceptionFile(excepted)
  return renderAssessment(requirePass(assess([scan], { scanner, rules, exceptions: known, now: new Date() })))
}

/** Reads what another scanner found, in the shape of our own: its word on severity, fix and suppression counts. */
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

/** Scanners may also say what is all right, and what was there last time. */
function isFinding({ kind, baselineState }: SarifResult): boolean {
  return !["pass", "notApplicable", "informational"].includes(kind) && baselineState !== "absent"
}

type SarifReading = { finding: Finding; suppressed?: string }

/** A finding for each package that a result is about: an exception for one of them must not hide the others. */
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
/** Where a vendor's advisory stands for several CVEs, its own name is all that a finding has. */
const VENDORS =
  /\b(?:RH[SBE]A-\d{4}:\d+|(?:open)?SUSE-[SRF]U-\d{4}:\d+-\d+|ALAS\w*-\d{4}-\d+|ELSA-\d{4}-\d+|USN-\d+-\d+|D[SL]A-\d+-\d+|(?:PYSEC|GO|RUSTSEC)-\d{4}-\d+)\b/g

/**
 * Some name a rule of their own, and the CVE in its text; exceptions are written by CVE. A rule that stands for several
 * CVEs keeps its name: an exception for one of them must not hide the others.
 */
function idOf({ ruleId, rule: named, message }: SarifResult, rule?: SarifRule): string {
  const own = ruleId ?? named?.id ?? rule?.id ?? "unnamed"
  for (const text of [own, message.text, rule?.fullDescription.text ?? ""]) {
    const names = [ADVISORY, VENDORS].map((pattern) => [...new Set(text.match(pattern))])
    const [only] = names.find(({ length }) => length === 1) ?? []
    if (only) return only
    if (names.some(({ length }) => length > 1)) break
  }
  // The id of Clair's rule is a number of its database.
  const [word] = parseClairMessage(message.text)?.advisory.split(/:?(?:\s|$)/) ?? []
  return word || own
}

/**
 * The score comes first, since GitHub made every scanner write it; then the scanner's word; the level is a last resort.
 * A warning that says nothing of how bad it is, as Clair's, is taken for HIGH: a gate must not pass what it does not know.
 */
function severityOf(result: SarifResult, rule?: SarifRule): Severity {
  const properties = { ...rule?.properties, ...result.properties }
  const score = Number(properties["security-severity"] ?? properties["cvssv3_baseScore"])
  if (score > 0) return bandOf(score)
  const said = properties["cvssV3_severity"] ?? properties["severity"] ?? statedSeverity(result, rule)
  const word = String(said ?? "").toUpperCase()
  if (word in Severity) return Severity[word as keyof typeof Severity]
  if (word in VENDOR_WORDS) return VENDOR_WORDS[word as keyof typeof VENDOR_WORDS]
  const level = result.level ?? rule?.defaultConfiguration?.level ?? "warning"
  return { error: Severity.HIGH, warning: Severity.HIGH, note: Severity.LOW, none: Severity.UNKNOWN }[level]
}

/** https://access.redhat.com/security/updates/classification, and what Debian and Ubuntu call the least. */
const VENDOR_WORDS = { MODERATE: Severity.MEDIUM, IMPORTANT: Severity.HIGH, NEGLIGIBLE: Severity.LOW }

/** Snyk's title begins with it, Grype's has it before "vulnerability for", and Clair's ends with its vendor's word. */
function statedSeverity(result: SarifResult, rule?: SarifRule): string | undefined {
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

/** What a scanner does not say; not the same as "there is no fix", which may be ignored. */
const UNKNOWN_FIX = "unknown"

/** "not fixed" and the like are how some say that there is no fix; Trivy and Grype leave the rest of the line empty. */
function fixedIn(result: SarifResult, rule?: SarifRule): string {
  const properties = { ...rule?.properties, ...result.properties }
  const texts = `${result.message.text}\n${rule?.help.text ?? ""}`
  const said =
    properties["fixed_version"] ??
    properties["fixedVersion"] ??
    texts.match(/^[ \t]*fix(?:ed)? (?:version|in)[ \t]*:[ \t]*(.*)$/im)?.[1] ??
    remedy(rule?.help.markdown ?? "")
  if (typeof said !== "string") return UNKNOWN_FIX
  return /^(?:not|none|n\/a|unfixed|-|$)/i.test(said.trim()) ? "" : said.trim()
}

/** Snyk says it in a chapter of its own: "Upgrade `x` to version 1.2 or higher.", or that there is no fixed version. */
function remedy(markdown: string): string | undefined {
  const [, chapter = ""] = markdown.match(/^#+ *Remediation *\n([^#]*)/m) ?? []
  if (/^There is no fixed version\b/m.test(chapter)) return ""
  return chapter.match(/^Upgrade .* to version (\S.*?)(?:,? or higher)?\.?$/m)?.[1]
}
