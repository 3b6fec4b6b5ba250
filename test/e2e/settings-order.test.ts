import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { dag } from "@dagger.io/dagger"
import { expect, test } from "vitest"
import { Severity } from "../../src/enums.ts"
import { daggerCall } from "./dagger-call.ts"
import { useEngine } from "./session.ts"
import { slipway } from "./slipway.ts"

useEngine()

const FILE = `platforms: [linux/amd64]
tags: [from-file]
test: false
scan: { failOn: { severity: MEDIUM } }
`
const DOCKERFILE = "FROM scratch\nCOPY slipway.yaml /\n"
const ON_FILE = ["scan.failOn.severity=LOW", "tags=[from-set, v1]"]

/** What a plan prints about its settings. Without a commit its tags are literal. */
function parsePlan(plan: string) {
  const [, scan] = plan.match(/^scan .* at or above ([A-Z]+) fails/m) ?? []
  const [, tags] = plan.match(/^tags +(.+)$/m) ?? []
  return { scan, tags, platforms: [...new Set(plan.match(/linux\/\w+/g))] }
}

type Flags = { set?: string[]; tags?: string[]; severity?: Severity }

async function plan({ set, tags, severity }: Flags) {
  const source = dag.directory().withNewFile("Dockerfile", DOCKERFILE).withNewFile("slipway.yaml", FILE)
  return parsePlan(await slipway().plan(source, set, undefined, tags, undefined, severity))
}

/** The same on the command line, which splits a list at its commas. */
async function planByCall(args: string[]) {
  const folder = mkdtempSync(join(tmpdir(), "slipway-order-"))
  writeFileSync(join(folder, "Dockerfile"), DOCKERFILE)
  writeFileSync(join(folder, "slipway.yaml"), FILE)
  return await daggerCall(["plan", `--source=${folder}`, ...args])
}

test("takes a flag over --set, --set over the file, and the file over the default on the command line", async () => {
  const sets = ["--set", "scan.failOn.severity=LOW", "--set", '"tags=[from-set, v1]"']
  const { stdout, error } = await planByCall([...sets, "--severity=CRITICAL"])
  expect(parsePlan(stdout), error).toEqual({ scan: "CRITICAL", tags: "from-set, v1", platforms: ["linux/amd64"] })
})

test.each([
  {
    name: "a flag over --set",
    flags: { set: ON_FILE, severity: Severity.CRITICAL, tags: ["flag"] },
    scan: "CRITICAL",
    tags: "flag",
  },
  { name: "--set over the file", flags: { set: ON_FILE }, scan: "LOW", tags: "from-set, v1" },
  { name: "the file over the default", flags: {}, scan: "MEDIUM", tags: "from-file" },
  {
    name: "the default where --set removes the setting",
    flags: { set: ["scan.failOn.severity=null"] },
    scan: "HIGH",
    tags: "from-file",
  },
])("takes $name", async ({ flags, scan, tags }) => {
  expect(await plan(flags)).toMatchObject({ scan, tags })
})

test("a function without a source uses the settings of the constructor, and its flags win", async () => {
  const sarif = dag.host().file("test/fixtures/sarif/clair.sarif.json")
  await expect(slipway().gateSarif(sarif)).rejects.toThrow("GATE_FAILED: expected no finding at or above HIGH")
  const settings = "scan: { failOn: { severity: CRITICAL } }\n"
  const set = slipway({ settings: dag.file("slipway.yaml", settings) })
  expect(await set.gateSarif(sarif)).toMatch(/^passed: nothing at or above CRITICAL/)
  await expect(set.gateSarif(sarif, Severity.LOW)).rejects.toThrow("at or above LOW")
})

test("names a mistyped override and suggests the right key", async () => {
  await expect(plan({ set: ["scan.failOn.sevrity=LOW"] })).rejects.toThrow(
    'in --set scan.failOn.sevrity=LOW, got "sevrity". Did you mean "severity"?',
  )
})

test("explains how to quote a value that the command line split at its comma", async () => {
  const split = "tags=[a, b]".split(",")
  const error = await plan({ set: split }).catch(String)
  expect(error).toContain(`OPTIONS_INVALID: expected --set path=VALUE`)
  expect(error).toContain(`--set '"tags=[a, b]"'`)
})
