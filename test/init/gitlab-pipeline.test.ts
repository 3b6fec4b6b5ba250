import { readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { parse } from "yaml"
import { gitlabInclude, gitlabPipeline } from "../../lib/init/gitlab-pipeline.ts"
import { MODULE_PLACEHOLDER } from "../../src/defaults.ts"

test("the example is what init writes, so that the one cannot rot without the other", () => {
  const example = readFileSync(new URL("../../examples/ci/gitlab-ci.yml", import.meta.url), "utf8")
  expect(gitlabPipeline(MODULE_PLACEHOLDER)).toBe(example)
})

test("the module's address is the caller's", () => {
  expect(gitlabPipeline("example.com/slipway@f00d")).toContain("SLIPWAY: example.com/slipway@f00d\n")
})

test("a file to include has the same jobs, and touches no other job of the pipeline", () => {
  const { stages, variables, ".slipway": base, rehearse, ship } = parse(gitlabPipeline("m@1"))
  expect(stages).toEqual(["ship"])
  expect(parse(gitlabInclude("m@1", { path: ".gitlab/slipway.yml", stage: "deploy" }))).toEqual({
    ".slipway": { ...base, stage: "deploy", variables: { ...variables, ...base.variables } },
    "slipway-rehearse": rehearse,
    "slipway-ship": ship,
  })
  expect(gitlabInclude("m@1", { path: ".gitlab/slipway.yml", stage: "deploy" })).toMatch(
    /^# Ship on .*Kept in \.gitlab\/slipway\.yml; add to \.gitlab-ci\.yml:\n# include:\n# {3}- local: \.gitlab\/slipway\.yml\n# slipway\.yaml says/,
  )
})
