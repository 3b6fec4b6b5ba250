import { type Directory } from "@dagger.io/dagger"
import { beforeAll, expect, test } from "vitest"
import type { Scan } from "../../src/api/scan.ts"
import { GitlabReport } from "../scan/gitlab-schema.ts"
import { DEBIAN, imageLayout, LODASH } from "./scan-image.ts"
import { testDatabase } from "./scan-options.ts"
import { useEngine } from "./session.ts"
import { slipway } from "./slipway.ts"

useEngine()

// all arguments between image and name keep their defaults; the gate fails, and the reports exist
const NO = undefined
const DEFAULTS = [NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO] as const

let scan: Scan
let report: Directory
beforeAll(async () => {
  const layout = imageLayout({ "linux/amd64": DEBIAN, "linux/arm64": { ...DEBIAN, ...LODASH } })
  scan = await slipway({ vulnerabilityDb: testDatabase() }).scan(layout, ...DEFAULTS, "ghcr.io/acme/app")
  report = scan.reports
})

test("writes all formats from one scan, even if the gate fails", async () => {
  expect((await report.entries()).sort()).toEqual([
    "exceptions.openvex.json",
    "findings.json",
    "findings.sarif",
    "findings.txt",
    "gl-container-scanning-report.json",
    "linux-amd64/",
    "linux-arm64/",
  ])
  for (const platform of ["linux-amd64", "linux-arm64"]) {
    expect((await report.directory(platform).entries()).sort()).toEqual([
      "report.json",
      "report.sarif",
      "sbom.cyclonedx.json",
      "sbom.spdx.json",
      "vuln.cosign.json",
    ])
  }
  expect(await json("findings.json")).toMatchObject({ verdict: "failed" })
})

test.each([
  { path: "linux-arm64/sbom.cyclonedx.json", has: { bomFormat: "CycloneDX" } },
  { path: "linux-arm64/sbom.spdx.json", has: { spdxVersion: "SPDX-2.3" } },
  {
    path: "linux-arm64/vuln.cosign.json",
    has: { scanner: { uri: expect.stringContaining("trivy"), version: "0.74.0" } },
  },
  { path: "linux-arm64/report.sarif", has: { version: "2.1.0" } },
])("writes $path with the packages of its platform", async ({ path, has }) => {
  const document = await json(path)
  expect(document).toMatchObject(has)
  expect(JSON.stringify(document)).toContain("lodash")
  expect(await report.file(path.replace("arm64", "amd64")).contents()).not.toContain("lodash")
})

test("names the platforms of a finding in the merged SARIF and in GitLab's report", async () => {
  const { runs } = await json("findings.sarif")
  const [lodash] = runs[0].results.filter(({ ruleId }: { ruleId: string }) => ruleId === "CVE-2019-10744")
  expect(lodash).toMatchObject({ level: "error", properties: { platforms: ["linux/arm64"] } })

  const { vulnerabilities } = GitlabReport.parse(await json("gl-container-scanning-report.json"))
  expect(vulnerabilities).toHaveLength(3)
  expect(vulnerabilities[0]).toMatchObject({
    severity: "Critical",
    description: "CVE-2019-10744 in lodash 4.17.11 on linux/arm64",
    location: { image: expect.stringMatching(/^ghcr\.io\/acme\/app@sha256:/), operating_system: "debian 12.8" },
  })
})

async function json(path: string) {
  return JSON.parse(await report.file(path).contents())
}
