import { execFileSync } from "node:child_process"
import { mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Directory, dag } from "@dagger.io/dagger"
import { beforeAll, expect, test } from "vitest"
import { Severity } from "../../src/scan/severity.ts"
import { ALPINE, DEBIAN, imageLayout, LODASH } from "./scan-image.ts"
import { useEngine } from "./session.ts"
import { slipway } from "./slipway.ts"

useEngine()

let database: Directory
let debian: Directory
beforeAll(() => {
  const folder = mkdtempSync(join(tmpdir(), "slipway-db-"))
  execFileSync("node", [new URL("../fixtures/vulnerability-db/make.mjs", import.meta.url).pathname, folder])
  database = dag.host().directory(folder)
  debian = imageLayout({ "linux/amd64": DEBIAN, "linux/arm64": DEBIAN })
})

test("an image whose worst finding is HIGH fails at the default threshold, and the finding is named", async () => {
  const scan = slipway(database).trivyScan(debian)
  await expect(scan).rejects.toThrow(/^GATE_FAILED: expected no finding at or above HIGH/)
  await expect(scan).rejects.toThrow(/HIGH +CVE-2023-2603 +libcap2 +1:2\.66-4 +1:2\.66-99 +all/)
})

test("it passes with CRITICAL, and the table still shows everything", async () => {
  const text = await slipway(database).trivyScan(debian, Severity.CRITICAL)
  expect(text).toMatch(/^passed: nothing at or above CRITICAL by Trivy 0\.74\.0, database of /)
  expect(text).toMatch(/HIGH +CVE-2023-2603/)
  expect(text).toMatch(/MEDIUM +CVE-2016-2781/)
})

test("a CRITICAL finding of arm64 alone fails the gate, and the table says which platform", async () => {
  const layout = imageLayout({ "linux/amd64": DEBIAN, "linux/arm64": { ...DEBIAN, ...LODASH } })
  const scan = slipway(database).trivyScan(layout, Severity.CRITICAL)
  await expect(scan).rejects.toThrow(
    /CRITICAL +CVE-2019-10744 +lodash \(app\/node_modules\/lodash\/package\.json\) +4\.17\.11 +4\.17\.12 +linux\/arm64\n/,
  )
})

test("a base that gets no fixes any more fails only when asked", async () => {
  const layout = imageLayout({ "linux/amd64": ALPINE })
  const scan = (failOnEndOfLife: boolean) =>
    slipway(database).trivyScan(layout, Severity.CRITICAL, false, ["library"], ["vuln"], failOnEndOfLife)
  await expect(scan(true)).rejects.toThrow(/alpine 3\.9\.4, which gets no fixes any more, on linux\/amd64/)
  expect(await scan(false)).toMatch(/^passed/)
})

test("a scanner that breaks is no finding", async () => {
  const broken = dag.directory().withNewFile("trivy.db", "not a database").withNewFile("metadata.json", '{"Version":1}')
  await expect(slipway(broken).trivyScan(debian)).rejects.toThrow(/^SCANNER_FAILED: .*old DB schema/)
})
