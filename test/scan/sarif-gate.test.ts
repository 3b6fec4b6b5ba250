import { readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { assess } from "../../lib/scan/assessment.ts"
import { readSarif } from "../../lib/scan/sarif-gate.ts"
import { rules } from "./sample.ts"

const fixture = (name: string) => readFileSync(new URL(`../fixtures/sarif/${name}.sarif.json`, import.meta.url), "utf8")

describe("what another scanner found", () => {
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
    {
      name: "Snyk's word, in its title",
      rule: { shortDescription: { text: "Critical severity - Overflow vulnerability in zlib" } },
      level: "error",
      is: "CRITICAL",
    },
    {
      name: "Grype's word, which may be that it does not know",
      rule: { shortDescription: { text: "CVE-2024-0001 unknown vulnerability for a package" } },
      level: "note",
      is: "UNKNOWN",
    },
    { name: "Red Hat's word, through Clair", message: "a - 1 - RHSA-2024:1: a (Important)", rule: {}, is: "HIGH" },
    { name: "its level", rule: {}, level: "error", is: "HIGH" },
    { name: "its rule's level", rule: { defaultConfiguration: { level: "note" } }, is: "LOW" },
    { name: "HIGH where only a warning is given, which says nothing", rule: {}, is: "HIGH" },
    { name: "unknown", rule: {}, level: "none", is: "UNKNOWN" },
  ])("is $name", ({ rule, level, message, is }) => {
    const result = { ...(level && { level }), ...(message && { message: { text: message } }) }
    expect(readSarif(sarif(result, rule)).scan.findings[0]?.severity).toBe(is)
  })
})

test("a suppression that was rejected or is under review counts for nothing", () => {
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
  { name: "its vendor's own", message: "a - 1 - ALAS2-2023-2034: a (important)", id: "ALAS2-2023-2034" },
  { name: "Safety DB's, through Clair", message: "jinja2 - 2.10 - pyup.io-37863", id: "pyup.io-37863" },
  {
    name: "Photon's, through Clair",
    message: "curl - 7.1-1.ph4 - PHSA-2023-4.0-0321: curl (Important)",
    id: "PHSA-2023-4.0-0321",
  },
  { name: "Safety's newer one, through Clair", message: "django - 2.0 - PVE-2023-1234", id: "PVE-2023-1234" },
  {
    name: "Clair's word where it stands for several CVEs",
    message: "a - 1 - pyup.io-1 (CVE-2024-0001, CVE-2024-0002)",
    id: "pyup.io-1",
  },
  { name: "the CVE rather than its vendor's", message: "USN-6000-1 (CVE-2024-0001)", id: "CVE-2024-0001" },
  { name: "its own name when there are several", message: "CVE-2024-0001, CVE-2024-0002", id: "R" },
  { name: "that of the rule that it names by number", result: { ruleId: undefined, ruleIndex: 0 }, id: "R" },
  { name: "that of the rule that it points at", result: { ruleId: undefined, rule: { id: "R" } }, id: "R" },
])("a finding's id is $name", ({ result = {}, rule = {}, message, id }) => {
  const own = { ...result, ...(message && { message: { text: message } }) }
  expect(readSarif(sarif(own, rule)).scan.findings[0]?.id).toBe(id)
})

test.each([
  { name: "a package that its scanner calls unfixed", text: "Fixed version  : not fixed", counts: false },
  { name: "a package whose line of the fix is empty", text: "Fixed Version: \nLink: [a](b)", counts: false },
  { name: "a package whose fix is named in Grype's words", text: "Fix Version: 1.2\n", counts: true },
  { name: "one of which it does not say whether a release fixes it", text: "a hole", counts: true },
])("ignoring what has no fix, $name counts: $counts", ({ text, counts }) => {
  const { scanner, scan } = readSarif(sarif({ message: { text }, level: "error" }))
  const outcome = assess([scan], { scanner, rules: rules({ ignoreUnfixed: true }), exceptions: [], now: new Date() })
  expect(outcome.verdict).toBe(counts ? "failed" : "passed")
})

test.each([{ kind: "pass" }, { kind: "notApplicable" }, { kind: "informational" }, { baselineState: "absent" }])(
  "%j is no finding",
  (result) => {
    expect(readSarif(sarif(result)).scan.findings).toEqual([])
    expect(readSarif(sarif({ kind: "review" })).scan.findings).toHaveLength(1)
  },
)
