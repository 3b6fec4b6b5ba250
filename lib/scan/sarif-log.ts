import { z } from "zod"
import { quote, SlipwayError } from "../error.ts"
import { parseReport } from "./finding.ts"
import { decodePurl } from "./purl.ts"

// https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html: the fields that scanners use for findings
const Properties = z.record(z.string(), z.unknown()).default({})
const Level = z.enum(["none", "note", "warning", "error"])
const Message = z.object({ text: z.string().default("") }).default({ text: "" })
const Help = z
  .object({ text: z.string().default(""), markdown: z.string().default("") })
  .default({ text: "", markdown: "" })
const Rule = z.object({
  id: z.string(),
  shortDescription: Message,
  fullDescription: Message,
  help: Help,
  helpUri: z.string().optional(),
  defaultConfiguration: z.object({ level: Level.optional() }).optional(),
  properties: Properties,
})
const Location = z.object({
  physicalLocation: z.object({ artifactLocation: z.object({ uri: z.string().optional() }) }).optional(),
  logicalLocations: z.array(z.object({ fullyQualifiedName: z.string().optional() })).default([]),
})
const Result = z
  .object({
    ruleId: z.string().optional(),
    ruleIndex: z.number().optional(),
    rule: z.object({ id: z.string().optional(), index: z.number().optional() }).optional(),
    kind: z.string().default("fail"),
    level: Level.optional(),
    baselineState: z.string().optional(),
    message: Message,
    locations: z.array(Location).default([]),
    suppressions: z
      .array(z.object({ status: z.string().optional(), justification: z.string().optional() }))
      .default([]),
    properties: Properties,
  })
  .refine(
    (result) =>
      [result.ruleId, result.ruleIndex, result.rule?.id, result.rule?.index].some((name) => name !== undefined),
    "a result without a rule",
  )
const Notification = z.object({ level: Level.default("warning"), message: Message })
const Invocation = z.object({
  executionSuccessful: z.boolean().optional(),
  exitCodeDescription: z.string().optional(),
  toolExecutionNotifications: z.array(Notification).default([]),
  toolConfigurationNotifications: z.array(Notification).default([]),
})
const Driver = z.object({
  name: z.string(),
  version: z.string().optional(),
  semanticVersion: z.string().optional(),
  informationUri: z.string().optional(),
  rules: z.array(Rule).default([]),
})
const Run = z.object({
  tool: z.object({ driver: Driver }),
  invocations: z.array(Invocation).default([]),
  // not optional: a run without results did not scan (section 3.14.23)
  results: z.array(Result),
})
const Sarif = z.object({ version: z.literal("2.1.0"), runs: z.array(Run).min(1) })

export type SarifRule = z.infer<typeof Rule>
export type SarifResult = z.infer<typeof Result>
type SarifRun = z.infer<typeof Run>

/** Reads a SARIF file. A run that reports its own failure is an error, never a run without findings. */
export function parseSarif(text: string): SarifRun[] {
  const { runs } = parseReport(Sarif, text, {
    what: "SARIF 2.1.0",
    fix: "Pass the complete SARIF file of the scanner; a scanner without findings writes an empty list of results.",
  })
  for (const { tool, invocations } of runs)
    for (const invocation of invocations) requireDone(tool.driver.name, invocation)
  return runs
}

function requireDone(scanner: string, invocation: z.infer<typeof Invocation>): void {
  const { executionSuccessful, exitCodeDescription, ...notifications } = invocation
  const errors = Object.values(notifications)
    .flat()
    .filter(({ level }) => level === "error")
    .map(({ message }) => quote(message.text))
  if (executionSuccessful !== false && !errors.length) return
  throw new SlipwayError("SCANNER_FAILED", {
    expected: `a report of a completed run of ${scanner}`,
    got: errors.join(", ") || exitCodeDescription || "a report with executionSuccessful: false",
    fix: "Run the scanner again, with its database; the gate did not judge the image.",
  })
}

/** An affected package; a field that the scanner does not report is empty. */
type SarifPackage = { package: string; installed: string; purl: string }

const PURL = /pkg:[^\s"'(),]+/g

/**
 * All packages of a result: the purls in it, else those of its rule (Docker Scout lists all packages with the CVE there),
 * else the text of Trivy (lines such as "Package: libcap2" in the message), of Grype (such lines in the rule, which covers
 * one package), of Snyk (a location such as libcap2@1:2.66-4) or of Clair (a message such as
 * "libcap2 - 1:2.66-4 - CVE-2023-2603"). Empty if none of these names a package.
 */
export function packagesOf(result: SarifResult, rule?: SarifRule): SarifPackage[] {
  const places = result.locations.flatMap(({ logicalLocations }) =>
    logicalLocations.flatMap(({ fullyQualifiedName = "" }) => fullyQualifiedName),
  )
  const own = [
    ...listed(result.properties),
    ...[...places, result.message.text].flatMap((text) => text.match(PURL) ?? []),
  ]
  const purls = own.length ? own : listed(rule?.properties ?? {})
  if (purls.length) return [...new Set(purls)].map(fromPurl)
  const lines = fromLines(result.message.text) ?? fromLines(rule?.help.text ?? "")
  if (lines) return [lines]
  const named = places.flatMap((place) => fromPlace(place) ?? [])
  if (named.length) return named
  const { name, installed } = parseClairMessage(result.message.text) ?? {}
  return name && installed ? [{ package: name, installed, purl: "" }] : []
}

/**
 * Clair's message: package, version and the vendor's advisory, such as "RHSA-2022:0892: libarchive security update
 * (Moderate)". https://github.com/quay/clair-action/blob/main/output/templates/sarif.tpl
 */
export function parseClairMessage(text: string): { name: string; installed: string; advisory: string } | undefined {
  const [, name, installed, advisory] = text.match(/^(\S+) - (\S+) - (\S*[-:.]\S*\d.*)$/) ?? []
  return name && installed && advisory ? { name, installed, advisory } : undefined
}

/** The version's line has one of two names. A rule without such a line covers several packages. */
function fromLines(text: string): SarifPackage | undefined {
  const [, name] = text.match(/^Package:[ \t]*(\S.*?)[ \t]*$/m) ?? []
  const [, installed] = text.match(/^(?:Installed )?Version:[ \t]*(\S.*?)[ \t]*$/m) ?? []
  return name && installed ? { package: name, installed, purl: "" } : undefined
}

function listed(properties: Record<string, unknown>): string[] {
  const all = [properties["purls"], properties["purl"]].flat()
  return all.filter((purl) => typeof purl === "string")
}

/** https://github.com/package-url/purl-spec: pkg:type/namespace/name@version?qualifiers */
function fromPurl(purl: string): SarifPackage {
  const [, name, version] = purl.match(/^pkg:[^/]+\/(?:[^@?#]*\/)?([^@/?#]+)(?:@([^?#]+))?/) ?? []
  return { package: decodePurl(name ?? purl), installed: decodePurl(version ?? ""), purl }
}

/** A name may have a scope (@acme/lib@1.2). An image with a digest and a file in it is not a package. */
function fromPlace(place: string): SarifPackage | undefined {
  const [, name, installed] = place.match(/^(@?[^@\s]+)@(?!sha256:)([^@\s/]+)$/) ?? []
  return name && installed ? { package: name, installed, purl: "" } : undefined
}
