import { execFileSync } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, relative } from "node:path"
import { fileURLToPath } from "node:url"
import ts from "typescript"
import { describe, expect, onTestFinished, test } from "vitest"

const ROOT = fileURLToPath(new URL("..", import.meta.url))
const FACADE = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".ts"))
  .map((path) => join(ROOT, "src", path))

/** Runs a program by tsx, as Dagger's runtime runs a module, and returns what it prints. */
function runByTsx(program: string): string {
  const folder = mkdtempSync(join(tmpdir(), "slipway-tsx-"))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, "program.mjs")
  writeFileSync(file, program)
  const tsx = join(ROOT, "node_modules/tsx/dist/cli.mjs")
  return execFileSync(process.execPath, [tsx, "--tsconfig", join(ROOT, "tsconfig.json"), file], { encoding: "utf8" })
}

test("gives Dagger's runtime the whole of TypeScript by its default export, without the names of its exports", () => {
  const program =
    'import ts, * as all from "typescript"\nconsole.log(ts.version, typeof ts.createProgram, Object.keys(all))\n'
  expect(runByTsx(program).trim()).toBe(`${ts.version} function [ 'default' ]`)
})

test("is enough for Dagger's SDK, which imports no other name of TypeScript", () => {
  const sdk = join(ROOT, "node_modules/@dagger.io/dagger/dist/src")
  const imports = readdirSync(sdk, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".js"))
    .flatMap((path) => readFileSync(join(sdk, path), "utf8").match(/^import .*from ["']typescript["']/gm) ?? [])
  expect(new Set(imports)).toEqual(new Set(['import ts from "typescript"']))
})

describe("at each call the runtime's TypeScript", () => {
  // The options of the SDK's program: sdk/typescript/src/module/introspector/typescript_module/ast.ts of v0.21.8
  const options = {
    experimentalDecorators: true,
    moduleResolution: ts.ModuleResolutionKind.Node10,
    target: ts.ScriptTarget.ES2022,
  }
  const read = ts
    .createProgram(FACADE, options)
    .getSourceFiles()
    .map(({ fileName }) => relative(ROOT, fileName))

  test("reads no types of a browser", () => {
    expect(read.some((path) => path.endsWith("/lib.es2022.d.ts"))).toBe(true)
    expect(read.filter((path) => /\/lib\.(dom|webworker|scripthost|es20\d\d\.full)/.test(path))).toEqual([])
  })

  test("reads the facade, and nothing of lib or of its dependencies", () => {
    const facade = FACADE.map((path) => relative(ROOT, path))
    expect(read.filter((path) => !path.includes("node_modules/")).toSorted()).toEqual(facade.toSorted())
    expect(read.filter((path) => /node_modules\/(zod|yaml|semver|typescript\/lib\/typescript)\b/.test(path))).toEqual(
      [],
    )
  })

  test("reads few files of the facade, each of which is transformed and imported at each call", () => {
    expect(FACADE.length).toBeLessThanOrEqual(20)
  })
})
