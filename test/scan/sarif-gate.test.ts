import { readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { assess } from "../../lib/scan/assessment.ts"
import { readSarif } from "../../lib/scan/sarif-gate.ts"
import { rules } from "./sample.ts"

const fixture = (name: string) => readFileSync(new URL(`../fixtures/sarif/${name}.sarif.json`, import.meta.url), "utf8")

describe("SARIF of other scanners", () => {
  test.each([
    {
      name: "docker-scout",
      scanner: "docker scout 1.18.0",
      findings: [
        "HIGH CVE-2023-2603 libcap2 1:2.66-4 1:2.66-4+deb12u1",
        "HIGH CVE-2023-2603 libcap2-bin 1:2.66-4 1:2.66-4+deb12u1",
        "LOW CVE-2016-2781 coreutils 9.1-1 -",
      ],
      suppressed: [],
    },
    {
      name: "snyk-container",
      scanner: "Snyk Container 1.1301.0",
      findings: ["HIGH CVE-2023-2603 libcap2 1:2.66-4 1:2.66-4+deb12u1", "LOW CVE-2005-2541 tar 1.34 -"],
      suppressed: ["CRITICAL CVE-2023-45853: minizip is not built (Snyk Container)"],
    },
    {
      name: "clair",
      scanner: "Clair V4 v0.0.1",
      findings: [
        "HIGH CVE-2023-2603 libcap2 1:2.66-4 1:2.66-4+deb12u1",
        "HIGH CVE-2005-2541 tar 1.34 unknown",
        "MEDIUM RHSA-2022:0892 libarchive 3.3.3-1.el8 0:3.3.3-3.el8_5",
        "HIGH CVE-2021-33503 urllib3 1.25.8 1.26.5",
        "LOW CVE-2018-25032 zlib1g 1:1.2.11 unknown",
      ],
      suppressed: [],
    },
    {
      name: "grype",
      scanner: "Grype 0.121.2",
      findings: [
        "HIGH CVE-2023-2603 libcap2 1:2.66-4 1:2.66-4+deb12u1",
        "CRITICAL CVE-2023-45853 zlib1g 1:1.2.13 -",
        "LOW CVE-2005-2541 tar 1.34 -",
      ],
      suppressed: [],
    },
    {
      name: "trivy",
      scanner: "Trivy 0.74.0",
      findings: [
        "HIGH CVE-2023-2603 libcap2 1:2.66-4 1:2.66-4+deb12u1, 1:2.69-1",
        "HIGH CVE-2023-2603 libcap2-bin 1:2.66-4 1:2.66-4+deb12u1",
        "CRITICAL CVE-2023-45853 zlib1g 1:1.2.13 -",
      ],
      suppressed: [],
    },
  ])("reads severity, version and fix from $name", ({ name, scanner, findings, suppressed }) => {
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

describe("severity of a SARIF result", () => {
  test.each([
    { name: "its score of 9", rule: { properties: { "security-severity": "9.0" } }, is: "CRITICAL" },
    { name: "its score of 7", rule: { properties: { "security-severity": "7.0" } }, is: "HIGH" },
    { name: "its score of 4", rule: { properties: { "security-severity": "4.0" } }, is: "MEDIUM" },
    { name: "its score of 0.1", rule: { properties: { "security-severity": "0.1" } }, is: "LOW" },
    { name: "its property severity", rule: { properties: { severity: "critical" } }, is: "CRITICAL" },
    {
      name: "its level if its severity is unknown",
      rule: { properties: { severity: "toString" } },
      level: "note",
      is: "LOW",
    },
    {
      name: "the severity in Snyk's title",
      rule: { shortDescription: { text: "Critical severity - Overflow vulnerability in zlib" } },
      level: "error",
      is: "CRITICAL",
    },
    {
      name: "the severity in Grype's title, which may be unknown",
      rule: { shortDescription: { text: "CVE-2024-0001 unknown vulnerability for a package" } },
      level: "note",
      is: "UNKNOWN",
    },
    {
      name: "Red Hat's severity in Clair's message",
      message: "a - 1 - RHSA-2024:1: a (Important)",
      rule: {},
      is: "HIGH",
    },
    { name: "its level", rule: {}, level: "error", is: "HIGH" },
    { name: "its rule's level", rule: { defaultConfiguration: { level: "note" } }, is: "LOW" },
    { name: "HIGH for a bare warning", rule: {}, is: "HIGH" },
    { name: "unknown", rule: {}, level: "none", is: "UNKNOWN" },
  ])("is $name", ({ rule, level, message, is }) => {
    const result = { ...(level && { level }), ...(message && { message: { text: message } }) }
    expect(readSarif(sarif(result, rule)).scan.findings[0]?.severity).toBe(is)
  })
})

test("ignores a suppression that is rejected or under review", () => {
  expect(readSarif(sarif({ suppressions: [{ status: "underReview" }] })).scan.findings).toHaveLength(1)
  expect(readSarif(sarif({ suppressions: [{ kind: "inSource" }] })).scan.suppressed).toHaveLength(1)
})

test.each([
  { name: "the CVE in its message", result: { message: { text: "zlib (CVE-2023-45853)" } }, id: "CVE-2023-45853" },
  {
    name: "the CVE that its rule describes",
    rule: { fullDescription: { text: "(CVE-2024-0001) x@1" } },
    id: "CVE-2024-0001",
  },
  { name: "the vendor's advisory", message: "a - 1 - ALAS2-2023-2034: a (important)", id: "ALAS2-2023-2034" },
  { name: "Safety DB's id in Clair's message", message: "jinja2 - 2.10 - pyup.io-37863", id: "pyup.io-37863" },
  {
    name: "Photon's id in Clair's message",
    message: "curl - 7.1-1.ph4 - PHSA-2023-4.0-0321: curl (Important)",
    id: "PHSA-2023-4.0-0321",
  },
  { name: "Safety's newer id in Clair's message", message: "django - 2.0 - PVE-2023-1234", id: "PVE-2023-1234" },
  {
    name: "Clair's advisory if it covers several CVEs",
    message: "a - 1 - pyup.io-1 (CVE-2024-0001, CVE-2024-0002)",
    id: "pyup.io-1",
  },
  { name: "the CVE rather than the vendor's advisory", message: "USN-6000-1 (CVE-2024-0001)", id: "CVE-2024-0001" },
  { name: "the rule's id if there are several CVEs", message: "CVE-2024-0001, CVE-2024-0002", id: "R" },
  { name: "the id of the rule at its ruleIndex", result: { ruleId: undefined, ruleIndex: 0 }, id: "R" },
  { name: "the id of the rule that it references", result: { ruleId: undefined, rule: { id: "R" } }, id: "R" },
])("a finding's id is $name", ({ result = {}, rule = {}, message, id }) => {
  const own = { ...result, ...(message && { message: { text: message } }) }
  expect(readSarif(sarif(own, rule)).scan.findings[0]?.id).toBe(id)
})

test.each([
  { name: "a package that the scanner reports as not fixed", text: "Fixed version  : not fixed", counts: false },
  { name: "a package with an empty fixed version", text: "Fixed Version: \nLink: [a](b)", counts: false },
  { name: "a package with Grype's fix version", text: "Fix Version: 1.2\n", counts: true },
  { name: "a result without information about a fix", text: "a hole", counts: true },
])("counts with ignoreUnfixed $name: $counts", ({ text, counts }) => {
  const { scanner, scan } = readSarif(sarif({ message: { text }, level: "error" }))
  const outcome = assess([scan], { scanner, rules: rules({ ignoreUnfixed: true }), exceptions: [], now: new Date() })
  expect(outcome.verdict).toBe(counts ? "failed" : "passed")
})

test.each([{ kind: "pass" }, { kind: "notApplicable" }, { kind: "informational" }, { baselineState: "absent" }])(
  "reads no finding from %j",
  (result) => {
    expect(readSarif(sarif(result)).scan.findings).toEqual([])
    expect(readSarif(sarif({ kind: "review" })).scan.findings).toHaveLength(1)
  },
)
