import { writeFile } from "node:fs/promises"
import { gzipSync } from "node:zlib"
import type { File } from "@dagger.io/dagger"
import { describe, expect, test } from "vitest"
import {
  parseEpssScores,
  parseKevCatalog,
  readRiskLists,
  requireRiskLists,
  riskListTexts,
  unlistedWarnings,
  withRisk,
} from "../../../lib/scan/gate/risk-lists.ts"
import { Severity } from "../../../src/enums.ts"
import { finding } from "../sample.ts"

const KEV = JSON.stringify({
  title: "CISA Catalog of Known Exploited Vulnerabilities",
  dateReleased: "2026-11-28T15:00:00.000Z",
  count: 1,
  vulnerabilities: [{ cveID: "CVE-2021-44228", dueDate: "2021-12-24" }],
})
const EPSS =
  "#model_version:v2025.03.14,score_date:2026-11-30T12:55:00Z\ncve,epss,percentile\nCVE-2021-44228,0.94358,0.99957\nCVE-2019-10744,9e-05,0.1\n"

/** A File that is written to the disk as the engine does. */
function file(content: string | Buffer): File {
  return { export: async (path: string) => writeFile(path, content) } as unknown as File
}

describe("the KEV catalogue", () => {
  test("lists CVEs", () => {
    expect(parseKevCatalog(KEV)).toEqual({ date: "2026-11-28T15:00:00.000Z", cves: new Set(["CVE-2021-44228"]) })
  })
  test.each([
    { name: "an empty file", text: "", got: "an empty file" },
    { name: "a cut file", text: KEV.slice(0, -5), got: "" },
    { name: "a web page", text: "<html></html>", got: "" },
    { name: "no vulnerability", text: KEV.replace(/\[.*\]/, "[]"), got: "" },
    {
      name: "fewer vulnerabilities than it counts",
      text: KEV.replace('"count":1', '"count":2'),
      got: "1 of 2 vulnerabilities",
    },
    { name: "another identifier", text: KEV.replace("CVE-2021-44228", "GHSA-1"), got: "" },
  ])("is refused with $name", ({ text, got }) => {
    expect(() => parseKevCatalog(text)).toThrow(
      "expected --kev-catalog to be CISA's catalogue of known exploited vulnerabilities",
    )
    expect(() => parseKevCatalog(text)).toThrow(`, got ${got}`)
  })
})

describe("the EPSS scores", () => {
  test("have a probability for each CVE", () => {
    const scores = new Map([
      ["CVE-2021-44228", 0.94358],
      ["CVE-2019-10744", 0.00009],
    ])
    expect(parseEpssScores(EPSS)).toEqual({ date: "2026-11-30T12:55:00Z", scores })
  })
  test.each([
    { name: "an empty file", text: "", got: "an empty file" },
    { name: "only the head", text: "cve,epss,percentile\n", got: "a file without scores" },
    { name: "other columns", text: "cve,score\nCVE-2021-44228,1\n", got: '"cve,score"' },
    { name: "a cut last line", text: EPSS.slice(0, -1), got: "a file that ends within a line" },
    { name: "a score above one", text: EPSS.replace("0.94358", "94.358"), got: "the row" },
    { name: "a row without a score", text: EPSS.replace("0.94358,", ""), got: "the row" },
    { name: "a score that is no number", text: EPSS.replace("0.94358", "1-2"), got: "the row" },
  ])("are refused with $name", ({ text, got }) => {
    expect(() => parseEpssScores(text)).toThrow("expected --epss-scores to be FIRST's EPSS scores")
    expect(() => parseEpssScores(text)).toThrow(`, got ${got}`)
  })
})

test("reads the lists as text and as gzip", async () => {
  const lists = await readRiskLists({ kevCatalog: file(KEV), epssScores: file(gzipSync(EPSS)) })
  expect(riskListTexts(lists)).toEqual(["KEV of 2026-11-28T15:00:00.000Z", "EPSS of 2026-11-30T12:55:00Z"])
  expect(await readRiskLists({})).toEqual({})
})

test("refuses a cut gzip file", async () => {
  const epssScores = file(gzipSync(EPSS).subarray(0, 40))
  await expect(readRiskLists({ epssScores })).rejects.toThrow("OPTIONS_INVALID: expected a complete gzip file")
})

const lists = { kev: parseKevCatalog(KEV), epss: parseEpssScores(EPSS) }

test.each([
  { name: "a listed CVE", own: { id: "CVE-2021-44228" }, known: { kev: true, epss: 0.94358 } },
  { name: "a CVE that is not exploited", own: { id: "CVE-2019-10744" }, known: { kev: false, epss: 0.00009 } },
  { name: "a CVE without a score", own: { id: "CVE-2000-0001" }, known: { kev: false } },
  { name: "an advisory, which is not known", own: { id: "GHSA-jfh8-c2jp-5v3q" }, known: {} },
  { name: "a secret", own: { id: "CVE-2021-44228", kind: "secret" as const }, known: {} },
])("adds what the lists know about $name", ({ own, known }) => {
  const one = finding(own)
  expect(withRisk(one, lists)).toEqual({ ...one, ...known })
})

test("keeps what the scanner's database knows", () => {
  expect(withRisk(finding({ kev: true, epss: 0.2 }), {})).toMatchObject({ kev: true, epss: 0.2 })
})

describe("a rule", () => {
  const rules = { threshold: Severity.HIGH, ignoreUnfixed: false }
  const trivy = { name: "Trivy" }
  const grype = { name: "Grype", riskLists: ["kev" as const] }
  test.each([
    {
      name: "kev without a list",
      rules: { kev: true },
      lists: {},
      source: trivy,
      error:
        "expected --kev-catalog, because failOn.kev needs CISA's KEV catalogue, which Trivy's database does not contain, got none",
    },
    {
      name: "kev with the other list",
      rules: { kev: true },
      lists: { epss: lists.epss },
      source: trivy,
      error: "--kev-catalog",
    },
    { name: "epss without a list", rules: { epss: 0.5 }, lists: {}, source: trivy, error: "expected --epss-scores" },
    {
      name: "epss with a database of Grype without it",
      rules: { epss: 0.5 },
      lists: {},
      source: grype,
      error: "which Grype's database does not contain",
    },
  ])("is refused: $name", ({ rules: more, lists, source, error }) => {
    expect(() => requireRiskLists({ ...rules, ...more }, lists, source)).toThrow(error)
  })
  test.each([
    { name: "no rule", rules: {}, lists: {}, source: trivy },
    { name: "a rule with its list", rules: { kev: true, epss: 0.5 }, lists, source: trivy },
    { name: "a rule with Grype's database", rules: { kev: true }, lists: {}, source: grype },
  ])("is accepted: $name", ({ rules: more, lists, source }) => {
    expect(() => requireRiskLists({ ...rules, ...more }, lists, source)).not.toThrow()
  })

  const ghsa = finding({ id: "GHSA-1" })
  const given = { givenLists: ["KEV of today"] }
  test("warns about findings that the files cannot list", () => {
    const warnings = unlistedWarnings([ghsa, finding({ id: "CVE-1" })], { ...rules, kev: true }, given)
    expect(warnings).toEqual(["KEV and EPSS list CVEs only, so they say nothing about GHSA-1"])
  })
  test.each([
    { name: "no rule", rules, source: given },
    { name: "Grype's own database, which lists advisories too", rules: { ...rules, kev: true }, source: {} },
  ])("does not warn with $name", ({ rules, source }) => {
    expect(unlistedWarnings([ghsa], rules, source)).toEqual([])
  })
})
