import { z } from "zod"
import { databaseFacts, type ScannerFacts } from "./database.ts"
import { type Finding, parseReport, parseSeverity } from "./finding.ts"
import type { ImageReport } from "./trivy-report.ts"

/** https://github.com/anchore/syft/blob/main/syft/pkg/type.go: the package managers of distributions. */
const OS_TYPES = ["alpm", "apk", "deb", "portage", "rpm", "linux-kernel", "linux-kernel-module"]

const Match = z.object({
  vulnerability: z.object({
    id: z.string(),
    severity: z.string(),
    dataSource: z.string().default(""),
    description: z.string().default(""),
    knownExploited: z.array(z.unknown()).default([]),
    epss: z.array(z.object({ epss: z.number() })).default([]),
    fix: z.object({ versions: z.array(z.string()).nullable(), state: z.string() }),
  }),
  artifact: z.object({
    name: z.string(),
    version: z.string(),
    type: z.string(),
    locations: z.array(z.object({ path: z.string() })).nullable(),
    purl: z.string().default(""),
  }),
})
const Ignored = z.intersection(
  Match,
  z.object({
    appliedIgnoreRules: z.array(
      z.object({
        namespace: z.string().default(""),
        reason: z.string().default(""),
        "vex-status": z.string().optional(),
        "vex-justification": z.string().optional(),
      }),
    ),
  }),
)
/** https://github.com/anchore/grype/blob/v0.121.2/grype/presenter/models/document.go: only what is read. */
const GrypeReport = z.object({
  matches: z.array(Match),
  ignoredMatches: z.array(Ignored).default([]),
  alertsByPackage: z.array(z.object({ alerts: z.array(z.object({ type: z.string() })).nullable() })).default([]),
  source: z.object({ target: z.object({ architecture: z.string() }) }),
  distro: z.object({ name: z.string().default(""), version: z.string().default("") }),
})

/** Reads Grype's JSON report, which has no number of packages. Any other shape is an error. */
export function readGrypeReport(text: string): ImageReport {
  const report = parseReport(GrypeReport, text, { what: "Grype's JSON report" })
  const { matches, ignoredMatches, alertsByPackage, source, distro } = report
  return {
    architecture: source.target.architecture,
    distribution: `${distro.name} ${distro.version}`.trim(),
    endOfLife: alertsByPackage.some(({ alerts }) => alerts?.some(({ type }) => type === "distro-eol")),
    packages: undefined,
    findings: matches.map(finding),
    suppressed: ignoredMatches.filter(isSuppressedByVex).map(suppression),
  }
}

function finding({ vulnerability, artifact }: z.infer<typeof Match>): Finding {
  const os = OS_TYPES.includes(artifact.type)
  return {
    kind: "vulnerability",
    id: vulnerability.id,
    severity: parseSeverity(vulnerability.severity),
    package: artifact.name,
    installed: artifact.version,
    fixed: vulnerability.fix.versions?.join(", ") ?? "",
    path: os ? "" : (artifact.locations?.[0]?.path.replace(/^\//, "") ?? ""),
    layer: os ? "os" : "library",
    purl: artifact.purl,
    title: vulnerability.description,
    url: vulnerability.dataSource,
    ...exploitation(vulnerability),
  }
}

/** Absent is unknown here, because the database may lack the lists; `requireRiskLists` refuses a rule without its list. */
function exploitation({ knownExploited, epss }: z.infer<typeof Match>["vulnerability"]): Pick<Finding, "kev" | "epss"> {
  return {
    ...(knownExploited.length && { kev: true }),
    // an advisory can cover several CVEs
    ...(epss.length && { epss: Math.max(...epss.map((score) => score.epss)) }),
  }
}

/** Grype also ignores matches by built-in rules (a distribution's "not affected"); those are not findings. */
function isSuppressedByVex({ appliedIgnoreRules }: z.infer<typeof Ignored>): boolean {
  return appliedIgnoreRules.some(({ namespace }) => namespace === "vex")
}

function suppression(ignored: z.infer<typeof Ignored>): ImageReport["suppressed"][number] {
  const [rule] = ignored.appliedIgnoreRules.filter(({ namespace }) => namespace === "vex")
  const reason = [rule?.["vex-status"], rule?.["vex-justification"]].filter(Boolean).join(": ")
  return { finding: finding(ignored), reason, source: "VEX document" }
}

const GrypeProviders = z.array(z.object({ name: z.string() }))

/** Reads `grype db providers`: the lists of exploits among the database's sources. */
export function readGrypeRiskLists(text: string): ("kev" | "epss")[] {
  const names = parseReport(GrypeProviders, text, { what: "grype db providers' JSON" }).map(({ name }) => name)
  return (["kev", "epss"] as const).filter((list) => names.includes(list))
}

const GrypeVersion = z.object({ version: z.string() })
const GrypeStatus = z.object({ built: z.iso.datetime() })

/** Reads `grype version` and `grype db status`, both as JSON. */
export function readGrypeFacts({ version, status, now }: { version: string; status: string; now: Date }): ScannerFacts {
  const { built } = parseReport(GrypeStatus, status, { what: "grype db status' JSON" })
  return {
    name: "Grype",
    vendor: "Anchore",
    uri: "https://github.com/anchore/grype",
    looksFor: ["vuln"],
    version: parseReport(GrypeVersion, version, { what: "grype version's JSON" }).version,
    database: databaseFacts(built, now),
  }
}
