import { readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"

type Dependencies = Record<string, string>

/**
 * For an exact TypeScript version, Dagger's TypeScript runtime mounts its TypeScript at node_modules/typescript, and then
 * runs `npm install` for the other dependencies. npm cannot rename a mount point, so every call fails with EBUSY (exit
 * code 240), while `dagger functions` still works.
 */
function blocksInstall(dependencies: Dependencies): boolean {
  const exact = /^\d+\.\d+\.\d+/.test(dependencies["typescript"] ?? "")
  return exact && Object.keys(dependencies).length > 1
}

test.each([
  {
    name: "an exact version and another dependency",
    dependencies: { typescript: "5.9.3", zod: "4.6.7" },
    blocks: true,
  },
  { name: "a tilde range", dependencies: { typescript: "~5.9.3", zod: "4.6.7" }, blocks: false },
  {
    name: "only an exact version, which needs no install",
    dependencies: { typescript: "5.9.3" },
    blocks: false,
  },
  { name: "no TypeScript", dependencies: { zod: "4.6.7" }, blocks: false },
])("recognises whether $name breaks the runtime's install: $blocks", ({ dependencies, blocks }) => {
  expect(blocksInstall(dependencies as Dependencies)).toBe(blocks)
})

describe.each(["package.json", "examples/consumer/package.json"])("%s", (path) => {
  test("pins no exact TypeScript version with other dependencies", () => {
    const manifest = JSON.parse(readFileSync(path, "utf8")) as { dependencies: Dependencies }
    expect(blocksInstall(manifest.dependencies)).toBe(false)
  })
})

test("has the same dependencies in package.json and package-lock.json", () => {
  const { dependencies } = JSON.parse(readFileSync("package.json", "utf8")) as { dependencies: Dependencies }
  const lock = JSON.parse(readFileSync("package-lock.json", "utf8")) as {
    packages: Record<string, { dependencies: Dependencies }>
  }
  expect(lock.packages[""]?.dependencies).toEqual(dependencies)
})
