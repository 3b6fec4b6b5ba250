import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, test } from "vitest"
import { daggerCall } from "./dagger-call.ts"

const FILE = `platforms: [linux/amd64]
tags: [from-file]
test: false
scan: { severity: MEDIUM }
`
const ON_FILE = ["--set", "scan.severity=LOW", "--set", '"tags=[from-set, v1]"']

/** The plan for a source with these settings. Without a commit its tags are literal. */
async function plan(settings: string, args: string[]): Promise<{ scan?: string; tags?: string; error: string }> {
  const folder = mkdtempSync(join(tmpdir(), "slipway-order-"))
  writeFileSync(join(folder, "Dockerfile"), "FROM scratch\nCOPY slipway.yaml /\n")
  writeFileSync(join(folder, "slipway.yaml"), settings)
  const { stdout, error } = await daggerCall(["plan", `--source=${folder}`, ...args])
  const [, scan] = stdout.match(/^scan +(?:.*; )?([A-Z]+) and above/m) ?? []
  const [, tags] = stdout.match(/^tags +(.+)$/m) ?? []
  return { scan, tags, error }
}

test.each([
  {
    name: "a flag over --set",
    args: [...ON_FILE, "--severity=CRITICAL", "--tags=flag"],
    scan: "CRITICAL",
    tags: "flag",
  },
  { name: "--set over the file", args: ON_FILE, scan: "LOW", tags: "from-set, v1" },
  { name: "the file over the default", args: [], scan: "MEDIUM", tags: "from-file" },
  {
    name: "the default where --set removes the setting",
    args: ["--set=scan.severity=null"],
    scan: "HIGH",
    tags: "from-file",
  },
])("takes $name", async ({ args, scan, tags }) => {
  const planned = await plan(FILE, args)
  expect({ ...planned, error: "" }, planned.error).toEqual({ scan, tags, error: "" })
})

test("a function without a source uses the settings of the constructor, and its flags win", async () => {
  const folder = mkdtempSync(join(tmpdir(), "slipway-order-"))
  writeFileSync(join(folder, "slipway.yaml"), "scan: { severity: CRITICAL }\n")
  const gate = ["gate-sarif", "--sarif=test/fixtures/sarif/clair.sarif.json"]
  const settings = `--settings=${join(folder, "slipway.yaml")}`
  expect((await daggerCall(gate)).error).toContain("GATE_FAILED: expected no finding at or above HIGH")
  const followed = await daggerCall([settings, ...gate])
  expect(followed.stdout, followed.error).toMatch(/^passed: nothing at or above CRITICAL/)
  expect((await daggerCall([settings, ...gate, "--severity=LOW"])).error).toContain("at or above LOW")
})

test("names a mistyped override and suggests the right key", async () => {
  const { error } = await plan(FILE, ["--set=scan.sevrity=LOW"])
  expect(error).toContain('in --set scan.sevrity=LOW, got "sevrity". Did you mean "severity"?')
})

test("explains how to quote a value that the command line split at its comma", async () => {
  const { error } = await plan(FILE, ["--set=tags=[a, b]"])
  expect(error).toContain(`OPTIONS_INVALID: expected --set path=VALUE`)
  expect(error).toContain(`--set '"tags=[a, b]"'`)
})
