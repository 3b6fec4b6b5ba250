import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { dag } from "@dagger.io/dagger"
import { afterAll, beforeAll, expect, test } from "vitest"
import { daggerCall } from "./dagger-call.ts"
import { deployment } from "./deployment.ts"
import { type GitServer, startGitServer } from "./git-server.ts"
import { useEngine } from "./session.ts"
import { slipway } from "./slipway.ts"

useEngine()

const FILES = {
  "base/deployment.yaml": deployment("hello"),
  "base/kustomization.yaml": "resources: [deployment.yaml]\n",
  "overlays/prod/kustomization.yaml": "resources: [../../base]\n",
}
const DIGEST = `sha256:${"0a".repeat(32)}`

let git: GitServer
beforeAll(async () => {
  git = await startGitServer(FILES)
})
afterAll(() => git?.stop())

test("bump-gitops reads repository, overlay and commit options from the settings, and prefers its arguments", async () => {
  const settings = join(mkdtempSync(join(tmpdir(), "slipway-settings-")), "slipway.yaml")
  writeFileSync(
    settings,
    `gitops:
  repo: ${git.url("git.test")}
  path: overlays/prod
  imageName: hello
  message: "Deploy {image}"
  authorName: Delivery
  authorEmail: delivery@acme.example
  signOff: true
`,
  )
  const access = [`--settings=${settings}`, `--git-service=tcp://127.0.0.1:${git.port}`]
  const ref = `--ref=ghcr.io/acme/hello@${DIGEST}`
  const called = await daggerCall([...access, "bump-gitops", ref, "--author-name=Someone", "--sign-off=false"])
  expect(called.code, called.error).toBe(0)
  expect(git.git("show", "main:overlays/prod/kustomization.yaml")).toContain(`digest: ${DIGEST}`)
  expect(git.git("log", "-1", "--format=%an <%ae> %s", "main").trim()).toBe(
    "Someone <delivery@acme.example> Deploy hello",
  )
  expect(git.git("log", "-1", "--format=%B", "main")).not.toContain("Signed-off-by")
  const here = slipway({ settings: dag.host().file(settings), gitService: git.service() })
  expect(await here.gitops.deployed()).toBe(`ghcr.io/acme/hello@${DIGEST}`)
})
