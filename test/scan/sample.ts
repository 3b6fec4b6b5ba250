import type { Digest, DigestRef } from "../../lib/oci/reference.ts"
import type { Assessment, GateRules } from "../../lib/scan/assessment.ts"
import type { Baseline, Comparison } from "../../lib/scan/baseline/comparison.ts"
import type { Exception } from "../../lib/scan/exception.ts"
import type { Finding, ImageScan, MergedFinding } from "../../lib/scan/finding.ts"
import { Severity } from "../../src/enums.ts"

/** A finding with the given fields in place of the defaults. */
export function finding(own: Partial<Finding> = {}): Finding {
  return {
    kind: "vulnerability",
    id: "CVE-2019-10744",
    severity: Severity.CRITICAL,
    package: "lodash",
    installed: "4.17.11",
    fixed: "4.17.12",
    path: "app/node_modules/lodash/package.json",
    layer: "library",
    purl: "pkg:npm/lodash@4.17.11",
    title: "prototype pollution",
    url: "https://avd.aquasec.com/nvd/cve-2019-10744",
    ...own,
  }
}

export function merged(own: Partial<MergedFinding> = {}): MergedFinding {
  return { ...finding(own), platforms: ["linux/amd64"], ...own }
}

export function rules(own: Partial<GateRules> = {}): GateRules {
  const lenient = { ignoreUnfixed: false, failOnEndOfLife: false, maxDbAge: 0 }
  return { threshold: Severity.HIGH, pkgTypes: ["os", "library"], scanners: ["vuln"], ...lenient, ...own }
}

export function exception(own: Partial<Exception> = {}): Exception {
  const fields = { reason: "not reachable", owner: "sec@acme.example", expires: "2027-01-31" }
  return { id: "CVE-2019-10744", paths: [], purls: [], ...fields, ...own }
}

export function imageScan(own: Partial<ImageScan> = {}): ImageScan {
  const image = { platform: "linux/amd64", digest: `sha256:${"0a".repeat(32)}`, distribution: "debian 12.8" }
  return { ...image, endOfLife: false, packages: 2, findings: [], suppressed: [], ...own }
}

export const scanner = {
  name: "Trivy",
  vendor: "Aqua Security",
  uri: "https://github.com/aquasecurity/trivy",
  version: "0.74.0",
  looksFor: ["vuln", "secret", "misconfig", "license"],
  database: { updatedAt: "2026-11-24T06:00:00Z", age: 30 },
}

export function assessment(own: Partial<Assessment> = {}): Assessment {
  const { platform, digest, distribution } = imageScan()
  const findings = { CRITICAL: 1, HIGH: 0, MEDIUM: 0, LOW: 0, UNKNOWN: 0 }
  return {
    verdict: "failed",
    scanner,
    rules: rules(),
    platforms: [{ platform, digest, distribution, findings }],
    findings: [merged()],
    failing: [merged()],
    endOfLife: [],
    exceptions: { applied: [], expired: [], unused: [] },
    suppressed: [],
    warnings: [],
    ...own,
  }
}

/** A deployed image for linux/amd64, with the findings of its signed report. */
export function deployedImage(findings: Finding[]): { ref: DigestRef; baseline: Baseline } {
  const digest = `sha256:${"0d".repeat(32)}` as Digest
  const ref = `ghcr.io/acme/app@${digest}` as DigestRef
  const report = { scanner: "Trivy" as const, scannedAt: "2026-11-01T06:00:00Z", findings }
  return { ref, baseline: { kind: "image", ref, platforms: [{ platform: "linux/amd64", digest, report, faults: [] }] } }
}

/** The comparison of the default finding with a deployed image that has it, or does not. */
export function comparison(own: Partial<Comparison> = {}): Comparison {
  const { ref } = deployedImage([])
  const reports = [{ platform: "linux/amd64", scanner: "Trivy", scannedAt: "2026-11-01T06:00:00Z" }]
  return { deployed: ref, reports, unknown: [], unchanged: [], fixed: [], ...own }
}
