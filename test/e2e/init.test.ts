import { dag } from "@dagger.io/dagger"
import { expect, test } from "vitest"
import { CiSystem } from "../../src/enums.ts"
import { useEngine } from "./session.ts"
import { slipway } from "./slipway.ts"

useEngine()

const source = () =>
  dag
    .directory()
    .withNewFile("services/api/Dockerfile", "FROM scratch\n")
    .withNewFile("deploy/base/kustomization.yaml", "resources: [deployment.yaml]\n")
    .withNewFile("deploy/prod/kustomization.yml", "resources: [../base]\n")

test("init writes its findings, and only new files", async () => {
  const files = await slipway().init(source(), CiSystem.GITLAB, "example.com/slipway@f00d")
  const paths = (await files.glob("**/*")).filter((path) => !path.endsWith("/"))
  expect(paths.toSorted()).toEqual([".gitlab-ci.yml", ".gitlab/scheduled.yml", "slipway.yaml"])
  const settings = await files.file("slipway.yaml").contents()
  expect(settings).toContain("  dockerfile: services/api/Dockerfile\n")
  expect(settings).toContain("#   path: deploy/prod\n")
  expect(await files.file(".gitlab-ci.yml").contents()).toContain("SLIPWAY: example.com/slipway@f00d\n")
})

test("init overwrites no file", async () => {
  const taken = source().withNewFile("slipway.yaml", "repository: a.b/c\n")
  await expect(slipway().init(taken)).rejects.toThrow(/^OPTIONS_INVALID: expected a source without slipway\.yaml/)
})
