import { randomUUID } from "node:crypto"
import { type Directory, dag, type File } from "@dagger.io/dagger"
import { beforeAll, expect, test } from "vitest"
import { readCycloneDx } from "../../lib/scan/baseline/packages.ts"
import { readVulnerabilityReport } from "../../lib/scan/baseline/vulnerability-report.ts"
import { reportDirectory, type ScanOptions, type ScanOutcome, scanLayout } from "../../lib/scan/scan-layout.ts"
import { requireShipped, ship } from "../../lib/ship/ship.ts"
import { PREDICATE_TYPES } from "../../lib/sign/verification.ts"
import { Scanner } from "../../src/enums.ts"
import { grypeDatabase } from "./grype-database.ts"
import { DEBIAN, imageLayout, LODASH } from "./scan-image.ts"
import { scanOptions } from "./scan-options.ts"
import { useEngine } from "./session.ts"
import { shipHere } from "./ship-options.ts"

useEngine()

let options: ScanOptions
let layout: Directory
let outcome: ScanOutcome
beforeAll(async () => {
  options = { ...scanOptions(undefined), scanner: Scanner.GRYPE }
  options.databases = { TRIVY: undefined, GRYPE: grypeDatabase() }
  layout = imageLayout({ "linux/amd64": DEBIAN, "linux/arm64": { ...DEBIAN, ...LODASH } })
  outcome = await scanLayout(layout, options)
})

test("judges Grype's findings by the same gate", () => {
  expect(outcome.verdict).toBe("failed")
  expect(outcome.failing.map(({ id, package: name, platforms }) => [id, name, platforms])).toEqual([
    // its database knows that the first is exploited
    ["CVE-2023-2603", "libcap2", ["linux/amd64", "linux/arm64"]],
    ["CVE-2019-10744", "lodash", ["linux/arm64"]],
  ])
})

test("reports Grype, its database, and the kinds of finding that it does not look for", () => {
  expect(outcome.scanner).toMatchObject({ name: "Grype", database: { updatedAt: "2026-11-25T05:30:25Z" } })
  expect(outcome.warnings).toContain("Grype does not look for secret")
})

test("writes Grype's formats from one scan", async () => {
  const report = reportDirectory(outcome, "ghcr.io/acme/app").directory("linux-arm64")
  const json = async (path: string) => JSON.parse(await report.file(path).contents())
  expect(await json("sbom.cyclonedx.json")).toMatchObject({ bomFormat: "CycloneDX" })
  expect(await json("report.sarif")).toMatchObject({ version: "2.1.0" })
  expect(await json("vuln.cosign.json")).toMatchObject({
    scanner: { uri: "https://github.com/anchore/grype", result: { matches: expect.any(Array) } },
  })
})

test("writes a report and an SBOM that a later release compares with", async () => {
  const [, arm] = outcome.files
  const text = async (name: string) => (await arm?.formats[name]?.contents()) ?? ""
  const report = readVulnerabilityReport(JSON.parse(await text("vuln.cosign.json")))
  expect(report.scanner).toBe("Grype")
  expect(report.findings.map(({ id }) => id)).toEqual(expect.arrayContaining(["CVE-2023-2603", "CVE-2019-10744"]))
  const packages = readCycloneDx(await text("sbom.cyclonedx.json"))
  expect(packages).toContainEqual({ type: "deb", name: "libcap2", version: "1:2.66-4" })
  expect(packages).toContainEqual({ type: "npm", name: "lodash", version: "4.17.11" })
  expect(packages).toContainEqual(expect.objectContaining({ type: "os", name: "debian" }))
})

test("suppresses a finding by an OpenVEX document", async () => {
  const product = { products: [{ "@id": "pkg:npm/lodash@4.17.11" }] }
  const vex = openVex([{ vulnerability: { name: "CVE-2019-10744" }, ...product, status: "fixed" }])
  const { suppressed } = await scanLayout(layout, { ...options, vex: [vex] })
  expect(suppressed).toMatchObject([{ finding: { id: "CVE-2019-10744" }, reason: "fixed" }])
})

test("reports an unreachable mirror of Grype as SCANNER_FAILED, with its address", async () => {
  const mirror = `http://127.0.0.1:9/${randomUUID()}/latest.json`
  const unreachable = { ...options, databases: { TRIVY: undefined, GRYPE: undefined }, dbRepositories: [mirror] }
  await expect(scanLayout(layout, { ...unreachable, downloadPauses: [10] })).rejects.toThrow(
    `SCANNER_FAILED: expected Grype to complete, got from ${mirror}: `,
  )
})

test("attests Grype's formats in a release, and verifies the release by them", async () => {
  const source = dag.directory().withNewFile("Dockerfile", "FROM scratch\nCOPY Dockerfile /\n")
  const shipping = await shipHere({ tags: ["v1"] }, dag.directory(), {
    settings: { test: false, scan: { scanner: "GRYPE" } },
  })
  shipping.scan.databases = options.databases
  const { record } = requireShipped(await ship(source, shipping))
  const { spdxjson, cyclonedx, vuln } = PREDICATE_TYPES
  const types = record.attestations?.map(({ type }) => type)
  expect(types).toEqual(expect.arrayContaining([cyclonedx, vuln]))
  expect(types).not.toContain(spdxjson)
  expect(record).toMatchObject({ ok: true, scan: { scanner: { name: "Grype" } }, tools: { grype: expect.any(String) } })
})

function openVex(statements: object[]): File {
  const head = { "@context": "https://openvex.dev/ns/v0.2.0", "@id": "urn:test", author: "test", version: 1 }
  const text = JSON.stringify({ ...head, timestamp: "2026-01-01T00:00:00Z", statements })
  return dag.directory().withNewFile("vex.json", text).file("vex.json")
}
