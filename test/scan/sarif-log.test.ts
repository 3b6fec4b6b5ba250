import { describe, expect, test } from "vitest"
import { packagesOf, parseSarif } from "../../lib/scan/sarif-log.ts"

describe("sarif log", () => {
  const run = (own: object) =>
    JSON.stringify({ version: "2.1.0", runs: [{ tool: { driver: { name: "Scanner" } }, results: [], ...own }] })

  test("reads a run without results", () => {
    expect(parseSarif(run({ invocations: [{ executionSuccessful: true }] }))).toMatchObject([{ results: [] }])
  })

  describe("a failed run", () => {
    const noDatabase = { level: "error", message: { text: "no vulnerability database" } }
    test.each([
      {
        name: "has executionSuccessful: false",
        invocation: { executionSuccessful: false },
        got: "a report with executionSuccessful: false",
      },
      {
        name: "describes its exit code",
        invocation: { executionSuccessful: false, exitCodeDescription: "database download timed out" },
        got: "database download timed out",
      },
      {
        name: "reports an error although it claims success",
        invocation: { executionSuccessful: true, toolExecutionNotifications: [noDatabase] },
        got: '"no vulnerability database"',
      },
      {
        name: "reports a configuration error",
        invocation: { toolConfigurationNotifications: [noDatabase] },
        got: '"no vulnerability database"',
      },
    ])("is refused if it $name", ({ invocation, got }) => {
      expect(() => parseSarif(run({ invocations: [invocation] }))).toThrow(
        `SCANNER_FAILED: expected a report of a completed run of Scanner, got ${got}. Run the scanner again`,
      )
    })

    test("is refused as the second of two runs", () => {
      const runs = [{}, { invocations: [{ executionSuccessful: false }] }].map((own) => JSON.parse(run(own)).runs[0])
      expect(() => parseSarif(JSON.stringify({ version: "2.1.0", runs }))).toThrow(/^SCANNER_FAILED/)
    })

    test("is not one that reports a warning", () => {
      const invocations = [{ toolExecutionNotifications: [{ level: "warning", message: { text: "slow" } }] }]
      expect(parseSarif(run({ invocations }))).toHaveLength(1)
    })
  })

  test.each([
    { name: "an empty file", text: "", got: "an empty report" },
    {
      name: "an error message of a scanner",
      text: "FATAL: no database\n",
      got: 'text that is not JSON: "FATAL: no database"',
    },
    { name: "a list", text: "[]", got: "Invalid input: expected object" },
    { name: "another version", text: '{"version":"2.0.0","runs":[]}', got: '✖ Invalid input: expected "2.1.0"' },
    { name: "a log without runs", text: '{"version":"2.1.0","runs":[]}', got: "Too small" },
    { name: "a run without a tool", text: '{"version":"2.1.0","runs":[{}]}', got: "Invalid input: expected object" },
    {
      name: "a run without a list of results",
      text: run({ results: undefined }),
      got: "Invalid input: expected array",
    },
    { name: "a result without a rule", text: run({ results: [{}] }), got: "a result without a rule" },
  ])("refuses $name, rather than reading no findings", ({ text, got }) => {
    expect(() => parseSarif(text)).toThrow(/^REPORT_INVALID: expected SARIF 2\.1\.0, got /)
    expect(() => parseSarif(text)).toThrow(got)
  })
})

describe("sarif package", () => {
  const read = (result: object, rule: object = {}) => {
    const driver = { name: "s", rules: [{ id: "R", ...rule }] }
    const [run] = parseSarif(
      JSON.stringify({ version: "2.1.0", runs: [{ tool: { driver }, results: [{ ruleId: "R", ...result }] }] }),
    )
    if (!run?.results[0]) throw new Error("no result")
    return packagesOf(run.results[0], run.tool.driver.rules[0]).map(
      ({ package: name, installed }) => `${name} ${installed}`,
    )
  }
  const purls = {
    properties: { purls: ["pkg:deb/debian/libcap2@1%3A2.66-4?os_version=12", "pkg:npm/%40acme/lib@1.0.0"] },
  }
  const place = (name: string) => ({ locations: [{ logicalLocations: [{ fullyQualifiedName: name }] }] })

  test.each([
    { name: "all purls of its rule", result: {}, rule: purls, packages: ["libcap2 1:2.66-4", "lib 1.0.0"] },
    {
      name: "the one purl of its rule",
      result: {},
      rule: { properties: { purl: "pkg:golang/stdlib@1.20" } },
      packages: ["stdlib 1.20"],
    },
    {
      name: "its purls rather than those of its rule",
      result: { properties: { purls: ["pkg:npm/a@1", "pkg:npm/b@2", "pkg:npm/a@1"] } },
      rule: purls,
      packages: ["a 1", "b 2"],
    },
    {
      name: "the purl in its message",
      result: { message: { text: "Package : pkg:npm/a@1 (dev)" } },
      rule: purls,
      packages: ["a 1"],
    },
    { name: "the purl in its location", result: place("pkg:npm/a@1"), rule: {}, packages: ["a 1"] },
    {
      name: "the name and version in its location",
      result: place("@acme/lib@1:2.0"),
      rule: {},
      packages: ["@acme/lib 1:2.0"],
    },
    {
      name: "the name and version in Clair's message",
      result: { message: { text: "tar - 1.34 - CVE-2005-2541" } },
      rule: {},
      packages: ["tar 1.34"],
    },
    {
      name: "the package and version in its message rather than in its rule",
      result: { message: { text: "Package: org.acme:lib\nInstalled Version: 1.0\nSeverity: HIGH" } },
      rule: { help: { text: "Package: other\nVersion: 2" } },
      packages: ["org.acme:lib 1.0"],
    },
    {
      name: "the package and version in its rule",
      result: place("app:1@sha256:abcd:/lib/x"),
      rule: { help: { text: "Severity: low\nPackage: zlib\nVersion: 1.2\nFix Version: " } },
      packages: ["zlib 1.2"],
    },
    {
      name: "no package if its rule covers several",
      result: {},
      rule: { help: { text: "Package: zlib\nFixed Version: 1.2" } },
      packages: [],
    },
    {
      name: "no package if its location is an image",
      result: place("app:1@sha256:abcd:/lib/x"),
      rule: {},
      packages: [],
    },
    {
      name: "the name and version before the vendor's text in Clair's message",
      result: { message: { text: "libarchive - 3.3.3-1.el8 - RHSA-2022:0892: libarchive security update (Moderate)" } },
      rule: {},
      packages: ["libarchive 3.3.3-1.el8"],
    },
    {
      name: "no package if it names none",
      result: { message: { text: "bad - very bad - really so" }, ...place("main") },
      rule: {},
      packages: [],
    },
    {
      name: "a purl with an invalid escape, unchanged",
      result: {},
      rule: { properties: { purl: "pkg:npm/a%ZZ@1" } },
      packages: ["a%ZZ 1"],
    },
  ])("reads from a result $name", ({ result, rule, packages }) => {
    expect(read(result, rule)).toEqual(packages)
  })
})
