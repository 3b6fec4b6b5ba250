import { expect, test } from "vitest"
import { contentsOf, fixedFindings } from "../../lib/bases/fixes.ts"
import type { Digest } from "../../lib/oci/reference.ts"
import type { MergedFinding } from "../../lib/scan/finding.ts"
import { Severity } from "../../src/enums.ts"

const [amd64, arm64] = ["linux/amd64", "linux/arm64"]
const PLATFORMS = [{ platform: amd64 }, { platform: arm64 }]

function finding(id: string, fields: Partial<MergedFinding> = {}): MergedFinding {
  return {
    ...{ kind: "vulnerability", id, severity: Severity.HIGH, package: "libcap2", installed: "2.66-4", fixed: "" },
    ...{ path: "", layer: "os", purl: "pkg:deb/debian/libcap2@2.66-4?arch=amd64", title: "", url: "" },
    ...{ platforms: [amd64, arm64] },
    ...fields,
  }
}

const scan = (...findings: MergedFinding[]) => ({ platforms: PLATFORMS, findings, suppressed: [] })
const inBoth = new Map([amd64, arm64].map((platform) => [platform, new Set(["pkg:deb/debian/libcap2@2.66-4"])]))

test("a finding that the newer base does not have is fixed, on each platform by itself", () => {
  const after = scan(finding("CVE-1", { platforms: [arm64] }), finding("CVE-2", { installed: "2.66-5" }))
  const fixed = fixedFindings({ before: scan(finding("CVE-1"), finding("CVE-2")), after, contents: inBoth })
  expect(fixed).toMatchObject([{ id: "CVE-1", platforms: [amd64] }])
})

test("a finding that a VEX document suppresses in the newer base is not fixed", () => {
  const after = { ...scan(), suppressed: [{ finding: finding("CVE-1"), reason: "", source: "" }] }
  expect(fixedFindings({ before: scan(finding("CVE-1")), after, contents: inBoth })).toEqual([])
})

test("a package that is not in the release has no findings there, and one without an address counts", () => {
  const other = finding("CVE-1", { purl: "pkg:deb/debian/gcc@12" })
  const unnamed = finding("CVE-2", { purl: "" })
  const older = finding("CVE-3", { purl: "pkg:deb/debian/libcap2@2.66-3" })
  const fixed = fixedFindings({ before: scan(other, unnamed, older), after: scan(), contents: inBoth })
  expect(fixed.map(({ id }) => id)).toEqual(["CVE-2"])
})

test("every finding counts on a platform whose packages are not known", () => {
  const contents = new Map([[amd64, new Set<string>()]])
  const fixed = fixedFindings({ before: scan(finding("CVE-1")), after: scan(), contents })
  expect(fixed).toMatchObject([{ id: "CVE-1", platforms: [arm64] }])
})

test("the packages of a release are those of its attested SBOM, without qualifiers", () => {
  const purl = "pkg:deb/debian/libcap2@2.66-4?arch=amd64&distro=debian-12"
  const document = { bomFormat: "CycloneDX", components: [{ type: "library", name: "libcap2", purl }] }
  const report = { platform: amd64, digest: `sha256:${"0a".repeat(32)}` as Digest, faults: [] }
  const contents = contentsOf([
    { ...report, sbom: { document, packages: [] } },
    { ...report, platform: arm64, faults: ["none"] },
  ])
  expect([...contents]).toEqual([[amd64, new Set(["pkg:deb/debian/libcap2@2.66-4"])]])
})
