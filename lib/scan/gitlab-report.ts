import { createHash } from "node:crypto"
import type { Severity } from "../../src/enums.ts"
import type { Assessment, PlatformOutcome } from "./assess.ts"
import type { MergedFinding } from "./finding.ts"

const VERSION = "15.0.7"
const SEVERITIES: Record<Severity, string> = {
  CRITICAL: "Critical",
  HIGH: "High",
  MEDIUM: "Medium",
  LOW: "Low",
  UNKNOWN: "Unknown",
}

/**
 * The vulnerabilities as GitLab's container scanning report.
 * https://gitlab.com/gitlab-org/security-products/security-report-schemas/-/blob/v15.0.7/dist/container-scanning-report-format.json
 */
export function renderGitlab(
  { findings, platforms, scanner }: Assessment,
  { name, now }: { name: string; now: Date },
): string {
  const time = now.toISOString().slice(0, 19)
  const tool = {
    id: scanner.name.toLowerCase(),
    name: scanner.name,
    version: scanner.version,
    vendor: { name: scanner.vendor },
  }
  const analyzer = { id: "slipway", name: "slipway", version: scanner.version, vendor: { name: "slipway" } }
  const vulnerabilities = findings
    .filter(({ kind }) => kind === "vulnerability")
    .map((finding) => vulnerability(finding, { platforms, name }))
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

type Image = { platforms: PlatformOutcome[]; name: string }

function vulnerability(finding: MergedFinding, image: Image): object {
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

/** GitLab refuses a whole report over one name that is too long; Grype's titles are whole paragraphs. */
function shortened(text: string, longest: number): string {
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text
}

/** Of the first platform that has the finding: the format knows only one. */
function distributionOf({ platforms }: MergedFinding, image: Image): string {
  return image.platforms.find(({ platform }) => platforms.includes(platform))?.distribution || "Unknown"
}

/** The format wants a tag or digest behind the name. */
function imageOf({ platforms }: MergedFinding, image: Image): string {
  const digest = image.platforms.find(({ platform }) => platforms.includes(platform))?.digest
  return `${image.name}@${digest}`
}

/** A UUID made of the finding itself, so that GitLab knows it again in the next pipeline. */
function stableId({ id, package: name, installed, path }: MergedFinding): string {
  const hex = createHash("sha256")
    .update(JSON.stringify([id, name, installed, path]))
    .digest("hex")
  return [hex.slice(0, 8), hex.slice(8, 12), `5${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    "-",
  )
}
