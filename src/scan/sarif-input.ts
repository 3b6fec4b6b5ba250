import { z } from "zod"
import type { ImageScan } from "./assess.ts"
import type { ScannerFacts } from "./database.ts"
import type { Finding } from "./finding.ts"
import { SCANNERS } from "./gate.ts"
import { parseReport } from "./report.ts"
import { Severity } from "./severity.ts"

// https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html: the parts in which scanners say what they found
const Properties = z.record(z.string(), z.unknown()).default({})
const Rule = z.object({
  id: z.string(),
  shortDescription: z.object({ text: z.string() }).optional(),
  helpUri: z.string().optional(),
  properties: Properties,
})
const Location = z.object({
  physicalLocation: z.object({ artifactLocation: z.object({ uri: z.string().optional() }) }).optional(),
})
const Result = z.object({
  ruleId: z.string(),
  level: z.enum(["none", "note", "warning", "error"]).default("warning"),
  message: z.object({ text: z.string().default("") }).optional(),
  locations: z.array(Location).default([]),
  suppressions: z.array(z.object({ status: z.string().optional(), justification: z.string().optional() })).default([]),
  properties: Properties,
})
const Driver = z.object({
  name: z.string(),
  version: z.string().optional(),
  semanticVersion: z.string().optional(),
  informationUri: z.string().optional(),
  rules: z.array(Rule).default([]),
})
const Sarif = z.object({
  version: z.literal("2.1.0"),
  runs: z.array(z.object({ tool: z.object({ driver: Driver }), results: z.array(Result) })).min(1),
})
type Rule = z.infer<typeof Rule>
type Result = z.infer<typeof Result>

/** Reads what another scanner found, in the shape of our own: its word on severity, fix and suppression counts. */
export function readSarif(text: string): { scanner: ScannerFacts; scan: ImageScan } {
  const { runs } = parseReport(Sarif, text, "SARIF 2.1.0")
  const drivers = runs.map(({ tool }) => tool.driver)
  const read = runs.flatMap(({ tool: { driver }, results }) =>
    results.map((result) => readResult(result, driver.rules)),
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

function readResult(result: Result, rules: Rule[]): { finding: Finding; suppressed?: string } {
  const rule = rules.find(({ id }) => id === result.ruleId)
  const properties = { ...rule?.properties, ...result.properties }
  const path = result.locations[0]?.physicalLocation?.artifactLocation.uri ?? ""
  const purl = purlOf(properties, result.message?.text ?? "")
  const accepted = result.suppressions.find(({ status = "accepted" }) => status === "accepted")
  return {
    finding: {
      kind: "vulnerability",
      layer: "library",
      id: cveIn(result) ?? result.ruleId,
      severity: severityOf(properties, result.level),
      ...packageOf(purl, path),
      fixed: fixedIn(properties, result.message?.text ?? ""),
      path,
      purl,
      title: rule?.shortDescription?.text ?? "",
      url: rule?.helpUri ?? "",
    },
    ...(accepted && { suppressed: accepted.justification ?? "suppressed by the scanner" }),
  }
}

/** Some name a rule of their own and the CVE in its properties or text; exceptions are written by CVE. */
function cveIn({ ruleId, message }: Result): string | undefined {
  const [own] = ruleId.match(/^CVE-\d{4}-\d{4,}|^GHSA(?:-[0-9a-z]{4}){3}/) ?? []
  if (own) return own
  return message?.text.match(/\bCVE-\d{4}-\d{4,}\b/)?.[0]
}

/**
 * The score comes first, since GitHub made every scanner write it; then the scanner's word; the level is a last resort.
 * A warning that says nothing of how bad it is, as Clair's, is taken for HIGH: a gate must not pass what it does not know.
 */
function severityOf(properties: Record<string, unknown>, level: Result["level"]): Severity {
  const score = Number(properties["security-severity"] ?? properties["cvssv3_baseScore"])
  if (score > 0) return bandOf(score)
  const word = String(properties["cvssV3_severity"] ?? properties["severity"] ?? "").toUpperCase()
  if (word in Severity) return Severity[word as keyof typeof Severity]
  return { error: Severity.HIGH, warning: Severity.HIGH, note: Severity.LOW, none: Severity.UNKNOWN }[level]
}

/** https://www.first.org/cvss/v3.1/specification-document#Qualitative-Severity-Rating-Scale */
function bandOf(score: number): Severity {
  if (score >= 9) return Severity.CRITICAL
  if (score >= 7) return Severity.HIGH
  return score >= 4 ? Severity.MEDIUM : Severity.LOW
}

function purlOf(properties: Record<string, unknown>, message: string): string {
  const listed = properties["purls"] ?? properties["purl"]
  const first = Array.isArray(listed) ? listed[0] : listed
  return typeof first === "string" ? first : (message.match(/pkg:[^\s"'(),]+/)?.[0] ?? "")
}

/** https://github.com/package-url/purl-spec: pkg:type/namespace/name@version?qualifiers */
function packageOf(purl: string, path: string): { package: string; installed: string } {
  const [, name, version] = purl.match(/^pkg:[^/]+\/(?:[^@?#]*\/)?([^@/?#]+)(?:@([^?#]+))?/) ?? []
  return { package: name ? decodeURIComponent(name) : path, installed: version ? decodeURIComponent(version) : "" }
}

/** "not fixed" and the like are how some say that there is no fix. */
function fixedIn(properties: Record<string, unknown>, message: string): string {
  const said =
    properties["fixed_version"] ?? properties["fixedVersion"] ?? message.match(/fixed (?:version|in)\W+(\S+)/i)?.[1]
  const text = typeof said === "string" ? said.trim() : ""
  return /^(?:not|none|n\/a|unknown|-)/i.test(text) ? "" : text
}
