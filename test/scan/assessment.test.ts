import { describe, expect, test } from "vitest"
import { assess, judge, requireRules } from "../../lib/scan/assessment.ts"
import type { Finding } from "../../lib/scan/finding.ts"
import { Severity } from "../../src/enums.ts"
import { deployedImage, exception, finding, imageScan, merged, rules, scanner } from "./sample.ts"

describe("assess", () => {
  const now = new Date("2026-11-25T12:00:00Z")
  const input = { scanner, rules: rules(), exceptions: [], now }
  const libc = finding({ id: "CVE-1", package: "libc6", layer: "os", severity: Severity.LOW })

  test("counts packages without a licence only with a list of allowed ones", () => {
    const unlicensed = [finding({ kind: "license", id: "NOASSERTION", severity: Severity.UNKNOWN })]
    const failing = (licenses?: { allow: string[]; deny: string[] }) =>
      assess([imageScan({ unlicensed })], { ...input, rules: rules(licenses && { licenses }) }).failing
    expect(failing({ allow: ["MIT"], deny: [] })).toMatchObject([{ id: "NOASSERTION" }])
    expect(failing({ allow: [], deny: ["MIT"] })).toEqual([])
    expect(failing()).toEqual([])
  })

  test("counts the findings of each platform, and judges all platforms as one release", () => {
    const scans = [imageScan({ findings: [libc] }), imageScan({ platform: "linux/arm64", findings: [libc, finding()] })]
    const { verdict, failing, platforms } = assess(scans, input)
    expect(verdict).toBe("failed")
    expect(failing).toMatchObject([{ id: "CVE-2019-10744", platforms: ["linux/arm64"] }])
    expect(platforms.map(({ findings }) => [findings.CRITICAL, findings.LOW])).toEqual([
      [0, 1],
      [1, 1],
    ])
  })

  test("refuses to pass without a scan", () => {
    expect(() => assess([], input)).toThrow("LAYOUT_INVALID: expected at least one platform's image to scan, got none")
  })

  test("ignores findings in package types that the rules leave out, but never those in files", () => {
    const secret = finding({ kind: "secret", id: "github-pat", layer: "file" })
    const scans = [imageScan({ findings: [libc, finding(), secret] })]
    const { findings } = assess(scans, { ...input, rules: rules({ pkgTypes: ["os"] }) })
    expect(findings.map(({ id }) => id)).toEqual(["github-pat", "CVE-1"])
  })

  test("removes an excepted finding from the findings, the counts and the verdict", () => {
    const outcome = assess([imageScan({ findings: [finding()] })], { ...input, exceptions: [exception()] })
    expect(outcome).toMatchObject({ verdict: "passed", findings: [], suppressed: [{ source: "sec@acme.example" }] })
    expect(outcome.platforms[0]?.findings.CRITICAL).toBe(0)
  })

  test("ends an exception at the start of its expiry date, in UTC", () => {
    const scans = [imageScan({ findings: [finding()] })]
    const until = (expires: string) => assess(scans, { ...input, exceptions: [exception({ expires })] }).verdict
    expect(until("2026-11-26")).toBe("passed")
    expect(until("2026-11-25")).toBe("failed")
  })

  test("lists what a VEX document suppresses with its platform", () => {
    const suppressed = [{ finding: finding(), reason: "not_affected", source: "VEX document 1" }]
    expect(assess([imageScan({ suppressed })], input).suppressed).toMatchObject([
      { finding: { platforms: ["linux/amd64"] }, reason: "not_affected" },
    ])
  })

  test.each([
    { name: "a normal image", scans: [imageScan()], own: {}, warning: undefined },
    {
      name: "an old database",
      scans: [imageScan()],
      own: { scanner: { ...scanner, database: { updatedAt: "x", age: 200 } } },
      warning: "the vulnerability database is 8 days old; set maxDbAge to limit its age",
    },
    {
      name: "a scanner that does not look for everything",
      scans: [imageScan({ packages: undefined })],
      own: {
        scanner: { ...scanner, name: "Grype", looksFor: ["vuln"] },
        rules: rules({ scanners: ["vuln", "secret"] }),
      },
      warning: "Grype does not look for secret",
    },
    {
      name: "no database",
      scans: [imageScan()],
      own: { scanner: { ...scanner, database: undefined } },
      warning: "the scanner has no vulnerability database",
    },
    {
      name: "a base at its end of life",
      scans: [imageScan({ endOfLife: true })],
      own: {},
      warning: "debian 12.8 on linux/amd64 is past its end of life",
    },
    {
      name: "an image without distribution and packages",
      scans: [imageScan({ distribution: "", packages: 0 })],
      own: {},
      warning:
        "linux/amd64 has no distribution and no packages that the scanner knows, so the scan could not find anything",
    },
    { name: "a static binary", scans: [imageScan({ distribution: "", packages: 3 })], own: {}, warning: undefined },
  ])("warns about $name: $warning", ({ scans, own, warning }) => {
    expect(assess(scans, { ...input, ...own }).warnings).toEqual(warning ? [warning] : [])
  })
})

describe("gate", () => {
  const high = merged({ severity: Severity.HIGH })
  const unfixed = merged({ severity: Severity.HIGH, fixed: "" })
  const secret = merged({ kind: "secret", fixed: "" })
  const ended = [{ platform: "linux/amd64", distribution: "alpine 3.9.4" }]

  test.each([
    { name: "fails at the threshold", findings: [high], own: {}, passed: false },
    { name: "passes below the threshold", findings: [high], own: { threshold: Severity.CRITICAL }, passed: true },
    { name: "fails on an unfixed finding", findings: [unfixed], own: {}, passed: false },
    {
      name: "passes with an unfixed finding if ignoreUnfixed is set",
      findings: [unfixed],
      own: { ignoreUnfixed: true },
      passed: true,
    },
    {
      name: "fails on a secret even if ignoreUnfixed is set",
      findings: [secret],
      own: { ignoreUnfixed: true },
      passed: false,
    },
    { name: "passes without findings", findings: [], own: {}, passed: true },
  ])("$name", ({ findings, own, passed }) => {
    const verdict = judge(findings, [], rules(own))
    expect(verdict).toMatchObject({ passed, failing: passed ? [] : findings })
  })

  test.each([
    { failOnEndOfLife: false, passed: true, endOfLife: [] },
    { failOnEndOfLife: true, passed: false, endOfLife: ended },
  ])(
    "judges a distribution past its end of life with failOnEndOfLife $failOnEndOfLife as passed: $passed",
    ({ failOnEndOfLife, ...verdict }) => {
      expect(judge([], ended, rules({ failOnEndOfLife }))).toEqual({ failing: [], ...verdict })
    },
  )

  test.each([
    {
      name: "a mistyped scanner",
      own: { scanners: ["vulns"] },
      message: 'scanners out of vuln, secret, misconfig, license, got "vulns". Did you mean vuln?',
    },
    {
      name: "no scanner",
      own: { scanners: [] },
      message: "scanners out of vuln, secret, misconfig, license, got none. Name at least one",
    },
    {
      name: "an unknown package type",
      own: { pkgTypes: ["os", "firmware"] },
      message: 'pkgTypes out of os, library, got "firmware"',
    },
    { name: "a negative age", own: { maxDbAge: -1 }, message: "maxDbAge in hours, or 0 for any age, got -1" },
  ])("refuses $name, which would scan nothing and pass", ({ own, message }) => {
    expect(() => requireRules(rules(own))).toThrow(`OPTIONS_INVALID: expected ${message}`)
  })
})

describe("a gate for new findings", () => {
  const now = new Date("2026-11-25T12:00:00Z")
  const old = finding({ id: "CVE-1" })
  const fresh = finding({ id: "CVE-2" })
  const exploited = finding({ id: "CVE-0", severity: Severity.LOW, kev: true })
  const scans = [imageScan({ findings: [old, fresh, exploited] })]
  const { ref, baseline } = deployedImage([old, exploited])
  const run = (own: Partial<Parameters<typeof assess>[1]> = {}) =>
    assess(scans, { scanner, rules: rules({ onlyNew: true }), exceptions: [], now, baseline, ...own })
  const failing = (own: Parameters<typeof run>[0]) => run(own).failing.map(({ id }) => id)

  test.each<{ name: string; own: Parameters<typeof run>[0]; ids: string[] }>([
    { name: "the finding that the deployed image does not have", own: {}, ids: ["CVE-2"] },
    { name: "every finding where it is not asked for", own: { rules: rules() }, ids: ["CVE-1", "CVE-2"] },
    { name: "every finding outside of ship", own: { baseline: undefined }, ids: ["CVE-1", "CVE-2"] },
    {
      name: "every finding without a deployed image",
      own: { baseline: { kind: "none", reason: "nothing is deployed" } },
      ids: ["CVE-1", "CVE-2"],
    },
    {
      name: "a finding whose exception has expired",
      own: { exceptions: [exception({ id: "CVE-1", expires: "2026-11-01" })] },
      ids: ["CVE-1", "CVE-2"],
    },
    {
      name: "a finding that is known to be exploited, where that fails",
      own: { rules: rules({ onlyNew: true, kev: true }) },
      ids: ["CVE-0", "CVE-2"],
    },
    { name: "no finding with an exception", own: { exceptions: [exception({ id: "CVE-2" })] }, ids: [] },
    {
      name: "a new finding with a fix, where only those count",
      own: { rules: rules({ onlyNew: true, ignoreUnfixed: true }) },
      ids: ["CVE-2"],
    },
  ])("fails $name", ({ own, ids }) => {
    expect(failing(own)).toEqual(ids)
    expect(run(own).verdict).toBe(ids.length ? "failed" : "passed")
  })

  test.each([
    { name: "outside of ship", own: { baseline: undefined }, warning: "only ship knows the deployed image" },
    {
      name: "without a deployed image",
      own: { baseline: { kind: "none" as const, reason: "nothing is deployed" } },
      warning: "nothing is deployed",
    },
  ])("says $name why every finding counts as new", ({ own, warning }) => {
    expect(run(own).warnings).toContain(`findings count as new: ${warning}`)
    expect(run({ ...own, rules: rules() }).warnings).toEqual([])
  })

  test("compares also what VEX and exceptions suppress, which is not fixed", () => {
    const gone = finding({ id: "CVE-3" })
    const suppressed = [{ finding: fresh, reason: "not_affected", source: "VEX document 1" }]
    const { comparison } = assess([imageScan({ findings: [old], suppressed })], {
      ...{ scanner, rules: rules(), exceptions: [exception({ id: "CVE-1" })], now },
      baseline: deployedImage([old, fresh, gone]).baseline,
    })
    expect(comparison?.deployed).toBe(ref)
    expect(comparison?.unchanged.map(({ id }) => id)).toEqual(["CVE-1", "CVE-2"])
    expect(comparison?.fixed.map(({ id }) => id)).toEqual(["CVE-3"])
  })

  test("knows the packages without a licence that the deployed image has, where a policy needs one", () => {
    const unlicensed = finding({ kind: "license", id: "NOASSERTION", severity: Severity.UNKNOWN })
    const policy = { onlyNew: true, scanners: ["license"], licenses: { allow: ["MIT"], deny: [] } }
    const judged = (own: object, found: Finding[]) =>
      assess([imageScan({ findings: [], unlicensed: found })], {
        ...{ scanner, rules: rules({ ...policy, ...own }), exceptions: [], now },
        baseline: deployedImage([unlicensed]).baseline,
      })
    expect(judged({}, [unlicensed])).toMatchObject({
      verdict: "passed",
      comparison: { unchanged: [{ id: "NOASSERTION" }] },
    })
    expect(judged({}, []).comparison?.fixed).toMatchObject([{ id: "NOASSERTION" }])
    expect(judged({ licenses: undefined }, []).comparison?.fixed).toEqual([])
  })
})
