import { randomUUID } from "node:crypto"
import { type Container, dag, type Secret, type Service } from "@dagger.io/dagger"
import { beforeAll, describe, expect, test } from "vitest"
import { newRun } from "../../lib/engine/tool.ts"
import { bumpRepository } from "../../lib/gitops/bump-gitops.ts"
import { digestOf } from "../../lib/oci/reference.ts"
import { KUSTOMIZE_IMAGE, NODE_IMAGE } from "../../src/tool-images.ts"
import { useEngine } from "./session.ts"
import { toolImage } from "./slipway.ts"
import { unverified } from "./unverified.ts"

useEngine()

/** Accepts every connection on each of git's ports, and sends nothing. */
const MUTE = `const { createServer } = require("node:net")
for (const port of [22, 80, 9418]) createServer((socket) => socket.on("error", () => {})).listen(port)`

let gitService: Service
beforeAll(async () => {
  const listening = [22, 80, 9418].reduce((all: Container, port) => all.withExposedPort(port), node())
  gitService = listening.withEnvVariable("INSTANCE", randomUUID()).asService({ args: ["node", "--eval", MUTE] })
  await gitService.start()
})

function node(): Container {
  return dag.container().from(toolImage("NODEIMAGE") ?? NODE_IMAGE)
}

const SECONDS = 10
const secret = (text: string): Secret => dag.setSecret(randomUUID(), text)

describe("git server that accepts a connection and sends nothing", () => {
  test.each([
    { repo: "http://git.test/deploy.git", login: () => ({ token: secret("t0ken") }) },
    { repo: "git://git.test/deploy.git", login: () => ({}) },
  ])("fails at the timeout for $repo", async ({ repo, login }) => {
    const image = toolImage("KUSTOMIZEIMAGE") ?? KUSTOMIZE_IMAGE
    await dag.container().from(image).sync()
    const began = Date.now()
    const bumping = bumpRepository({
      access: { repo, gitService, ...login() },
      options: {
        ...{ path: "values.yaml", edits: ["helm:image"], image: "hello", branch: "main", timeout: SECONDS },
        ref: `ghcr.io/acme/hello@${digestOf("1")}`,
      },
      ...{ image, run: newRun(), verify: unverified, dryRun: false },
    })
    await expect(bumping).rejects.toThrow(
      /^GIT_FAILED: expected to clone the branch main of .*, got a server that accepted the connection and sent nothing \(.*no answer within/,
    )
    const seconds = (Date.now() - began) / 1000
    expect(seconds).toBeGreaterThanOrEqual(SECONDS - 1)
    expect(seconds).toBeLessThan(SECONDS + 10)
  })
})
