import { execFileSync } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { dag } from "@dagger.io/dagger"
import { beforeAll, describe, expect, test } from "vitest"
import { dagger, daggerCall } from "./dagger-call.ts"
import { useEngine } from "./session.ts"

// What Dagger's TypeScript runtime does with a module's manifest, asked of the runtime that this engine has.
useEngine()

const MODULE = `import { execFileSync } from "node:child_process"
import { existsSync, readFileSync, statSync } from "node:fs"
import { createRequire } from "node:module"
import { func, object } from "@dagger.io/dagger"

@object()
export class Probe {
  /** Return the versions of Node and of the TypeScript beside the module. */
  @func()
  versions(): string {
    const typescript = createRequire(import.meta.url)("typescript").version
    return [process.version, typescript, process.env["NODE_OPTIONS"]].join(" ")
  }

  /** Return which file the SDK has imported as TypeScript. */
  @func()
  typescriptBy(): string {
    return String((globalThis as { typescriptBy?: string }).typescriptBy)
  }

  /** Return what surrounds the module at a call. */
  @func()
  surroundings(): string {
    const version = (program: string) => execFileSync(program, ["--version"], { encoding: "utf8" }).split("\\n")[0]
    const root = import.meta.dirname.replace(/\\/src$/, "")
    const size = (file: string) => statSync(root + "/" + file).size
    return JSON.stringify({
      folder: root,
      user: process.getuid?.(),
      programs: [version("npm"), version("tsx")],
      types: [size("sdk/core.d.ts"), size("node_modules/@dagger.io/dagger/core.d.ts")],
      installed: ["is-number", "is-odd"].filter((name) => existsSync(root + "/node_modules/" + name)),
      cache: readFileSync("/proc/mounts", "utf8").includes(" /root/.npm "),
      registry: execFileSync("npm", ["config", "get", "tag"], { encoding: "utf8", cwd: root }).trim(),
    })
  }
}
`

type Dependencies = Record<string, string>

/** A module of its own, whose tsconfig.json has a comment as TypeScript's own has. */
function moduleThatNeeds(dependencies: Dependencies, { lock }: { lock: boolean }): string {
  const folder = mkdtempSync(join(tmpdir(), "slipway-runtime-"))
  const manifest = { name: "probe", version: "1.0.0", type: "module", dependencies }
  mkdirSync(join(folder, "src"))
  writeFileSync(join(folder, "dagger.json"), '{"name":"probe","engineVersion":"v0.21.8","sdk":{"source":"typescript"}}')
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest))
  writeFileSync(join(folder, "tsconfig.json"), '{\n  // for editors\n  "compilerOptions": { "target": "ES2022" }\n}\n')
  writeFileSync(join(folder, "src/index.ts"), MODULE)
  if (lock) execFileSync("npm", ["install", "--package-lock-only", "--no-audit", "--no-fund"], { cwd: folder })
  return folder
}

describe("a call of a module", () => {
  test("fails when its exact TypeScript stands with another dependency", async () => {
    const folder = moduleThatNeeds({ typescript: "5.9.3", "is-number": "7.0.0" }, { lock: true })
    const called = await daggerCall(["-m", folder, "versions"])
    expect(called.code).not.toBe(0)
    expect(called.stderr).toMatch(/EBUSY: resource busy or locked, rename '\/src\/node_modules\/typescript'/)
  })

  test("works with a range, and has the TypeScript that it asked for", async () => {
    const folder = moduleThatNeeds({ typescript: "~5.9.3", "is-number": "7.0.0" }, { lock: true })
    const called = await daggerCall(["-m", folder, "versions"])
    expect(called.code, called.error).toBe(0)
    expect(called.stdout.trim()).toBe("v24.13.1 5.9.3 --use-openssl-ca")
  })

  test("imports TypeScript into the SDK by the file that tsconfig.json names, as this module's does", async () => {
    const folder = moduleThatNeeds({ typescript: "~5.9.3" }, { lock: true })
    const mark = 'Object.assign(globalThis, { typescriptBy: "lib/typescript.ts" })\n'
    mkdirSync(join(folder, "lib"))
    writeFileSync(join(folder, "lib/typescript.ts"), readFileSync("lib/typescript.ts", "utf8") + mark)
    const { paths } = JSON.parse(readFileSync("tsconfig.json", "utf8")).compilerOptions
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: { target: "ES2022", paths } }))
    const called = await daggerCall(["-m", folder, "typescript-by"])
    expect(called.code, called.error).toBe(0)
    expect(called.stdout.trim()).toBe("lib/typescript.ts")
  })

  test("has the SDK's own TypeScript when it asks for that exact version alone", async () => {
    const called = await daggerCall(["-m", moduleThatNeeds({ typescript: "5.9.3" }, { lock: false }), "versions"])
    expect(called.code, called.error).toBe(0)
    expect(called.stdout.trim()).toBe("v24.13.1 6.0.3 --use-openssl-ca")
  })
})

describe("what surrounds a module at a call", () => {
  let seen: Record<string, unknown>
  beforeAll(async () => {
    const folder = moduleThatNeeds({ "is-number": "7.0.0" }, { lock: false })
    const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))
    writeFileSync(join(folder, "package.json"), JSON.stringify({ ...manifest, devDependencies: { "is-odd": "3.0.1" } }))
    execFileSync("npm", ["install", "--package-lock-only", "--no-audit", "--no-fund"], { cwd: folder })
    writeFileSync(join(folder, ".npmrc"), "tag=of-fixture\n")
    const called = await daggerCall(["-m", folder, "surroundings"])
    expect(called.code, called.error).toBe(0)
    seen = JSON.parse(called.stdout)
  })

  test("is the folder /src, as root, with the SDK's npm and tsx", () => {
    expect(seen).toMatchObject({ folder: "/src", user: 0, programs: ["11.8.0", "tsx v4.15.6"] })
  })

  test("is what its lock file names without the development's dependencies, by its own .npmrc and a kept cache", () => {
    expect(seen).toMatchObject({ installed: ["is-number"], cache: true, registry: "of-fixture" })
  })

  test("is the library with all of its types, twice", () => {
    const [generated = 0, installed] = seen["types"] as number[]
    expect(generated).toBeGreaterThan(250_000)
    expect(installed).toBe(generated)
  })
})

test.each([
  { name: "pnpm", file: "pnpm-lock.yaml" },
  { name: "bun", file: "bun.lock" },
])("refuses a module that is installed with $name, which the official runtime has", async ({ file }) => {
  const folder = moduleThatNeeds({ "is-number": "7.0.0" }, { lock: false })
  writeFileSync(join(folder, file), "")
  const called = await daggerCall(["-m", folder, "versions"])
  expect(called.code).not.toBe(0)
  expect(called.stderr).toContain(`${file}: this SDK has npm and Yarn only`)
})

describe("what the runtime does before a call, on this module's own manifest", () => {
  const node = dag.container().from("node:24-slim").withWorkdir("/src")
  const sdkTypescript = () =>
    node
      .withExec(["npm", "install", "--no-audit", "--no-fund", "typescript@6.0.3"])
      .directory("node_modules/typescript")

  /** The runtime's two steps: its own TypeScript for one exact version, then the installation. */
  async function install(version: string): Promise<{ code: number; error: string }> {
    const replaced = (file: string) =>
      readFileSync(file, "utf8").replace(/"typescript": "~5\.9\.3"/, `"typescript": "${version}"`)
    const ran = node
      .withNewFile("package.json", replaced("package.json"))
      .withNewFile("package-lock.json", replaced("package-lock.json"))
      .with((at) => (version === "5.9.3" ? at.withMountedDirectory("node_modules/typescript", sdkTypescript()) : at))
      .withExec(["npm", "install", "--omit=dev"], { expect: "ANY" as never })
    return { code: await ran.exitCode(), error: await ran.stderr() }
  }

  test("the installation fails over the mount for an exact version", async () => {
    const { code, error } = await install("5.9.3")
    expect(code).toBe(240)
    expect(error).toContain("EBUSY")
  })

  test("the installation of the manifest as it is succeeds", async () => {
    expect(await install("~5.9.3")).toMatchObject({ code: 0 })
  })
})

describe("dagger develop", () => {
  test("rewrites the manifest, lock file and tsconfig.json, generates sdk/, and leaves the source as it is", async () => {
    const folder = mkdtempSync(join(tmpdir(), "slipway-develop-"))
    for (const part of [
      "dagger.json",
      "package.json",
      "package-lock.json",
      "tsconfig.json",
      ".gitignore",
      "src",
      "README.md",
    ]) {
      cpSync(part, join(folder, part), { recursive: true })
    }
    execFileSync("git", ["init", "--quiet"], { cwd: folder })
    const developed = await dagger(["develop", "--progress=plain", "-m", "."], { cwd: folder })
    expect(developed.code, developed.stderr).toBe(0)

    const read = (file: string) => readFileSync(join(folder, file), "utf8")
    const manifest = JSON.parse(read("package.json")) as { dependencies: Dependencies; devDependencies: Dependencies }
    expect(manifest.devDependencies).not.toHaveProperty(["@dagger.io/dagger"])
    expect(manifest.dependencies["typescript"]).toBe("~5.9.3")
    const lock = JSON.parse(read("package-lock.json")) as {
      packages: Record<string, { devDependencies?: Dependencies }>
    }
    expect(lock.packages[""]?.devDependencies).not.toHaveProperty(["@dagger.io/dagger"])
    expect(JSON.parse(read("tsconfig.json"))).toMatchObject({
      compilerOptions: { paths: { "@dagger.io/dagger": ["./sdk/index.ts"] }, noUncheckedIndexedAccess: true },
    })
    expect(read("sdk/core.d.ts").length).toBeGreaterThan(250_000)
    expect(read("src/index.ts")).toBe(readFileSync("src/index.ts", "utf8"))
    expect(read("README.md")).toBe(readFileSync("README.md", "utf8"))
  })
})
