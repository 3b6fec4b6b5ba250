import { readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { MODULE_PLACEHOLDER } from "../../src/init/ci-system.ts"
import { gitlabPipeline } from "../../src/init/gitlab-pipeline.ts"

test("the example is what init writes, so that the one cannot rot without the other", () => {
  const example = readFileSync(new URL("../../examples/ci/gitlab-ci.yml", import.meta.url), "utf8")
  expect(gitlabPipeline(MODULE_PLACEHOLDER)).toBe(example)
})

test("the module's address is the caller's", () => {
  expect(gitlabPipeline("example.com/slipway@f00d")).toContain("SLIPWAY: example.com/slipway@f00d\n")
})
