import type { Secret, Socket } from "@dagger.io/dagger"
import { describe, expect, test } from "vitest"
import type { ServiceSettings } from "../../../lib/config/services.ts"
import {
  type BuildFlags,
  mergeBuild,
  mergeScan,
  mergeTest,
  type ScanFlags,
  type TestFlags,
} from "../../../lib/ship/options/stage-options.ts"
import { Scanner, Severity } from "../../../src/enums.ts"

const NO_BUILD: BuildFlags = { secrets: [], secretIds: [] }

describe("tests follow the argument, else the setting", () => {
  const file: ServiceSettings = {
    build: { args: { V: 1 } },
    test: {
      ...{ image: "node", commands: ["make"], runners: ["node"], paths: ["api"], services: ["db=postgres"] },
      ...{ variables: { A: 1 }, reports: ["r/**"], timeout: 9 },
    },
  }
  test.each<{ name: keyof TestFlags; flag: TestFlags; filed: unknown; given: unknown }>([
    { name: "image", flag: { image: "go" }, filed: "node", given: "go" },
    { name: "commands", flag: { commands: ["c"] }, filed: ["make"], given: ["c"] },
    { name: "runners", flag: { runners: ["go"] }, filed: ["node"], given: ["go"] },
    { name: "paths", flag: { paths: ["web"] }, filed: ["api"], given: ["web"] },
    { name: "services", flag: { services: ["s"] }, filed: ["db=postgres"], given: ["s"] },
    { name: "buildArgs", flag: { buildArgs: ["W=2"] }, filed: ["V=1"], given: ["W=2"] },
    { name: "variables", flag: { variables: ["B=2"] }, filed: ["A=1"], given: ["B=2"] },
    { name: "reports", flag: { reports: ["q"] }, filed: ["r/**"], given: ["q"] },
    { name: "timeout", flag: { timeout: 1 }, filed: 9, given: 1 },
    { name: "dockerfile", flag: { dockerfile: "D" }, filed: undefined, given: "D" },
    { name: "target", flag: { target: "t" }, filed: undefined, given: "t" },
  ])("for $name", ({ name, flag, filed, given }) => {
    expect(mergeTest({}, file)[name]).toEqual(filed)
    expect(mergeTest(flag, file)[name]).toEqual(given)
  })
})

describe("a build follows the argument, else the setting", () => {
  const ssh = {} as Socket
  const secret = {} as Secret
  const file: ServiceSettings = {
    platforms: ["linux/arm64"],
    build: {
      ...{ dockerfile: "d", context: "c", target: "t", args: { V: 1 }, labels: { l: "1" }, annotations: { a: "2" } },
      ...{ keepGitDir: true, timeout: 9 },
    },
  }
  test.each<{ name: keyof BuildFlags; flag: Partial<BuildFlags>; filed: unknown; given: unknown }>([
    { name: "platforms", flag: { platforms: ["linux/amd64"] }, filed: ["linux/arm64"], given: ["linux/amd64"] },
    { name: "dockerfile", flag: { dockerfile: "D" }, filed: "d", given: "D" },
    { name: "context", flag: { context: "C" }, filed: "c", given: "C" },
    { name: "target", flag: { target: "T" }, filed: "t", given: "T" },
    { name: "buildArgs", flag: { buildArgs: ["W=2"] }, filed: ["V=1"], given: ["W=2"] },
    { name: "labels", flag: { labels: ["m=1"] }, filed: ["l=1"], given: ["m=1"] },
    { name: "annotations", flag: { annotations: ["b=1"] }, filed: ["a=2"], given: ["b=1"] },
    { name: "keepGitDir", flag: { keepGitDir: false }, filed: true, given: false },
    { name: "timeout", flag: { timeout: 1 }, filed: 9, given: 1 },
    { name: "reproducible", flag: { reproducible: false }, filed: undefined, given: false },
    { name: "ssh", flag: { ssh }, filed: undefined, given: ssh },
    { name: "secrets", flag: { secrets: [secret] }, filed: [], given: [secret] },
    { name: "secretIds", flag: { secretIds: ["s"] }, filed: [], given: ["s"] },
  ])("for $name", ({ name, flag, filed, given }) => {
    expect(mergeBuild(NO_BUILD, file)[name]).toEqual(filed)
    expect(mergeBuild({ ...NO_BUILD, ...flag }, file)[name]).toEqual(given)
  })
})

test.each([
  { name: "exploits", scan: { failOn: { kev: true, epss: 0.5 } }, rules: { kev: true, epss: 0.5 } },
  {
    name: "denied licences",
    scan: { licenses: { deny: ["GPL-*"] } },
    rules: { licenses: { allow: [], deny: ["GPL-*"] } },
  },
])("a scan takes its rules about $name from the settings", ({ scan, rules }) => {
  expect(mergeScan({}, { scan }).rules).toMatchObject(rules)
})

test("a licence policy without a list is none", () => {
  expect(mergeScan({}, { scan: { licenses: {} } }).rules).not.toHaveProperty("licenses")
})

test("tests and builds take the stage, and the build its reproducibility, from the settings", () => {
  expect(mergeTest({}, { test: { dockerfile: "d", target: "t" } })).toMatchObject({ dockerfile: "d", target: "t" })
  expect(mergeBuild(NO_BUILD, { build: { reproducible: false } }).reproducible).toBe(false)
})

describe("a scan follows the argument, else the setting, else the default", () => {
  const file: ServiceSettings = {
    scan: {
      ...{ failOn: { severity: "LOW", fixed: true, endOfLife: true }, pkgTypes: ["os"], scanners: ["misconfig"] },
      ...{ maxDbAge: 5, scanner: "GRYPE", dbRepositories: ["r"], timeout: 9 },
    },
  }
  const flat = (flags: ScanFlags, settings: ServiceSettings): Record<string, unknown> => {
    const { rules, ...scan } = mergeScan(flags, settings)
    return { ...rules, ...scan }
  }
  test.each<{ name: string; flag: ScanFlags; preset: unknown; filed: unknown; given: unknown }>([
    { name: "threshold", flag: { severity: Severity.CRITICAL }, preset: "HIGH", filed: "LOW", given: "CRITICAL" },
    { name: "ignoreUnfixed", flag: { ignoreUnfixed: false }, preset: false, filed: true, given: false },
    { name: "failOnEndOfLife", flag: { failOnEndOfLife: false }, preset: false, filed: true, given: false },
    { name: "pkgTypes", flag: { pkgTypes: ["library"] }, preset: ["os", "library"], filed: ["os"], given: ["library"] },
    {
      name: "scanners",
      flag: { scanners: ["secret"] },
      preset: ["vuln", "secret"],
      filed: ["misconfig"],
      given: ["secret"],
    },
    { name: "maxDbAge", flag: { maxDbAge: 0 }, preset: 0, filed: 5, given: 0 },
    { name: "scanner", flag: { scanner: Scanner.TRIVY }, preset: "TRIVY", filed: "GRYPE", given: "TRIVY" },
    { name: "dbRepositories", flag: { dbRepositories: ["q"] }, preset: [], filed: ["r"], given: ["q"] },
    { name: "timeout", flag: { timeout: 1 }, preset: 300, filed: 9, given: 1 },
  ])("for $name", ({ name, flag, preset, filed, given }) => {
    expect(flat({}, {})[name]).toEqual(preset)
    expect(flat({}, file)[name]).toEqual(filed)
    expect(flat(flag, file)[name]).toEqual(given)
  })
})
