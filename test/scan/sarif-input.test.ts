import { readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { readSarif } from "../../src/scan/sarif-input.ts"

const fixture = (name: string) => readFileSync(new URL(`../fixtures/sarif/${name}.sarif.json`, import.meta.url), "utf8")

describe("what another scanner found", () => {
  test.each([
    {
      name: "docker-scout",
      scanner: "docker scout 1.18.0",
      findings: ["HIGH CVE-2023-2603 libcap2 1:2.66-4 1:2.66-4+deb12u1", "LOW CVE-2016-2781 coreutils 9.1-1 -"],
      suppressed: [],
    },
    {
      name: "snyk-container",
      scanner: "Snyk Container 1.1301.0",
      findings: ["HIGH SNYK-DEBIAN12-LIBCAP2-5537069 Dockerfile - -"],
      suppressed: ["CRITICAL CVE-2023-45853: minizip is not built (Snyk Container)"],
    },
    {
      name: "clair",
      scanner: "Clair 4.8.0",
      findings: ["HIGH CVE-2023-2603 - - -", "LOW CVE-2024-0001 - - -"],
      suppressed: [],
    },
  ])("$name: by its own word on severity, version and fix", ({ name, scanner, findings, suppressed }) => {
    const read = readSarif(fixture(name))
    expect(`${read.scanner.name} ${read.scanner.version}`).toBe(scanner)
    const lines = read.scan.findings.map(({ severity, id, package: what, installed, fixed }) =>
      [severity, id, what || "-", installed || "-", fixed || "-"].join(" "),
    )
    expect(lines).toEqual(findings)
    const excepted = read.scan.suppressed.map(
      ({ finding: { severity, id }, reason, source }) => `${severity} ${id}: ${reason} (${source})`,
    )
    expect(excepted).toEqual(suppressed)
  })
})

const sarif = (result: object, rule: object = {}) =>
  JSON.stringify({
    version: "2.1.0",
    runs: [{ tool: { driver: { name: "s", rules: [{ id: "R", ...rule }] } }, results: [{ ruleId: "R", ...result }] }],
  })

describe("the severity of a finding", () => {
  test.each([
    { name: "its score of 9", rule: { properties: { "security-severity": "9.0" } }, is: "CRITICAL" },
    { name: "its score of 7", rule: { properties: { "security-severity": "7.0" } }, is: "HIGH" },
    { name: "its score of 4", rule: { properties: { "security-severity": "4.0" } }, is: "MEDIUM" },
    { name: "its score of 0.1", rule: { properties: { "security-severity": "0.1" } }, is: "LOW" },
    { name: "its word", rule: { properties: { severity: "critical" } }, is: "CRITICAL" },
    {
      name: "a word that is none, so its level",
      rule: { properties: { severity: "toString" } },
      level: "note",
      is: "LOW",
    },
    { name: "its level", rule: {}, level: "error", is: "HIGH" },
    { name: "HIGH where only a warning is given, which says nothing", rule: {}, is: "HIGH" },
    { name: "unknown", rule: {}, level: "none", is: "UNKNOWN" },
  ])("is $name", ({ rule, level, is }) => {
    expect(readSarif(sarif({ ...(level && { level }) }, rule)).scan.findings[0]?.severity).toBe(is)
  })
})

test("a suppression that was rejected or is under review counts for nothing", () => {
  expect(readSarif(sarif({ suppressions: [{ status: "underReview" }] })).scan.findings).toHaveLength(1)
  expect(readSarif(sarif({ suppressions: [{ kind: "inSource" }] })).scan.suppressed).toHaveLength(1)
})

test.each([
  "",
  "[]",
  '{"version":"2.0.0","runs":[]}',
  '{"version":"2.1.0","runs":[]}',
  '{"version":"2.1.0","runs":[{}]}',
])("%j is no SARIF, which is not the same as no findings", (text) =>
  expect(() => readSarif(text)).toThrow(/REPORT_INVALID/),
)
