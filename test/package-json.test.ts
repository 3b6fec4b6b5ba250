import { readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"

type Dependencies = Record<string, string>

/**
 * Dagger's TypeScript runtime mounts its own TypeScript at node_modules/typescript when a module asks for an exact
 * version, and then runs `npm install` for the other dependencies. npm cannot rename a mount point, so every call ends
 * with EBUSY (exit code 240), while `dagger functions` still works.
 */
function blocksInstall(dependencies: Dependencies): boolean {
  const exact = /^\d+\.\d+\.\d+/.test(dependencies["typescript"] ?? "")
  return exact && Object.keys(dependencies).length > 1
}

test.each([
  {
    name: "an exact version beside another dependency",
    dependencies: { typescript: "5.9.3", zod: "4.6.7" },
    blocks: true,
  },
  { name: "a tilde range", dependencies: { typescript: "~5.9.3", zod: "4.6.7" }, blocks: false },
  {
    name: "an exact version alone, which is mounted and needs no install",
    dependencies: { typescript: "5.9.3" },
    blocks: false,
  },
  { name: "no TypeScript", dependencies: { zod: "4.6.7" }, blocks: false },
])("$name: the runtime's install fails: $blocks", ({ dependencies, blocks }) => {
  expect(blocksInstall(dependencies as Dependencies)).toBe(blocks)
})

describe.each(["package.json", "examples/consumer/package.json"])("%s", (path) => {
  test("pins no exact TypeScript version beside other dependencies", () => {
    const manifest = JSON.parse(readFileSync(path, "utf8")) as { dependencies: Dependencies }
    expect(blocksInstall(manifest.dependencies)).toBe(false)
  })
})

test("package-lock.json asks for the TypeScript that package.json asks for", () => {
  const { dependencies } = JSON.parse(readFileSync("package.json", "utf8")) as { dependencies: Dependencies }
  const lock = JSON.parse(readFileSync("package-lock.json", "utf8")) as {
    packages: Record<string, { dependencies: Dependencies }>
  }
  expect(lock.packages[""]?.dependencies).toEqual(dependencies)
})
