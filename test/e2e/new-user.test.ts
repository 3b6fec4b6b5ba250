import { afterAll, beforeAll, expect, test } from "vitest"
import {
  address,
  deliverByCall,
  expectOneCommit,
  expectReleased,
  gitopsOf,
  initAndRehearse,
  initByCall,
  PLATFORMS,
  rehearseByCall,
  startNewUser,
  stopNewUser,
} from "./new-user.ts"
import { sampleRepository } from "./sample-repository.ts"
import { useEngine } from "./session.ts"

useEngine()

beforeAll(startNewUser)
afterAll(stopNewUser)

/** Titles of the stages' spans. */
function titles({ digest, commit }: { digest: string; commit: string }): string[] {
  const inputs = ["test: go ", `build: ${digest} for ${PLATFORMS.join(", ")}`, "scan: passed, 0 of 0 findings"]
  const signed = [`publish: ${address("team/hello-go")}@${digest}`, "sign: by the public key", "attest: 8 attestations"]
  return [...inputs, ...signed, `verify: signature of ${digest}`, `tag: ${commit} (created)`, "gitops: bumped by"]
}

// a new engine builds the module's runtime and compiles Go's library once for each concurrent user
test("a Go service with a kustomize overlay, by arguments", async () => {
  const git = await gitopsOf("hello-go/deploy")
  const repository = sampleRepository("hello-go")
  expect(await initAndRehearse(repository, { init: initByCall, rehearse: rehearseByCall })).toMatch(
    /^tests +go \d+ passed/m,
  )
  const commit = repository.commit()
  const gitops = { repo: git.url("git.test"), path: "overlays/production", imageName: "hello-go" }
  const where = Object.entries(gitops).map(([key, value]) => `--set=gitops.${key}=${value}`)
  const stderr = await deliverByCall(repository, git, `--repository=${address("team/hello-go")}`, ...where)
  const digest = await expectReleased("team/hello-go", commit)
  const overlay = git.git("show", "main:overlays/production/kustomization.yaml")
  expect(overlay).toContain(`digest: ${digest}`)
  expect(overlay).toContain(`newName: ${address("team/hello-go")}`)
  expectOneCommit(git, "overlays/production/kustomization.yaml")
  for (const title of titles({ digest, commit }))
    expect(stderr, "the result of a stage, in Dagger's view").toContain(title)
})
