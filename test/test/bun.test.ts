import { expect, test } from "vitest"
import { BUN } from "../../lib/test/bun.ts"
import { NODE } from "../../lib/test/node.ts"
import { type Files, projectOf } from "./project-of.ts"

const SCRIPT = JSON.stringify({ scripts: { test: "bun test --coverage" } })
const COLLECT = "bun test --reporter=junit --reporter-outfile=/slipway/report/junit.xml"

test.each([
  {
    name: "the script for tests",
    files: { "package.json": SCRIPT, "bun.lock": "" },
    commands: ["bun install --frozen-lockfile", "bun run test"],
  },
  {
    name: "Bun's own runner, where there is no script",
    files: { "package.json": "{}", "bun.lock": "", "src/sum.test.ts": "" },
    commands: ["bun install --frozen-lockfile", COLLECT],
  },
  {
    name: "Bun's own runner instead of the placeholder",
    files: {
      "package.json": '{"scripts":{"test":"echo \\"Error: no test specified\\" && exit 1"}}',
      "bun.lockb": "",
      "sum_spec.js": "",
    },
    commands: ["bun install --frozen-lockfile", COLLECT],
  },
  {
    name: "what is pinned to Bun without a lock file",
    files: { "package.json": JSON.stringify({ packageManager: "bun@1.2.3", scripts: { test: "x" } }) },
    commands: ["bun install", "bun run test"],
  },
])("runs $name, and Node leaves it alone", ({ files, commands }) => {
  expect(BUN.plan(projectOf(files))).toMatchObject({ commands })
  expect(NODE.plan(projectOf(files))).toBeUndefined()
})

test.each([
  { name: "the newest Bun", files: {}, image: "oven/bun:1" },
  { name: "the one of .bun-version", files: { ".bun-version": "1.1.38\n" }, image: "oven/bun:1.1.38" },
  {
    name: "the one that is pinned",
    files: { "package.json": JSON.stringify({ packageManager: "bun@1.2.3", scripts: { test: "x" } }) },
    image: "oven/bun:1.2.3",
  },
])("takes $name", ({ files, image }: { files: Files; image: string }) => {
  expect(BUN.plan(projectOf({ "package.json": SCRIPT, "bun.lock": "", ...files }))?.image).toBe(image)
})

test.each([
  { name: "of npm", files: { "package.json": SCRIPT, "package-lock.json": "{}" } },
  {
    name: "with a lock file of npm as well",
    files: { "package.json": SCRIPT, "bun.lock": "", "package-lock.json": "{}" },
  },
  { name: "without any test", files: { "package.json": "{}", "bun.lock": "", "node_modules/a/a.test.js": "" } },
])("leaves a project $name alone", ({ files }) => {
  expect(BUN.plan(projectOf(files))).toBeUndefined()
})
