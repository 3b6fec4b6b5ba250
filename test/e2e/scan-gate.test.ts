import { type Directory, dag } from "@dagger.io/dagger"
import { beforeAll, expect, test } from "vitest"
import { requirePass } from "../../lib/scan/outcome.ts"
import { scanLayout } from "../../lib/scan/scan-layout.ts"
import { Severity } from "../../src/enums.ts"
import { ALPINE, DEBIAN, imageLayout, LODASH, SECRET } from "./scan-image.ts"
import { scanOptions, testDatabase } from "./scan-options.ts"
import { useEngine } from "./session.ts"
import { slipway } from "./slipway.ts"

useEngine()

let database: Directory
let debian: Directory
beforeAll(() => {
  database = testDatabase()
  debian = imageLayout({ "linux/amd64": DEBIAN, "linux/arm64": DEBIAN })
})

test("fails on a HIGH finding at the default threshold, and names it", async () => {
  const scan = slipway({ vulnerabilityDb: database }).trivyScan(debian)
  await expect(scan).rejects.toThrow(/^GATE_FAILED: expected no finding at or above HIGH/)
  await expect(scan).rejects.toThrow(/HIGH +CVE-2023-2603 +libcap2 +1:2\.66-4 +1:2\.66-99 +all/)
})

test("passes at the threshold CRITICAL, and the table still shows all findings", async () => {
  const text = await slipway({ vulnerabilityDb: database }).trivyScan(debian, Severity.CRITICAL)
  expect(text).toMatch(/^passed: nothing at or above CRITICAL by Trivy 0\.74\.0, database of /)
  expect(text).toMatch(/HIGH +CVE-2023-2603/)
  expect(text).toMatch(/MEDIUM +CVE-2016-2781/)
})

test("fails on a CRITICAL finding of one platform, and names the platform", async () => {
  const layout = imageLayout({ "linux/amd64": DEBIAN, "linux/arm64": { ...DEBIAN, ...LODASH } })
  const scan = slipway({ vulnerabilityDb: database }).trivyScan(layout, Severity.CRITICAL)
  await expect(scan).rejects.toThrow(
    /CRITICAL +CVE-2019-10744 +lodash \(app\/node_modules\/lodash\/package\.json\) +4\.17\.11 +4\.17\.12 +linux\/arm64\n/,
  )
})

test("ignores findings without a fix only if ignoreUnfixed is set", async () => {
  const unfixed = async (ignoreUnfixed: boolean) => {
    const outcome = await scanLayout(debian, scanOptions(database, { threshold: Severity.MEDIUM, ignoreUnfixed }))
    return outcome.failing.map(({ id }) => id)
  }
  expect(await unfixed(false)).toEqual(["CVE-2023-2603", "CVE-2016-2781"])
  expect(await unfixed(true)).toEqual(["CVE-2023-2603"])
})

test("counts only packages of the given type", async () => {
  const layout = imageLayout({ "linux/amd64": { ...DEBIAN, ...LODASH } })
  const outcome = await scanLayout(layout, scanOptions(database, { pkgTypes: ["library"] }))
  expect(outcome.findings.map(({ package: name }) => name)).toEqual(["lodash"])
})

test("fails on a distribution past its end of life only if failOnEndOfLife is set", async () => {
  const layout = imageLayout({ "linux/amd64": ALPINE })
  const rules = { threshold: Severity.CRITICAL, pkgTypes: ["library"] }
  const ended = await scanLayout(layout, scanOptions(database, { ...rules, failOnEndOfLife: true }))
  expect(() => requirePass(ended)).toThrow(/alpine 3\.9\.4, which is past its end of life, on linux\/amd64/)
  const warned = await scanLayout(layout, scanOptions(database, rules))
  expect(warned).toMatchObject({ verdict: "passed", warnings: ["alpine 3.9.4 on linux/amd64 is past its end of life"] })
})

test("reports secrets, misconfigurations and licences as findings", async () => {
  const layout = imageLayout({ "linux/amd64": { ...LODASH, ...SECRET, "app/Dockerfile": "FROM debian:12\n" } })
  const scanners = ["secret", "misconfig", "license"]
  const { findings } = await scanLayout(layout, scanOptions(database, { scanners }))
  expect(findings).toContainEqual(expect.objectContaining({ kind: "secret", id: "github-pat", path: "/app/.netrc" }))
  expect(findings).toContainEqual(expect.objectContaining({ kind: "license", id: "MIT", package: "lodash" }))
  expect(findings).toContainEqual(
    expect.objectContaining({ kind: "misconfiguration", id: "DS-0002", path: "app/Dockerfile" }),
  )
})

test("reports a failed scanner as SCANNER_FAILED", async () => {
  const metadata = '{"Version":1,"UpdatedAt":"2026-11-01T00:00:00Z","NextUpdate":"2099-01-01T00:00:00Z"}'
  const broken = dag.directory().withNewFile("trivy.db", "not a database").withNewFile("metadata.json", metadata)
  await expect(slipway({ vulnerabilityDb: broken }).trivyScan(debian)).rejects.toThrow(
    /^SCANNER_FAILED: .*old DB schema/,
  )
})

test("refuses an old database if maxDbAge is set, and records its date otherwise", async () => {
  const old = testDatabase("2026-01-01T00:00:00Z")
  await expect(scanLayout(debian, scanOptions(old, { maxDbAge: 24 }))).rejects.toThrow(
    /^DATABASE_OUTDATED: expected Trivy's vulnerability database to be at most 24 hours old, got a database from 2026-01-01/,
  )
  const { scanner } = await scanLayout(debian, scanOptions(old))
  expect(scanner.database?.updatedAt).toBe("2026-01-01T00:00:00Z")
})
