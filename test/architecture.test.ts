import { existsSync, readdirSync, readFileSync } from "node:fs"
import { basename, dirname, join, relative, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, test } from "vitest"
import { LONG } from "./e2e-files.ts"

const ROOT = fileURLToPath(new URL("..", import.meta.url))
/** The facade, with its enums and defaults, which Dagger's runtime reads and transforms at each call. */
const SRC = "src"
/** The implementation, which functions import when they are called. */
const LIB = "lib"

type SourceFile = { path: string; text: string; imports: string[] }
const read = (folder: string) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .map((path): SourceFile => {
      const text = readFileSync(join(ROOT, folder, path), "utf8")
      const imports = [...text.matchAll(/^(?:import|export)[^"]*? from "([^"]+)"/gms)].map(([, from]) => from ?? "")
      return { path, text, imports }
    })
const facade = read(SRC)
const files = read(LIB)
const everything = [...facade, ...files]

/** Whether the file uses the Dagger API; all others compute plain values. */
const touchesDagger = (file: SourceFile) => file.imports.some((from) => from.startsWith("@dagger.io/dagger"))
const room = (path: string) => (path.includes("/") ? (path.split("/")[0] ?? "") : "")
/** A folder imports from its layer and from lower ones; the root is lib/error.ts. */
const LAYERS = [
  ["ship"],
  [
    "bases",
    "build",
    "chart",
    "cache",
    "deployed",
    "gitops",
    "init",
    "login",
    "notify",
    "policy",
    "publish",
    "pull",
    "retention",
    "scan",
    "sign",
    "smoke",
    "sync",
    "test",
  ],
  ["dockerfile", "oci", "program", "report"],
  ["config", "engine"],
  [""],
]
const layer = (name: string) => LAYERS.findIndex((rooms) => rooms.includes(name))

/** The files that a file imports, as paths from the root. */
const targetsOf = (folder: string, { path, imports }: SourceFile) =>
  imports
    .filter((from) => from.startsWith("."))
    .map((from) => relative(ROOT, resolve(join(ROOT, folder, dirname(path)), from)))

/** Every file of the module, as a path from the root, with those that it imports, types included. */
const graph = new Map<string, string[]>([
  ...files.map((file) => [`${LIB}/${file.path}`, targetsOf(LIB, file)] as [string, string[]]),
  ...facade.map((file) => [`${SRC}/${file.path}`, [...targetsOf(SRC, file), ...loadedBy(file)]] as [string, string[]]),
])

/** The files that functions of the facade load when they are called, and those of its types. */
function loadedBy({ text }: SourceFile): string[] {
  return [...text.matchAll(/"#lib\/([^"]+)"/g)].map(([, path]) => `${LIB}/${path}`)
}

test("assigns every folder of lib to a layer, and has every layer's folder", () => {
  expect([...new Set(files.map(({ path }) => room(path)))].toSorted()).toEqual(LAYERS.flat().toSorted())
})

test.each(files)(
  "$path imports only from its layer and lower ones: ship -> stages -> dockerfile, oci -> config, engine",
  (file) => {
    const rooms = targetsOf(LIB, file)
      .filter((target) => target.startsWith(`${LIB}/`))
      .map((target) => room(relative(LIB, target)))
    expect(rooms.filter((target) => layer(target) < layer(room(file.path)))).toEqual([])
  },
)

test("has no cycle of imports between files, including types", () => {
  expect(cyclesIn(graph)).toEqual([])
})

test("has no cycle of imports between folders of lib", () => {
  const rooms = new Map<string, string[]>()
  for (const file of files) {
    const targets = targetsOf(LIB, file).filter((target) => target.startsWith(`${LIB}/`))
    const others = targets.map((target) => room(relative(LIB, target))).filter((target) => target !== room(file.path))
    rooms.set(room(file.path), [...(rooms.get(room(file.path)) ?? []), ...others])
  }
  expect(cyclesIn(rooms)).toEqual([])
})

function cyclesIn(imports: Map<string, string[]>): string[] {
  const cycles: string[] = []
  const ended = new Set<string>()
  const visit = (path: string, way: string[]): void => {
    if (way.includes(path)) cycles.push([...way.slice(way.indexOf(path)), path].join(" -> "))
    if (way.includes(path) || ended.has(path)) return
    for (const target of imports.get(path) ?? []) visit(target, [...way, path])
    ended.add(path)
  }
  for (const path of imports.keys()) visit(path, [])
  return cycles
}

describe("size of the tree", () => {
  const folders = [...new Set(files.map(({ path }) => dirname(path)))].map((folder) => ({
    folder,
    count: files.filter(({ path }) => dirname(path) === folder).length,
  }))
  const lines = ({ text }: SourceFile) => text.trimEnd().split("\n").length
  /** Files of more than 300 lines, with the reason. */
  const LONG: Record<string, string> = {}

  test.each(folders)("lib/$folder holds at most 22 files", ({ count }) => {
    expect(count).toBeLessThanOrEqual(22)
  })

  test.each(files.filter((file) => lines(file) < 15))("$path is short, so several files import it", ({ path }) => {
    const importers = [...graph].filter(([, targets]) => targets.includes(`${LIB}/${path}`))
    expect(importers.length).toBeGreaterThan(1)
  })

  test("no file has more than 300 lines without a reason", () => {
    expect(files.filter((file) => lines(file) > 300).map(({ path }) => path)).toEqual(Object.keys(LONG))
  })
})

test.each(files)("$path imports only enums and defaults from the facade", (file) => {
  const outside = targetsOf(LIB, file).filter((target) => !target.startsWith(`${LIB}/`))
  expect(outside.filter((target) => !["enums", "defaults", "tool-images"].includes(basename(target, ".ts")))).toEqual(
    [],
  )
})

test.each(facade)("src/$path imports lib only within functions", ({ text }) => {
  const loaded = [...text.matchAll(/^(?:import|export) (?!type )[^"]*? from "([^"]+)"/gms)].map(([, from]) => from)
  expect(loaded.filter((from) => from !== "@dagger.io/dagger" && !/^\.\.?\/(?!\.\.)/.test(from ?? ""))).toEqual([])
})

test("loads no stage for the settings, which nearly every function reads first", () => {
  const first = `${LIB}/ship/options/step-settings.ts`
  const loaded = new Set([first])
  for (const file of loaded) for (const target of graph.get(file) ?? []) loaded.add(target)
  const stages = LAYERS[1]?.map((stage) => `${LIB}/${stage}/`) ?? []
  expect([...loaded].filter((file) => stages.some((stage) => file.startsWith(stage)))).toEqual([])
})

describe("the SDK inside a module lacks some exports of the npm package", () => {
  const MISSING = /\b(ExecError|GraphQLRequestError|GraphQLClient|up)\b/
  test.each(everything.filter(touchesDagger))("$path imports none of them", ({ text }) => {
    const [, names = ""] = text.match(/^import \{([^}]*)\} from "@dagger\.io\/dagger"/ms) ?? []
    expect(names).not.toMatch(MISSING)
  })
})

test.each(everything)("$path runs no shell as a tool's command", ({ text }) => {
  expect(text).not.toMatch(/"(?:\/bin\/)?(?:ba)?sh",\s*"-\w*c"/)
})

/** The files that may give a secret away; everything else calls them, so that the audit of a run has each use. */
const GIVES_SECRETS = ["engine/secret-use.ts", "engine/secret.ts", "oci/engine-login.ts"]

test.each(files.filter(({ path }) => !GIVES_SECRETS.includes(path)))(
  "$path gives secrets away only by lib/engine",
  ({ text }) => {
    expect(text).not.toMatch(/\.(?:withMountedSecret|withSecretVariable|plaintext)\(/)
  },
)

test.each(everything)("$path is not a test, a script or a declaration file", ({ path, text }) => {
  expect(path).not.toMatch(/\.(test|d)\.ts$/)
  expect(text).not.toMatch(/^(await|console|process)\b/m)
})

/** Files that only run tools in an engine; test/e2e/ tests them. */
const TESTED_END_TO_END = [
  "cache/effects.ts",
  "cache/source.ts",
  "bases/compare.ts",
  "bases/read-bases.ts",
  "gitops/bump.ts",
  "gitops/checks/admitted-images.ts",
  "gitops/checks/checks.ts",
  "gitops/git/checkout.ts",
  "gitops/removal.ts",
  "oci/layout-verification.ts",
  "test/suite.ts",
  "scan/scan-layout.ts",
  "smoke/smoke.ts",
  "ship/cache/run-cache.ts",
  "ship/cache/run-results.ts",
  "ship/cache/signed-text.ts",
  "ship/image.ts",
  "ship/places.ts",
  "ship/preview/release-digests.ts",
  "ship/refresh/refresh.ts",
  "ship/report/report.ts",
  "sign/blob.ts",
  "sign/cosign-run.ts",
  "sign/statements.ts",
]

test.each(files.filter(({ path }) => !TESTED_END_TO_END.includes(path)))(
  "$path has a unit test on the same path",
  ({ path }) => {
    expect(existsSync(join(ROOT, "test", path.replace(/\.ts$/, ".test.ts")))).toBe(true)
  },
)

test("lists exactly the files without a unit test", () => {
  const paths = files.map(({ path }) => path)
  const without = paths.filter((path) => !existsSync(join(ROOT, "test", path.replace(/\.ts$/, ".test.ts"))))
  expect(without.toSorted()).toEqual(TESTED_END_TO_END.toSorted())
})

describe("every test has an assertion", () => {
  const tests = readdirSync(join(ROOT, "test"), { recursive: true, encoding: "utf8" }).filter(
    (path) => path.endsWith(".test.ts") && !path.startsWith("engine/typescript-sdk"),
  )
  test.each(tests)("%s", (path) => {
    const text = readFileSync(join(ROOT, "test", path), "utf8")
    expect(text).toMatch(/\b(?:test|it)\b[.(]/)
    expect(text).toMatch(/\bexpect\b/)
    expect(text).not.toMatch(/^\s*(?:test|it)(?:\.\w+)*\(.*(?:=>|\)) \{\s*\}\)/m)
  })
})

test("pins every tool image by digest", () => {
  const tools = readFileSync(join(ROOT, SRC, "tool-images.ts"), "utf8")
  const images = [...tools.matchAll(/_IMAGE =\s*"([^"]+)"/g)].map(([, image]) => image)
  expect(images.length).toBeGreaterThanOrEqual(5)
  for (const image of images) expect(image).toMatch(/:[^@]+@sha256:[0-9a-f]{64}$/)
})

test.each(files)("$path has a specific name", ({ path }) => {
  expect(basename(path)).not.toMatch(/^(utils?|helpers?|common|misc|types|schemas)\.ts$/)
})

test("runs every test that mocks a module in a separate process, so that other files do not see the mock", () => {
  const config = readFileSync(join(ROOT, "test/vitest.config.ts"), "utf8")
  const mocking = readdirSync(join(ROOT, "test"), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".test.ts") && path !== "architecture.test.ts")
    .filter((path) => readFileSync(join(ROOT, "test", path), "utf8").includes("vi.mock("))
  const separate = (name: string) => name in LONG || config.includes(name)
  expect(mocking.filter((path) => !separate(basename(path, ".test.ts")))).toEqual([])
})
