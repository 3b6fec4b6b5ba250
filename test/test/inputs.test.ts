import { expect, test } from "vitest"
import { resultKey } from "../../lib/cache/result.ts"
import { inputsRefusal, type PlanFacts, planInputs, suiteInputs } from "../../lib/test/inputs.ts"
import type { DockerfilePlan, ImagePlan } from "../../lib/test/plan.ts"
import type { TestOptions } from "../../lib/test/suite.ts"

const IMAGE: ImagePlan = {
  ...{ kind: "image", name: "node", path: ".", image: "node:24", commands: ["npm ci", "npm test"] },
  ...{ cacheKey: "slipway-test-node-1", env: { A: "1", B: "2" }, exclude: ["**/node_modules"] },
}
const STAGE: DockerfilePlan = {
  ...{ kind: "dockerfile", name: "dockerfile", path: ".", image: "Dockerfile, stage test" },
  ...{ dockerfile: "Dockerfile", target: "test", commands: [], runsOnStart: true },
}
const FACTS: PlanFacts = {
  image: "sha256:1",
  files: "xxh3:1",
  git: { commit: "c0ffee", branch: "main", tags: ["v2", "v1"] },
}
const SUITE: Suite = { options: {}, platform: "linux/amd64", plan: IMAGE, facts: FACTS }

type Suite = { options: TestOptions; platform: string; plan: ImagePlan | DockerfilePlan; facts: PlanFacts }
const keyOf = ({ options, platform, plan, facts }: Suite) =>
  resultKey(suiteInputs(options, { platform, plans: [planInputs(plan, facts)] }))

test.each<{ name: string; more: Partial<Suite> }>([
  { name: "a changed file", more: { facts: { ...FACTS, files: "xxh3:2" } } },
  { name: "another digest of the image", more: { facts: { ...FACTS, image: "sha256:2" } } },
  { name: "another commit in the checkout", more: { facts: { ...FACTS, git: { commit: "bad", tags: [] } } } },
  { name: "another branch of it", more: { facts: { ...FACTS, git: { commit: "c0ffee", tags: ["v1", "v2"] } } } },
  { name: "a tag more", more: { facts: { ...FACTS, git: { commit: "c0ffee", branch: "main", tags: ["v1"] } } } },
  { name: "no checkout", more: { facts: { image: "sha256:1", files: "xxh3:1" } } },
  { name: "another command", more: { plan: { ...IMAGE, commands: ["npm test"] } } },
  { name: "another folder", more: { plan: { ...IMAGE, path: "api" } } },
  { name: "another variable of the recipe", more: { plan: { ...IMAGE, env: { A: "1", B: "3" } } } },
  { name: "other files that are left out", more: { plan: { ...IMAGE, exclude: [] } } },
  { name: "another lock file", more: { plan: { ...IMAGE, cacheKey: "slipway-test-node-2" } } },
  { name: "a variable of the settings", more: { options: { variables: ["A=1"] } } },
  { name: "a build arg", more: { options: { buildArgs: ["A=1"] } } },
  { name: "a shorter time limit", more: { options: { timeout: 60 } } },
  { name: "another platform of the engine", more: { platform: "linux/arm64" } },
  { name: "a stage of a Dockerfile", more: { plan: STAGE } },
])("$name makes it another result", ({ more }) => {
  expect(keyOf({ ...SUITE, ...more })).not.toBe(keyOf(SUITE))
})

test.each<{ name: string; more: Partial<DockerfilePlan> }>([
  { name: "another stage", more: { target: "unit" } },
  { name: "another Dockerfile", more: { dockerfile: "test.Dockerfile" } },
  { name: "tests in RUN instead of CMD", more: { runsOnStart: false } },
])("$name makes it another result of a Dockerfile", ({ more }) => {
  const plan = { ...STAGE, ...more }
  expect(keyOf({ ...SUITE, plan })).not.toBe(keyOf({ ...SUITE, plan: STAGE }))
})

test.each<{ name: string; more: Partial<Suite> }>([
  { name: "another name of the same image", more: { plan: { ...IMAGE, image: "docker.io/library/node:24" } } },
  { name: "another order of variables", more: { plan: { ...IMAGE, env: { B: "2", A: "1" } } } },
  {
    name: "another order of tags",
    more: { facts: { ...FACTS, git: { commit: "c0ffee", branch: "main", tags: ["v1", "v2"] } } },
  },
  { name: "further files for the report", more: { options: { reports: ["**/*.html"] } } },
  { name: "the default time limit, written out", more: { options: { timeout: 3600 } } },
])("$name leaves it the same result", ({ more }) => {
  expect(keyOf({ ...SUITE, ...more })).toBe(keyOf(SUITE))
})

test.each<{ options: TestOptions; refusal: string | undefined }>([
  { options: {}, refusal: undefined },
  { options: { services: ["db=postgres:17"] }, refusal: "the tests use services" },
  { options: { secrets: [{ name: "token", secret: {} as never }] }, refusal: "the tests use secrets" },
])("tests with $options count for other runs unless $refusal", ({ options, refusal }) => {
  expect(inputsRefusal(options)).toBe(refusal)
})
