import { afterAll, beforeAll, expect, test } from "vitest"
import {
  address,
  deliverByCall,
  deliverHere,
  expectOneCommit,
  expectReleased,
  fillIn,
  gitopsOf,
  initAndRehearse,
  startNewUser,
  stopNewUser,
} from "./new-user.ts"
import { sampleRepository } from "./sample-repository.ts"
import { useEngine } from "./session.ts"

// the samples that new-user.test.ts does not walk through
useEngine()

beforeAll(startNewUser)
afterAll(stopNewUser)

test.concurrent("a Node API with a Helm chart whose tests need PostgreSQL, by slipway.yaml", async () => {
  const git = await gitopsOf("orders-node/chart")
  const repository = sampleRepository("orders-node")
  expect(await initAndRehearse(repository), "with the database of the Compose file").toMatch(/^tests +node passed/m)
  fillIn(repository, { name: address("team/orders"), repo: git.url("git.test"), path: "values.yaml" })
  repository.edit("slipway.yaml", [[/^# {3}edits: /m, "  edits: "]])
  const commit = repository.commit()
  await deliverHere(repository, git)
  const digest = await expectReleased("team/orders", commit)
  const values = git.git("show", "main:values.yaml")
  expect(values).toMatch(new RegExp(`^  repository: ${address("team/orders")}$`, "m"))
  expect(values).toMatch(new RegExp(`^  digest: "?${digest}"?$`, "m"))
  expectOneCommit(git, "values.yaml")
})

test.concurrent("three services in one repository, by slipway.yaml", async () => {
  const git = await gitopsOf("shop/deploy")
  const repository = sampleRepository("shop")
  const services = ["api", "web", "worker"]
  const rehearsed = await initAndRehearse(repository)
  for (const name of services) expect(rehearsed).toContain(`\n== ${name}: rehearsed\n`)
  fillIn(repository, { name: address("shop"), repo: git.url("git.test"), path: "overlays/production" })
  repository.edit(
    "slipway.yaml",
    services.map((name) => [`# gitops: { imageName: ${name} }`, `gitops: { imageName: ${name} }`]),
  )
  const commit = repository.commit()
  const stderr = await deliverByCall(repository, git)
  const overlay = git.git("show", "main:overlays/production/kustomization.yaml")
  for (const name of services) {
    expect(stderr).toContain(`${name} gitops: bumped by ${git.git("rev-parse", "main").trim()}`)
    expect(overlay).toContain(`digest: ${await expectReleased(`shop/${name}`, commit)}`)
  }
  expectOneCommit(git, "overlays/production/kustomization.yaml")
})
