import { readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { readGrypeFacts, readGrypeReport, readGrypeRiskLists } from "../../lib/scan/grype-report.ts"

// Written by Grype 0.121.2 over the image that test/fixtures/trivy/report.json is about.
const captured = fixture("report.json")

test("reads the image's platform and distribution", () => {
  expect(readGrypeReport(captured)).toMatchObject({
    architecture: "arm64",
    distribution: "debian 12.8",
    endOfLife: false,
    packages: undefined,
  })
})

test("reads a finding into the fields that all scanners share", () => {
  const { findings } = readGrypeReport(captured)
  expect(findings.map(({ id, severity, package: name, fixed }) => [id, severity, name, fixed])).toEqual([
    ["CVE-2019-10744", "CRITICAL", "lodash", "4.17.12"],
    ["CVE-2023-2603", "HIGH", "libcap2", "1:2.66-99"],
    ["CVE-2016-2781", "LOW", "coreutils", ""],
  ])
  expect(findings.map(({ layer, path }) => [layer, path])).toEqual([
    ["library", "app/node_modules/lodash/package.json"],
    ["os", ""],
    ["os", ""],
  ])
})

test("reads what the database knows about exploits", () => {
  const report = JSON.parse(captured)
  const [first, second] = report.matches
  Object.assign(first.vulnerability, {
    knownExploited: [{ cve: "CVE-2019-10744" }],
    epss: [{ epss: 0.2 }, { epss: 0.9 }],
  })
  Object.assign(second.vulnerability, { epss: [{ epss: 0.1 }] })
  const known = readGrypeReport(JSON.stringify(report)).findings.map(({ kev, epss }) => [kev, epss])
  expect(known).toEqual([
    [true, 0.9],
    [undefined, 0.1],
    [undefined, undefined],
  ])
})

test.each([
  { name: "both lists", text: '[{"name":"nvd"},{"name":"epss"},{"name":"kev"}]', lists: ["kev", "epss"] },
  { name: "an older database", text: '[{"name":"nvd"}]', lists: [] },
])("reads which lists of exploits the database has: $name", ({ text, lists }) => {
  expect(readGrypeRiskLists(text)).toEqual(lists)
})

test("refuses sources of another shape, rather than reading no list", () => {
  expect(() => readGrypeRiskLists("no database")).toThrow(/^REPORT_INVALID: expected grype db providers' JSON/)
})

test("lists what a VEX document suppresses separately from the findings", () => {
  const { findings, suppressed } = readGrypeReport(fixture("report-with-vex.json"))
  expect(findings.map(({ package: name }) => name)).not.toContain("lodash")
  expect(suppressed).toMatchObject([{ finding: { id: "CVE-2019-10744" }, reason: "not_affected" }])
})

test("ignores matches that Grype itself ignores, without a suppression", () => {
  const text = fixture("report-with-vex.json").replace('"namespace": "vex"', '"namespace": "debian:distro:debian:12"')
  expect(readGrypeReport(text).suppressed).toEqual([])
})

test("reads that the distribution is past its end of life", () => {
  const alertsByPackage = [{ alerts: [{ type: "distro-eol" }] }]
  expect(readGrypeReport(JSON.stringify({ ...JSON.parse(captured), alertsByPackage })).endOfLife).toBe(true)
})

test("refuses a report of another shape, rather than reading no findings", () => {
  expect(() => readGrypeReport('{"matches":null}')).toThrow(/^REPORT_INVALID: expected Grype's JSON report/)
})

test("reads Grype's version and the age of its database", () => {
  const now = new Date("2026-11-25T17:30:25Z")
  expect(readGrypeFacts({ version: fixture("version.json"), status: fixture("db-status.json"), now })).toMatchObject({
    name: "Grype",
    version: "0.121.2",
    looksFor: ["vuln"],
    database: { updatedAt: "2026-11-25T05:30:25Z", age: 12 },
  })
})

function fixture(name: string): string {
  return readFileSync(new URL(`../fixtures/grype/${name}`, import.meta.url), "utf8")
}
