import { createHash } from "node:crypto"
import type { Severity } from "../../src/enums.ts"
import type { Assessment, PlatformOutcome } from "./assessment.ts"
import type { Exception } from "./exception.ts"
import type { MergedFinding } from "./finding.ts"
import { renderAssessment } from "./outcome.ts"
import { renderSarif } from "./sarif-report.ts"

type FormatOptions = { name: string; now: Date }

/** The formats that cover all platforms, by file name. The scanner itself writes those of one platform. */
export function renderFormats(assessment: Assessment, { name, now }: FormatOptions): Record<string, string> {
  return {
    "findings.txt": renderAssessment(assessment, Number.POSITIVE_INFINITY),
    "findings.json": `${JSON.stringify(assessment, null, 2)}\n`,
    "findings.sarif": renderSarif(assessment, name),
    "gl-container-scanning-report.json": renderGitlab(assessment, { name, now }),
    "exceptions.openvex.json": exceptionsVex(assessment, { name, now }),
  }
}

/** The exceptions that apply, as a VEX document about the image's platforms. */
export function exceptionsVex({ exceptions, platforms }: Assessment, { name, now }: FormatOptions): string {
  const products = platforms.map(({ digest }) => imagePurl(name, digest))
  const id = `urn:slipway:openvex:${platforms[0]?.digest.slice(7, 19)}:${now.getTime()}`
  return renderOpenVex({ applied: exceptions.applied, products, id, now })
}

type VexInput = {
  applied: { exception: Exception; finding: MergedFinding }[]
  /** The image's purls, one for each digest that the document covers. */
  products: string[]
  id: string
  now: Date
}

/**
 * The exceptions that apply, for other scanners: https://github.com/openvex/spec/blob/main/OPENVEX-SPEC.md
 *
 * Only an exception with a justification states "not_affected". Any other states "affected", with its owner and expiry
 * date.
 */
export function renderOpenVex({ applied, products, id, now }: VexInput): string {
  const timestamp = now.toISOString()
  const authors = [...new Set(applied.map(({ exception }) => exception.owner))]
  return JSON.stringify(
    {
      "@context": "https://openvex.dev/ns/v0.2.0",
      "@id": id,
      author: authors.join(", ") || "slipway",
      timestamp,
      version: 1,
      tooling: "slipway",
      statements: applied
        .filter(({ finding }) => finding.kind === "vulnerability")
        .map(({ exception, finding }) => ({
          vulnerability: { name: finding.id },
          timestamp,
          products: products.map((product) => ({
            "@id": product,
            ...(finding.purl && { subcomponents: [{ "@id": finding.purl }] }),
          })),
          ...statusOf(exception),
        })),
    },
    null,
    2,
  )
}

function statusOf({ justification, reason, owner, expires }: Exception): Record<string, string> {
  if (justification) return { status: "not_affected", justification, impact_statement: reason }
  return { status: "affected", action_statement: `Accepted by ${owner} until ${expires}: ${reason}` }
}

/** https://github.com/package-url/purl-spec/blob/main/types-doc/oci-definition.md */
export function imagePurl(name: string, digest: string): string {
  const last = name.split("/").at(-1)
  return `pkg:oci/${last}@${encodeURIComponent(digest)}${name.includes("/") ? `?repository_url=${name}` : ""}`
}

const VERSION = "15.0.7"
const SEVERITIES: Record<Severity, string> = {
  CRITICAL: "Critical",
  HIGH: "High",
  MEDIUM: "Medium",
  LOW: "Low",
  UNKNOWN: "Unknown",
}

/** One image with its scan; the name is that of the reports. */
export type ScannedImage = { name: string; assessment: Assessment }

/**
 * The vulnerabilities as GitLab's container scanning report.
 * https://gitlab.com/gitlab-org/security-products/security-report-schemas/-/blob/v15.0.7/dist/container-scanning-report-format.json
 */
export function renderGitlab(assessment: Assessment, { name, now }: FormatOptions): string {
  return gitlabReport(assessment.scanner, vulnerabilitiesOf({ name, assessment }), now)
}

/** Several images as one report. The image is part of a vulnerability's id, because each has it on its own. */
export function renderGitlabImages(images: ScannedImage[], scanner: Assessment["scanner"], now: Date): string {
  const all = images.flatMap((image) =>
    vulnerabilitiesOf(image).map((one) => ({ ...one, id: uuidOf([image.name, one.id]) })),
  )
  return gitlabReport(scanner, all, now)
}

function gitlabReport(scanner: Assessment["scanner"], vulnerabilities: object[], now: Date): string {
  const time = now.toISOString().slice(0, 19)
  const tool = {
    id: scanner.name.toLowerCase(),
    name: scanner.name,
    version: scanner.version,
    vendor: { name: scanner.vendor },
  }
  const analyzer = { id: "slipway", name: "slipway", version: scanner.version, vendor: { name: "slipway" } }
  const scan = {
    analyzer,
    scanner: tool,
    type: "container_scanning",
    start_time: time,
    end_time: time,
    status: "success",
  }
  return JSON.stringify({ version: VERSION, scan, vulnerabilities, remediations: [] }, null, 2)
}

function vulnerabilitiesOf({ name, assessment: { findings, platforms } }: ScannedImage) {
  return findings
    .filter(({ kind }) => kind === "vulnerability")
    .map((finding) => vulnerability(finding, { platforms, name }))
}

type Image = { platforms: PlatformOutcome[]; name: string }

function vulnerability(finding: MergedFinding, image: Image) {
  const { id, title, severity, package: name, installed, fixed, url, platforms } = finding
  const where = `${name} ${installed} on ${platforms.join(", ")}`
  const links = /^(?:https?|ftp):\/\/./.test(url) ? [{ url }] : []
  return {
    id: stableId(finding),
    name: shortened(title || id, 255),
    description: `${id} in ${where}`,
    severity: SEVERITIES[severity],
    solution: fixed ? shortened(`Upgrade ${name} to ${fixed}`, 7000) : "No solution provided",
    identifiers: [{ type: id.split("-")[0]?.toLowerCase() || "other", name: id, value: id, ...links[0] }],
    links,
    location: {
      dependency: { package: { name }, version: installed },
      operating_system: distributionOf(finding, image),
      image: imageOf(finding, image),
    },
  }
}

/** GitLab refuses a report with one name that is too long, and Grype's titles are paragraphs. */
function shortened(text: string, longest: number): string {
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text
}

/** The distribution of the first platform that has the finding: the format has one. */
function distributionOf({ platforms }: MergedFinding, image: Image): string {
  return image.platforms.find(({ platform }) => platforms.includes(platform))?.distribution || "Unknown"
}

/** The format requires a tag or a digest after the name. */
function imageOf({ platforms }: MergedFinding, image: Image): string {
  const digest = image.platforms.find(({ platform }) => platforms.includes(platform))?.digest
  return `${image.name}@${digest}`
}

/** A UUID derived from the finding, so that GitLab recognises it in the next pipeline. */
function stableId({ id, package: name, installed, path }: MergedFinding): string {
  return uuidOf([id, name, installed, path])
}

function uuidOf(parts: string[]): string {
  const hex = createHash("sha256").update(JSON.stringify(parts)).digest("hex")
  return [hex.slice(0, 8), hex.slice(8, 12), `5${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    "-",
  )
}
