import { readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { githubWorkflow } from "../../lib/init/github-workflow.ts"
import { MODULE_PLACEHOLDER } from "../../src/defaults.ts"

test("the example is what init writes, so that the one cannot rot without the other", () => {
  const example = readFileSync(new URL("../../examples/ci/github.yml", import.meta.url), "utf8")
  expect(githubWorkflow(MODULE_PLACEHOLDER)).toBe(example)
})

test("the module's address is the caller's", () => {
  expect(githubWorkflow("example.com/slipway@f00d")).toContain("SLIPWAY: example.com/slipway@f00d\n")
})
