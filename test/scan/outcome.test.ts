import { describe, expect, test } from "vitest"
import { renderAssessment, renderFindings, requirePass, scannerText, suppressionText } from "../../lib/scan/outcome.ts"
import { Severity } from "../../src/enums.ts"
import { assessment, comparison, merged, rules, scanner } from "./sample.ts"

describe("outcome", () => {
  const passed = assessment({ verdict: "passed", failing: [] })

  test("returns a passed outcome", () => {
    expect(requirePass(passed)).toBe(passed)
  })

  test("throws GATE_FAILED with the table of findings", () => {
    const refuse = () => requirePass(assessment())
    expect(refuse).toThrow(
      "GATE_FAILED: expected no finding at or above HIGH, got 1 finding. Move to the fixed versions",
    )
    expect(refuse).toThrow(/\nCRITICAL +CVE-2019-10744 +lodash .* 4\.17\.11 +4\.17\.12$/m)
  })

  const OTHERS =
    "Move to the fixed versions or to a maintained base image, or except a finding with a reason, an owner and an expiry date."
  const SECRET =
    "Remove the secret from the build context (list it in .dockerignore, or copy fewer files), pass what the build needs as a build secret, and rotate the secret if an image with it was ever pushed"
  const secret = merged({ kind: "secret", id: "private-key", package: "/app/cosign.key" })

  test.each([
    { name: "a package", failing: [merged()], advice: OTHERS },
    {
      name: "a secret",
      failing: [secret],
      advice: `${SECRET}, or except a finding with a reason, an owner and an expiry date.`,
    },
    { name: "both", failing: [secret, merged()], advice: `${SECRET}. ${OTHERS}` },
    {
      name: "a licence",
      failing: [merged({ kind: "license", id: "MIT" })],
      advice:
        "Replace the packages whose licence is denied or unknown, or allow the licence, or except a finding with a reason, an owner and an expiry date.",
    },
  ])("advises what to do about $name", ({ failing, advice }) => {
    expect(() => requirePass(assessment({ failing }))).toThrow(
      ` got ${failing.length === 1 ? "1 finding" : "2 findings"}. ${advice}\n\n`,
    )
  })

  test("fails on a distribution that is past its end of life", () => {
    const endOfLife = [{ platform: "linux/amd64", distribution: "alpine 3.9.4" }]
    expect(() => requirePass(assessment({ endOfLife, failing: [] }))).toThrow(
      "got alpine 3.9.4, which is past its end of life, on linux/amd64.",
    )
  })

  test("renders the scanner, and each platform with its digest and counts", () => {
    expect(renderAssessment(passed).split("\n").slice(0, 2)).toEqual([
      "passed: nothing at or above HIGH by Trivy 0.74.0, database of 2026-11-24T06:00:00Z (30 hours old)",
      `linux/amd64    sha256:${"0a".repeat(32)}  1 CRITICAL  (debian 12.8)`,
    ])
  })

  test("shows the failing findings of a failed outcome, and all findings of a passed one", () => {
    const other = merged({ id: "CVE-1" })
    const findings = [merged(), other]
    expect(renderAssessment(assessment({ findings }))).not.toContain("CVE-1")
    expect(renderAssessment({ ...passed, findings })).toContain("CVE-1")
  })

  test("shows suppressed findings with their reasons, and warnings at the end", () => {
    const suppressed = [
      { finding: merged(), reason: "not reachable", source: "sec@acme.example", expires: "2027-01-31" },
    ]
    expect(renderAssessment(assessment({ suppressed, warnings: ["old database"] }))).toMatch(
      /\n\nexcepted: CVE-2019-10744 in lodash 4\.17\.11: not reachable \(sec@acme\.example, until 2027-01-31\)\n\nwarning: old database\n$/,
    )
  })

  test("renders no table without findings", () => {
    expect(renderAssessment(assessment({ verdict: "passed", findings: [], failing: [] }))).not.toContain("SEVERITY")
  })

  test("renders no age for a scanner without a database", () => {
    expect(scannerText({ ...scanner, database: undefined })).toBe("Trivy 0.74.0")
  })

  test("renders no expiry date for a suppression without one", () => {
    const finding = merged({ kind: "secret", package: "/app/.netrc", installed: "" })
    expect(suppressionText({ finding, reason: "a test key", source: "VEX" })).toBe(
      "excepted: CVE-2019-10744 in /app/.netrc: a test key (VEX)",
    )
  })
})

describe("findings table", () => {
  const both = ["linux/amd64", "linux/arm64"]
  const lodash = merged({ platforms: ["linux/arm64"] })
  const libc = merged({ id: "CVE-1", package: "libc6", severity: Severity.LOW, fixed: "", path: "", platforms: both })

  test("names the platforms of a finding if there are several", () => {
    expect(renderFindings([lodash, libc], { platforms: both }).split("\n")).toEqual([
      "SEVERITY  FINDING         WHERE                                          INSTALLED  FIXED IN  PLATFORMS",
      "CRITICAL  CVE-2019-10744  lodash (app/node_modules/lodash/package.json)  4.17.11    4.17.12   linux/arm64",
      "LOW       CVE-1           libc6                                          4.17.11    -         all",
    ])
  })

  test("has no column of platforms if there is one platform", () => {
    expect(renderFindings([libc], { platforms: ["linux/amd64"] })).not.toContain("PLATFORMS")
  })

  test("names a secret's file once", () => {
    const secret = merged({ kind: "secret", package: "/app/.netrc", path: "/app/.netrc", installed: "", fixed: "" })
    expect(renderFindings([secret], { platforms: both })).toMatch(/ {2}\/app\/\.netrc {2}-/)
  })

  test("has a column of risks if one is known", () => {
    const license = merged({ kind: "license", id: "GPL-3.0-only", package: "tar", path: "" })
    const gate = rules({ licenses: { allow: [], deny: ["GPL-3.0-only"] } })
    const exploited = { ...libc, kev: true, epss: 0.9 }
    const table = renderFindings([exploited, license, lodash], { platforms: ["linux/amd64"], rules: gate }).split("\n")
    expect(table.map((row) => row.split(/ {2,}/).at(-1))).toEqual([
      "RISK",
      "known exploit, EPSS 0.9",
      "denied licence",
      "-",
    ])
  })

  test("counts the findings beyond the limit", () => {
    const text = renderFindings([lodash, libc, libc], { platforms: both, longest: 1 })
    expect(text.split("\n")).toHaveLength(3)
    expect(text).toMatch(/… and 2 more; scan … reports lists all of them$/)
  })
})

describe("the outcome of a gate for new findings", () => {
  const [old, fresh] = [merged({ id: "CVE-1" }), merged({ id: "CVE-2" })]
  const outcome = assessment({
    rules: rules({ onlyNew: true }),
    findings: [old, fresh],
    failing: [fresh],
    comparison: comparison({ unchanged: [old], fixed: [merged({ id: "CVE-3" })] }),
  })

  test("says that only new findings fail", () => {
    expect(() => requirePass(outcome)).toThrow("GATE_FAILED: expected no new finding at or above HIGH, got 1 finding.")
    expect(renderAssessment({ ...outcome, verdict: "passed", failing: [] })).toMatch(
      /^passed: nothing new at or above HIGH/,
    )
  })

  test("shows the state of each finding, and what was fixed", () => {
    const lines = renderAssessment({ ...outcome, verdict: "passed" }).split("\n")
    expect(lines.filter((line) => /CVE-[12]/.test(line)).map((line) => line.split(" ").at(-1))).toEqual([
      "unchanged",
      "new",
    ])
    expect(lines).toContain(`compared with ${outcome.comparison?.deployed}, scanned by Trivy at 2026-11-01T06:00:00Z`)
    expect(lines).toContain("  findings: 1 new, 1 unchanged, 1 fixed")
    expect(lines).toContain("  fixed: CRITICAL CVE-3 in lodash 4.17.11")
  })

  test("has no states without a deployed image", () => {
    const text = renderAssessment({ ...outcome, comparison: comparison({ deployed: undefined }) })
    expect(text).not.toMatch(/STATE|compared with/)
  })
})
