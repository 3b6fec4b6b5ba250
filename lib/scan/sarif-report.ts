import { Severity } from "../../src/enums.ts"
import type { Assessment } from "./assessment.ts"
import type { Comparison } from "./baseline/comparison.ts"
import type { MergedFinding, Suppression } from "./finding.ts"
import type { FindingRules } from "./gate/failure-reason.ts"
import { riskText } from "./outcome.ts"

const SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

/** A CVSS score within each severity's range, which GitHub shows as Critical, High, Medium or Low. */
const SCORES: Record<Severity, string> = { CRITICAL: "9.5", HIGH: "8.0", MEDIUM: "5.5", LOW: "2.0", UNKNOWN: "0.0" }

/**
 * All platforms as one SARIF run, because GitHub accepts one run per tool and category. Suppressed findings stay in it,
 * with their reason.
 */
export function renderSarif(assessment: Assessment, name: string): string {
  return sarifLog([sarifRun(assessment, name)])
}

/** A service and the scan of its image; the service is the category of its findings. */
export type ScannedService = { service: string; name: string; assessment: Assessment }

/** Several services as one log for one upload: a run per service, each with its category. */
export function renderServicesSarif(services: ScannedService[]): string {
  return sarifLog(
    services.map(({ service, name, assessment }) => ({
      automationDetails: { id: `slipway/${service}/` },
      ...sarifRun(assessment, name),
    })),
  )
}

function sarifLog(runs: object[]): string {
  return JSON.stringify({ $schema: SCHEMA, version: "2.1.0", runs }, null, 2)
}

function sarifRun({ findings, suppressed, scanner, comparison, rules: gate }: Assessment, name: string): object {
  const all = [...findings, ...suppressed.map(({ finding }) => finding)]
  const rules = [...new Map(all.map((finding) => [finding.id, rule(finding)])).values()]
  const results = [
    ...findings.map((finding) => ({ ...result(finding, { name, gate }), ...baselineState(finding, comparison) })),
    ...suppressed.map((suppression) => ({
      ...result(suppression.finding, { name, gate }),
      ...baselineState(suppression.finding, comparison),
      suppressions: [accepted(suppression)],
    })),
  ]
  const driver = { name: scanner.name, version: scanner.version, informationUri: scanner.uri, rules }
  return { tool: { driver }, results }
}

/**
 * Either every result of a run has a state or none has (section 3.27.24). Fixed findings are left out instead of being
 * "absent": code scanning does not read the state, and would show them as open.
 */
function baselineState(finding: MergedFinding, comparison?: Comparison): object {
  if (!comparison?.deployed) return {}
  return { baselineState: comparison.unchanged.includes(finding) ? "unchanged" : "new" }
}

function rule({ id, title, url, severity, kind }: MergedFinding): object {
  return {
    id,
    shortDescription: { text: title || id },
    ...(url && { helpUri: url }),
    properties: { tags: [kind, "security", severity], "security-severity": SCORES[severity] },
  }
}

function result(finding: MergedFinding, { name, gate }: { name: string; gate: FindingRules }): object {
  const { id, severity, package: what, installed, fixed, path, platforms, kev, epss } = finding
  const risk = riskText(finding, gate)
  const version = installed && ` ${installed}`
  const fix = fixed ? `fixed in ${fixed}` : "no fixed version"
  return {
    ruleId: id,
    level: level(severity),
    message: {
      text: `${severity} ${id} in ${what}${version} on ${platforms.join(", ")}: ${fix}${risk && `; ${risk}`}`,
    },
    locations: [
      {
        physicalLocation: { artifactLocation: { uri: path || name }, region: { startLine: 1 } },
        message: { text: `${name}: ${path || what}` },
      },
    ],
    partialFingerprints: { "slipwayFinding/v1": [id, what, installed, path].join("|") },
    properties: {
      ...{ platforms, severity, package: what, installedVersion: installed, fixedVersion: fixed },
      ...(kev !== undefined && { knownExploited: kev }),
      ...(epss !== undefined && { epss }),
    },
  }
}

function level(severity: Severity): "error" | "warning" | "note" {
  switch (severity) {
    case Severity.CRITICAL:
    case Severity.HIGH:
      return "error"
    case Severity.MEDIUM:
      return "warning"
    case Severity.LOW:
    case Severity.UNKNOWN:
      return "note"
  }
}

function accepted({ reason, source, expires }: Suppression): object {
  return {
    kind: "external",
    status: "accepted",
    justification: `${reason} (${source}${expires ? `, until ${expires}` : ""})`,
  }
}
