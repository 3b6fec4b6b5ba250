import { describe, expect, test } from "vitest"
import { changeKind, changeText, comparisonLines, shortened, summarise } from "../../../lib/scan/baseline/summary.ts"
import { comparison, merged } from "../sample.ts"

const change = { type: "deb", name: "tar", platforms: ["linux/amd64"] }

describe("a package's change", () => {
  test.each([
    { from: [], to: ["2"], kind: "added", text: "+ tar 2 (deb)" },
    { from: ["1"], to: [], kind: "removed", text: "- tar 1 (deb)" },
    { from: ["1", "2"], to: ["2"], kind: "changed", text: "~ tar 1, 2 -> 2 (deb)" },
  ])("is $kind from $from to $to", ({ from, to, kind, text }) => {
    expect(changeKind({ from, to })).toBe(kind)
    expect(changeText({ ...change, from, to })).toBe(text)
  })
})

describe("the summary of a comparison", () => {
  const [old, fresh, hidden] = ["CVE-1", "CVE-2", "CVE-3"].map((id) => merged({ id }))
  const kept = [old, hidden].flatMap((one) => one ?? [])
  const counted = [old, fresh].flatMap((one) => one ?? [])

  test("counts only findings that count", () => {
    expect(summarise(comparison({ unchanged: kept }), counted).findings).toEqual({ new: 1, unchanged: 1, fixed: 0 })
  })

  test("shortens its lists, and counts everything", () => {
    const fixed = Array.from({ length: 300 }, (_, at) => merged({ id: `CVE-${at}` }))
    const packages = Array.from({ length: 300 }, (_, at) => ({ ...change, name: `lib${at}`, from: [], to: ["1"] }))
    const summary = summarise(comparison({ fixed, packages }), [])
    expect([summary.fixed.length, summary.findings.fixed]).toEqual([200, 300])
    expect(summary.packages).toMatchObject({ added: 300, removed: 0, changed: 0 })
    expect(summary.packages?.changes).toHaveLength(200)
    const lines = comparisonLines(summary, 20)
    expect(lines.filter((line) => line === "and 280 more")).toHaveLength(2)
  })

  test("has a line for each fact", () => {
    const packages = [{ ...change, from: ["1"], to: ["2"] }]
    const compared = comparison({ fixed: [merged({ id: "CVE-9", installed: "" })], packages })
    expect(comparisonLines(summarise(compared, counted))).toEqual([
      `${compared.deployed}, scanned by Trivy at 2026-11-01T06:00:00Z`,
      "findings: 2 new, 0 unchanged, 1 fixed",
      "fixed: CRITICAL CVE-9 in lodash",
      "packages: 0 added, 0 removed, 1 changed",
      "~ tar 1 -> 2 (deb)",
    ])
  })

  test.each([
    { name: "no report", own: { reports: [] }, line: /, without a signed vulnerability report$/ },
    { name: "no SBOM", own: {}, line: /^packages: not compared, because there is no SBOM$/ },
    {
      name: "the last of several scans",
      own: {
        reports: ["2026-11-02T00:00:00Z", "2026-11-01T00:00:00Z"].map((scannedAt) => {
          return { platform: "linux/amd64", scanner: "Grype", scannedAt }
        }),
      },
      line: /, scanned by Grype at 2026-11-02T00:00:00Z$/,
    },
  ])("names $name", ({ own, line }) => {
    expect(comparisonLines(summarise(comparison(own), []))).toContainEqual(expect.stringMatching(line))
  })

  test("has no lines without a deployed image", () => {
    expect(comparisonLines(summarise(comparison({ deployed: undefined }), []))).toEqual([])
  })
})

test.each([
  { rows: 2, total: 2, shown: ["a", "b"] },
  { rows: 1, total: 2, shown: ["a", "and 1 more"] },
  { rows: 9, total: 5, shown: ["a", "b", "and 3 more"] },
])("shows $rows rows of $total", ({ rows, total, shown }) => {
  expect(shortened(["a", "b"], { rows, total })).toEqual(shown)
})
