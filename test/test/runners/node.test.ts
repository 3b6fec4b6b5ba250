import { describe, expect, test } from "vitest"
import { BUN, NODE, nodeVersion } from "../../../lib/test/runners/node.ts"
import { type Files, projectOf } from "../project-of.ts"

describe("node", () => {
  const TESTED = JSON.stringify({ scripts: { test: "vitest run" } })
  const pinned = (packageManager: string) => JSON.stringify({ scripts: { test: "vitest run" }, packageManager })

  test.each([
    { wanted: "", version: "24" },
    { wanted: "22", version: "22" },
    { wanted: "v22.11.0\n", version: "22.11.0" },
    { wanted: "^20.1.0", version: "20" },
    { wanted: "18.x", version: "18" },
    { wanted: "~22.3", version: "22" },
    { wanted: ">=20", version: "24" },
    { wanted: ">= 26.0.0", version: "26" },
    { wanted: ">=18 <21", version: "20" },
    { wanted: "^18 || ^20", version: "20" },
    { wanted: "lts/*", version: "24" },
    { wanted: "lts/jod", version: "22" },
    { wanted: "node", version: "24" },
  ])('reads "$wanted" as Node $version', ({ wanted, version }) => {
    expect(nodeVersion(wanted)).toBe(version)
  })

  test.each([
    { name: "npm by its lock file", files: { "package-lock.json": "{}" }, commands: ["npm ci", "npm test"] },
    { name: "npm without a lock file", files: {}, commands: ["npm install", "npm test"] },
    {
      name: "pnpm",
      files: { "pnpm-lock.yaml": "" },
      commands: ["npm install --global pnpm@10", "pnpm install --frozen-lockfile", "pnpm test"],
    },
    {
      name: "pnpm at its pinned version",
      files: { "package.json": pinned("pnpm@9.1.2+sha512.abc"), "pnpm-lock.yaml": "" },
      commands: ["npm install --global pnpm@9.1.2", "pnpm install --frozen-lockfile", "pnpm test"],
    },
    {
      name: "Yarn 1",
      files: { "yarn.lock": "# yarn lockfile v1\n" },
      commands: [
        "npm install --global --force yarn@1",
        "yarn install --frozen-lockfile --non-interactive",
        "yarn test",
      ],
    },
    {
      name: "a later Yarn",
      files: { "yarn.lock": "__metadata:\n  version: 8\n" },
      commands: ["npm install --global --force @yarnpkg/cli-dist@4", "yarn install --immutable", "yarn test"],
    },
  ])("uses $name", ({ files, commands }) => {
    expect(NODE.plan(projectOf({ "package.json": TESTED, ...files }))).toMatchObject({ image: "node:24", commands })
  })

  test(".nvmrc wins over engines", () => {
    const json = JSON.stringify({ scripts: { test: "x" }, engines: { node: "20" } })
    expect(NODE.plan(projectOf({ "package.json": json }))?.image).toBe("node:20")
    expect(NODE.plan(projectOf({ "package.json": json, ".nvmrc": "22\n" }))?.image).toBe("node:22")
  })

  test.each([
    { name: "no package.json", files: {} },
    { name: "no test script", files: { "package.json": "{}" } },
    {
      name: "the placeholder of npm init",
      files: { "package.json": '{"scripts":{"test":"echo \\"Error: no test specified\\" && exit 1"}}' },
    },
    { name: "a broken package.json", files: { "package.json": "{" } },
  ])("skips a project with $name", ({ files }) => {
    expect(NODE.plan(projectOf(files))).toBeUndefined()
  })
})

describe("bun", () => {
  const SCRIPT = JSON.stringify({ scripts: { test: "bun test --coverage" } })
  const COLLECT = "bun test --reporter=junit --reporter-outfile=/slipway/report/junit.xml"

  test.each([
    {
      name: "the test script",
      files: { "package.json": SCRIPT, "bun.lock": "" },
      commands: ["bun install --frozen-lockfile", "bun run test"],
    },
    {
      name: "Bun's runner without a script",
      files: { "package.json": "{}", "bun.lock": "", "src/sum.test.ts": "" },
      commands: ["bun install --frozen-lockfile", COLLECT],
    },
    {
      name: "Bun's runner instead of the placeholder",
      files: {
        "package.json": '{"scripts":{"test":"echo \\"Error: no test specified\\" && exit 1"}}',
        "bun.lockb": "",
        "sum_spec.js": "",
      },
      commands: ["bun install --frozen-lockfile", COLLECT],
    },
    {
      name: "the script of a project that pins Bun without a lock file",
      files: { "package.json": JSON.stringify({ packageManager: "bun@1.2.3", scripts: { test: "x" } }) },
      commands: ["bun install", "bun run test"],
    },
  ])("runs $name, and the Node runner skips it", ({ files, commands }) => {
    expect(BUN.plan(projectOf(files))).toMatchObject({ commands })
    expect(NODE.plan(projectOf(files))).toBeUndefined()
  })

  test.each([
    { name: "the newest Bun", files: {}, image: "oven/bun:1" },
    { name: "the version in .bun-version", files: { ".bun-version": "1.1.38\n" }, image: "oven/bun:1.1.38" },
    {
      name: "the pinned version",
      files: { "package.json": JSON.stringify({ packageManager: "bun@1.2.3", scripts: { test: "x" } }) },
      image: "oven/bun:1.2.3",
    },
  ])("uses $name", ({ files, image }: { files: Files; image: string }) => {
    expect(BUN.plan(projectOf({ "package.json": SCRIPT, "bun.lock": "", ...files }))?.image).toBe(image)
  })

  test.each([
    { name: "of npm", files: { "package.json": SCRIPT, "package-lock.json": "{}" } },
    {
      name: "with a lock file of npm as well",
      files: { "package.json": SCRIPT, "bun.lock": "", "package-lock.json": "{}" },
    },
    { name: "without any test", files: { "package.json": "{}", "bun.lock": "", "node_modules/a/a.test.js": "" } },
  ])("skips a project $name", ({ files }) => {
    expect(BUN.plan(projectOf(files))).toBeUndefined()
  })
})
