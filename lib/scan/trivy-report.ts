import { z } from "zod"
import type { ImageScan } from "./finding.ts"
import { type Finding, parseReport, parseSeverity } from "./finding.ts"
import { NO_LICENSE } from "./gate/license-policy.ts"

const Vulnerability = z.object({
  VulnerabilityID: z.string(),
  PkgName: z.string(),
  PkgPath: z.string().default(""),
  PkgIdentifier: z.object({ PURL: z.string().default("") }).default({ PURL: "" }),
  InstalledVersion: z.string().default(""),
  FixedVersion: z.string().default(""),
  PrimaryURL: z.string().default(""),
  Title: z.string().default(""),
  Severity: z.string(),
})
const Secret = z.object({ RuleID: z.string(), Severity: z.string(), Title: z.string().default("") })
const Misconfiguration = z.object({
  ID: z.string(),
  Title: z.string().default(""),
  Severity: z.string(),
  PrimaryURL: z.string().default(""),
  Status: z.string().default("FAIL"),
})
const License = z.object({
  Name: z.string(),
  Severity: z.string(),
  Category: z.string().default(""),
  PkgName: z.string().default(""),
  FilePath: z.string().default(""),
  Link: z.string().default(""),
})
const Package = z.object({
  Name: z.string().default(""),
  Version: z.string().default(""),
  FilePath: z.string().default(""),
  Identifier: z.object({ PURL: z.string().default("") }).default({ PURL: "" }),
  Licenses: z.array(z.string()).default([]),
})
const Modified = z.object({
  Type: z.string(),
  Status: z.string(),
  Statement: z.string().default(""),
  Source: z.string().default(""),
  Finding: z.unknown(),
})
const Result = z.object({
  Target: z.string(),
  Class: z.string().default(""),
  Packages: z.array(Package).default([]),
  Vulnerabilities: z.array(Vulnerability).default([]),
  Secrets: z.array(Secret).default([]),
  Misconfigurations: z.array(Misconfiguration).default([]),
  Licenses: z.array(License).default([]),
  ExperimentalModifiedFindings: z.array(Modified).default([]),
})
const Metadata = z.object({
  OS: z.object({ Family: z.string(), Name: z.string().default(""), EOSL: z.boolean().default(false) }).optional(),
  ImageConfig: z.object({ architecture: z.string(), os: z.string(), variant: z.string().optional() }),
})

/** https://github.com/aquasecurity/trivy/blob/v0.74.0/pkg/types/report.go, schema 2: only what is read. */
export const TrivyReport = z.object({
  SchemaVersion: z.literal(2),
  Metadata,
  Results: z.array(Result).default([]),
})
type TrivyReport = z.infer<typeof TrivyReport>

/** A report on one image; the caller adds its platform and digest. */
export type ImageReport = Omit<ImageScan, "platform" | "digest"> & { architecture: string }

/** Reads Trivy's JSON report. Any other shape is an error, never a report without findings. */
export function readTrivyReport(text: string): ImageReport {
  const { Metadata: metadata, Results: results } = parseReport(TrivyReport, text, {
    what: "Trivy's JSON report, schema 2",
  })
  return {
    architecture: metadata.ImageConfig.architecture,
    distribution: metadata.OS ? `${metadata.OS.Family} ${metadata.OS.Name}`.trim() : "",
    endOfLife: metadata.OS?.EOSL ?? false,
    packages: results.reduce((sum, { Packages }) => sum + Packages.length, 0),
    findings: results.flatMap(resultFindings),
    unlicensed: results.flatMap(unlicensedPackages),
    suppressed: results.flatMap(resultSuppressions),
  }
}

type Result = TrivyReport["Results"][number]

function resultFindings(result: Result): Finding[] {
  return [
    ...result.Vulnerabilities.map((found) => vulnerability(found, result)),
    ...result.Secrets.map((found) => secret(found, result)),
    ...result.Misconfigurations.filter(({ Status }) => Status === "FAIL").map((found) =>
      misconfiguration(found, result),
    ),
    ...result.Licenses.map((found) => license(found, result)),
  ]
}

function vulnerability(found: z.infer<typeof Vulnerability>, { Class, Target }: Result): Finding {
  const os = Class === "os-pkgs"
  return {
    kind: "vulnerability",
    id: found.VulnerabilityID,
    severity: parseSeverity(found.Severity),
    package: found.PkgName,
    installed: found.InstalledVersion,
    fixed: found.FixedVersion,
    // packages of one language may share a pseudo target ("Node.js"); the path names the file
    path: os ? "" : found.PkgPath || Target,
    layer: os ? "os" : "library",
    purl: found.PkgIdentifier.PURL,
    title: found.Title,
    url: found.PrimaryURL,
  }
}

function secret(found: z.infer<typeof Secret>, { Target }: Result): Finding {
  return fileFinding(Target, { kind: "secret", id: found.RuleID, severity: found.Severity, title: found.Title })
}

function misconfiguration(found: z.infer<typeof Misconfiguration>, { Target }: Result): Finding {
  const { ID: id, Severity: severity, Title: title, PrimaryURL: url } = found
  return fileFinding(Target, { kind: "misconfiguration", id, severity, title, url })
}

/** Trivy's name for the licences of a distribution's packages. */
const OS_LICENSES = "OS Packages"

function license(found: z.infer<typeof License>, { Target }: Result): Finding {
  const { Name: id, Severity: severity, Category, Link: url } = found
  const finding = fileFinding(found.FilePath || Target, { kind: "license", id, severity, title: Category, url })
  if (!found.PkgName) return finding
  return { ...finding, package: found.PkgName, layer: Target === OS_LICENSES ? "os" : "library" }
}

/** Trivy reports no licence finding for a package whose metadata states none, as for every module of a Go program. */
function unlicensedPackages({ Packages, Class, Target }: Result): Finding[] {
  const os = Class === "os-pkgs"
  return Packages.filter(({ Licenses, Name }) => Name && Licenses.length === 0).map((found) => ({
    ...fileFinding(os ? OS_LICENSES : found.FilePath || Target, UNLICENSED),
    package: found.Name,
    installed: found.Version,
    purl: found.Identifier.PURL,
    layer: os ? "os" : "library",
  }))
}

const UNLICENSED = {
  kind: "license" as const,
  id: NO_LICENSE,
  severity: "UNKNOWN",
  title: "no licence in its metadata",
}

type FileFinding = { kind: Finding["kind"]; id: string; severity: string; title: string; url?: string }

function fileFinding(path: string, { kind, id, severity, title, url = "" }: FileFinding): Finding {
  const where = { package: path, path, layer: "file" as const }
  return { kind, id, severity: parseSeverity(severity), ...where, installed: "", fixed: "", purl: "", title, url }
}

/** Findings that a VEX document suppresses; VEX covers vulnerabilities only. */
function resultSuppressions(result: Result): ImageReport["suppressed"] {
  return result.ExperimentalModifiedFindings.filter(({ Type }) => Type === "vulnerability").map((modified) => ({
    finding: vulnerability(Vulnerability.parse(modified.Finding), result),
    reason: [modified.Status, modified.Statement].filter(Boolean).join(": "),
    source: sourceText(modified.Source),
  }))
}

/** The mounted documents are numbered from zero; the text counts from one. */
function sourceText(source: string): string {
  const [, number] = source.match(/\/(\d+)\.json$/) ?? []
  return number ? `VEX document ${Number(number) + 1}` : source
}
