import { execFileSync } from "node:child_process"
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import { fileURLToPath } from "node:url"
import { beforeAll, expect, test } from "vitest"
import { ALL, IF_BUILT, LONG, ON_TWO_REGISTRIES, partsOf, pathOf, SHORT } from "./e2e-files.ts"

const ROOT = fileURLToPath(new URL("..", import.meta.url))
const { stepsOf } = await import(new URL("./engine/lib/parts.mjs", import.meta.url).href)
const { allSteps } = await import(new URL("./engine/steps/steps.mjs", import.meta.url).href)

let steps: Record<string, { optional?: boolean }>
beforeAll(() => {
  // the steps contain the version of Go, and these tests run on a machine without it too
  const folder = mkdtempSync(join(tmpdir(), "slipway-go-"))
  writeFileSync(join(folder, "go"), "#!/bin/sh\nprintf 'go1.26.0\\noff\\n'\n", { mode: 0o755 })
  const path = process.env["PATH"]
  process.env["PATH"] = `${folder}${delimiter}${path}`
  steps = allSteps()
  process.env["PATH"] = path
})

test("the tables name test files that exist, each in one of them", () => {
  const names = [LONG, IF_BUILT, SHORT].flatMap((table) => Object.keys(table))
  expect(names.filter((name) => !existsSync(join(ROOT, pathOf(name))))).toEqual([])
  expect(names.length).toBe(new Set(names).size)
})

test("every file that runs on one kind of registry runs on the other in test:long", () => {
  const names = readdirSync(join(ROOT, "test/e2e"))
    .filter((name) => name.endsWith(".test.ts"))
    .filter((name) => readFileSync(join(ROOT, "test/e2e", name), "utf8").includes("REGISTRY_OF_RUN"))
  expect(ON_TWO_REGISTRIES.map((name) => `${name}.test.ts`).toSorted()).toEqual(names.toSorted())
  expect(ON_TWO_REGISTRIES.filter((name) => name in LONG || name in IF_BUILT)).toEqual([])
})

test("the tables name optional parts of the test engine", () => {
  const parts = partsOf(ALL)
  expect(parts.length).toBeGreaterThan(10)
  expect(parts.filter((part) => !steps[part]?.optional)).toEqual([])
})

test("each of the files that run if their parts are built needs a part that nothing else builds", () => {
  const builds = partsOf(SHORT, LONG)
  expect(Object.values(IF_BUILT).filter((parts) => parts.every((part) => builds.includes(part)))).toEqual([])
})

test("a part is built with what it needs to run", () => {
  expect(stepsOf(["helm", "kubernetes"], steps)).toEqual(["helm", "kubernetes", "etcd", "crds"])
})

test.each([
  { name: "npm test the parts of its own files", args: [], parts: partsOf(SHORT) },
  { name: "npm test -- --long the parts of the long files too", args: ["--long"], parts: partsOf(SHORT, LONG) },
])("prints for $name", ({ args, parts }) => {
  const tsx = join(ROOT, "node_modules/.bin/tsx")
  const printed = execFileSync(tsx, ["test/e2e-files.ts", ...args], { cwd: ROOT, encoding: "utf8" })
  expect(printed).toBe(`${parts.join(",")}\n`)
})
