import { describe, expect, test } from "vitest"
import type { Digest, DigestRef } from "../../../lib/oci/reference.ts"
import type { PlatformReports } from "../../../lib/scan/baseline/attested-reports.ts"
import { type Baseline, compareFindings, comparePackages } from "../../../lib/scan/baseline/comparison.ts"
import type { Finding, MergedFinding } from "../../../lib/scan/finding.ts"
import { Severity } from "../../../src/enums.ts"
import { finding, merged } from "../sample.ts"

const digest = `sha256:${"0a".repeat(32)}` as Digest
const ref = `ghcr.io/acme/app@${digest}` as DigestRef
const scannedAt = "2026-11-01T06:00:00Z"

function deployed(platform: string, findings: Finding[]): PlatformReports {
  return { platform, digest, report: { scanner: "Trivy", scannedAt, findings }, faults: [] }
}

type Case = { now: MergedFinding[]; before: PlatformReports[]; platforms?: string[] }
function compare({ now, before, platforms = ["linux/amd64"] }: Case) {
  const baseline: Baseline = { kind: "image", ref, platforms: before }
  const covers = ({ kind }: Finding) => kind === "vulnerability"
  return compareFindings({ platforms, findings: now, covers }, baseline)
}

describe("a finding", () => {
  test.each<{ name: string; now: Partial<MergedFinding>; before: Partial<Finding>; isNew: boolean }>([
    { name: "the same finding", now: {}, before: {}, isNew: false },
    { name: "an update that keeps it", now: { installed: "4.17.12" }, before: { installed: "4.17.11" }, isNew: false },
    { name: "another fix", now: { fixed: "5" }, before: { fixed: "" }, isNew: false },
    { name: "another path", now: { path: "b" }, before: { path: "a" }, isNew: false },
    {
      name: "a higher severity",
      now: { severity: Severity.CRITICAL },
      before: { severity: Severity.LOW },
      isNew: false,
    },
    { name: "another CVE", now: { id: "CVE-2" }, before: { id: "CVE-1" }, isNew: true },
    { name: "the same CVE in another package", now: { package: "b" }, before: { package: "a" }, isNew: true },
    { name: "another kind", now: { kind: "license" }, before: { kind: "vulnerability" }, isNew: true },
  ])("with $name is new: $isNew", ({ now, before, isNew }) => {
    const today = merged(now)
    const compared = compare({ now: [today], before: [deployed("linux/amd64", [finding(before)])] })
    expect(compared.unchanged).toEqual(isNew ? [] : [today])
  })

  test("is new if one of its platforms did not have it", () => {
    const platforms = ["linux/amd64", "linux/arm64"]
    const today = merged({ platforms })
    const before = [deployed("linux/amd64", [finding()]), deployed("linux/arm64", [])]
    expect(compare({ now: [today], before, platforms }).unchanged).toEqual([])
  })

  test.each([
    { name: "a platform that is not deployed", before: [], reason: "linux/amd64 is not deployed yet" },
    {
      name: "a platform without a report",
      before: [{ platform: "linux/amd64", digest, faults: ["no vulnerability report by the signer"] }],
      reason: "linux/amd64: no vulnerability report by the signer",
    },
  ])("of $name is new", ({ before, reason }) => {
    expect(compare({ now: [merged()], before })).toMatchObject({ unchanged: [], unknown: [reason], fixed: [] })
  })

  test("is new without a deployed image", () => {
    const image = { platforms: ["linux/amd64"], findings: [merged()], covers: () => true }
    const compared = compareFindings(image, { kind: "none", reason: "nothing is deployed" })
    expect(compared).toMatchObject({ unchanged: [], unknown: ["nothing is deployed"] })
  })
})

describe("a fixed finding", () => {
  const gone = finding({ id: "CVE-1" })

  test("was in the deployed image, on the platforms that are in both", () => {
    const before = ["linux/amd64", "linux/arm64", "linux/s390x"].map((platform) => deployed(platform, [gone]))
    const compared = compare({ now: [], before, platforms: ["linux/amd64", "linux/arm64"] })
    expect(compared.fixed).toEqual([{ ...gone, platforms: ["linux/amd64", "linux/arm64"] }])
  })

  test("is not one that an update of the package keeps", () => {
    const now = [merged({ id: "CVE-1", installed: "5" })]
    expect(compare({ now, before: [deployed("linux/amd64", [gone])] }).fixed).toEqual([])
  })

  test("is not one that today's scan does not look for", () => {
    const secret = finding({ kind: "secret" })
    expect(compare({ now: [], before: [deployed("linux/amd64", [secret])] }).fixed).toEqual([])
  })
})

test("names the reports that it compares with", () => {
  expect(compare({ now: [], before: [deployed("linux/amd64", [])] })).toMatchObject({
    deployed: ref,
    reports: [{ platform: "linux/amd64", scanner: "Trivy", scannedAt }],
    unknown: [],
  })
})

describe("the difference of the SBOMs", () => {
  const packages = [{ type: "deb", name: "tar", version: "1" }]
  const sbom = { document: {}, packages }

  test("covers the platforms with an SBOM in both images", () => {
    const platforms = [{ ...deployed("linux/amd64", []), sbom }, deployed("linux/arm64", [])]
    const now = ["linux/amd64", "linux/arm64"].map((platform) => ({ platform, packages: [] }))
    expect(comparePackages(now, { kind: "image", ref, platforms })).toEqual([
      { type: "deb", name: "tar", from: ["1"], to: [], platforms: ["linux/amd64"] },
    ])
  })

  test("is unknown without an SBOM, and without a deployed image", () => {
    const now = [{ platform: "linux/amd64", packages }]
    expect(comparePackages(now, { kind: "image", ref, platforms: [deployed("linux/amd64", [])] })).toBeUndefined()
    expect(comparePackages(now, { kind: "none", reason: "nothing is deployed" })).toBeUndefined()
  })
})
