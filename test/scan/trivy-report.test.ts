import { readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { readTrivyReport } from "../../lib/scan/trivy-report.ts"

// Written by Trivy 0.74.0 over an image with a bit of everything.
const captured = readFileSync(new URL("../fixtures/trivy/report.json", import.meta.url), "utf8")
const image = { architecture: "amd64", os: "linux" }
const bare = { SchemaVersion: 2, Metadata: { ImageConfig: image } }

test("reads the image's platform, distribution and packages", () => {
  expect(readTrivyReport(captured)).toMatchObject({
    architecture: "arm64",
    distribution: "debian 12.8",
    endOfLife: false,
    packages: 4,
  })
})

test("reads findings of every kind", () => {
  const { findings } = readTrivyReport(captured)
  expect(findings.map(({ kind, id, severity, package: name }) => [kind, id, severity, name])).toEqual([
    ["vulnerability", "CVE-2016-2781", "MEDIUM", "coreutils"],
    ["vulnerability", "CVE-2023-2603", "HIGH", "libcap2"],
    ["vulnerability", "CVE-2019-10744", "CRITICAL", "lodash"],
    ["misconfiguration", "DS-0002", "HIGH", "app/Dockerfile"],
    ["misconfiguration", "DS-0026", "LOW", "app/Dockerfile"],
    ["secret", "github-pat", "CRITICAL", "/app/.netrc"],
    ["license", "MIT", "LOW", "ansi-regex"],
    ["license", "MIT", "LOW", "lodash"],
  ])
})

test("reads the file of a library's finding, and none of an OS package's", () => {
  const { findings } = readTrivyReport(captured)
  expect(findings.find(({ package: name }) => name === "lodash")).toMatchObject({
    layer: "library",
    path: "app/node_modules/lodash/package.json",
    installed: "4.17.11",
    fixed: "4.17.12",
    purl: "pkg:npm/lodash@4.17.11",
  })
  expect(findings.find(({ package: name }) => name === "libcap2")).toMatchObject({ layer: "os", path: "" })
})

test("lists what a VEX document suppresses separately from the findings", () => {
  const { suppressed } = readTrivyReport(captured)
  expect(suppressed).toMatchObject([
    {
      finding: { id: "CVE-2021-3807", package: "ansi-regex" },
      reason: "not_affected: vulnerable_code_not_in_execute_path",
      source: "VEX document 1",
    },
  ])
})

test("reads a report without a list of findings", () => {
  expect(readTrivyReport(JSON.stringify(bare))).toEqual({
    architecture: "amd64",
    distribution: "",
    endOfLife: false,
    packages: 0,
    findings: [],
    unlicensed: [],
    suppressed: [],
  })
})

test("reads licences, and the packages that state none", () => {
  const Licenses = [
    { Severity: "LOW", Category: "notice", PkgName: "lodash", Name: "MIT", FilePath: "app/package.json" },
  ]
  const Packages = [
    { Name: "lodash", Licenses: ["MIT"] },
    { Name: "left", Version: "1", FilePath: "app/left.json" },
  ]
  const report = {
    ...bare,
    Results: [
      { Target: "Node.js", Class: "lang-pkgs", Packages },
      { Target: "Node.js", Class: "license", Licenses },
    ],
  }
  const { findings, unlicensed } = readTrivyReport(JSON.stringify(report))
  expect(findings).toMatchObject([
    { kind: "license", id: "MIT", package: "lodash", layer: "library", path: "app/package.json" },
  ])
  expect(unlicensed).toMatchObject([
    { id: "NOASSERTION", severity: "UNKNOWN", package: "left", installed: "1", layer: "library" },
  ])
})

test("reads that the distribution is past its end of life", () => {
  const OS = { Family: "alpine", Name: "3.9.4", EOSL: true }
  const report = { ...bare, Metadata: { ImageConfig: image, OS } }
  expect(readTrivyReport(JSON.stringify(report))).toMatchObject({ distribution: "alpine 3.9.4", endOfLife: true })
})

test.each([
  { name: "text that is not JSON", text: "FATAL error" },
  { name: "another schema", text: JSON.stringify({ ...bare, SchemaVersion: 3 }) },
  { name: "a finding without severity", text: captured.replace('"Severity": "HIGH"', '"Sever": "HIGH"') },
  { name: "an unknown severity", text: captured.replace('"Severity": "HIGH"', '"Severity": "SPICY"') },
])("refuses $name, rather than reading no findings", ({ text }) => {
  expect(() => readTrivyReport(text)).toThrow(/^REPORT_INVALID/)
})
