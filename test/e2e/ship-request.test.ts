import { randomUUID } from "node:crypto"
import { type Directory, dag } from "@dagger.io/dagger"
import { afterAll, beforeAll, expect, test } from "vitest"
import type { ShipOptions } from "../../lib/ship/context.ts"
import type { DestinationRequest } from "../../lib/ship/options/flags.ts"
import { renderRelease } from "../../lib/ship/report/release-text.ts"
import { ship as deliver, requireShipped } from "../../lib/ship/ship.ts"
import { deployment } from "./deployment.ts"
import { dialectOf, startForge, TOKEN } from "./fake-forge.ts"
import { type GitServer, startGitServer } from "./git-server.ts"
import { startRegistry, type TestRegistry } from "./registry.ts"
import { useEngine } from "./session.ts"
import { type ShipCall, shipHere } from "./ship-options.ts"
import { makeSigningKey, type SigningKeyFiles, signingSecrets } from "./signing-key.ts"
import { vulnerabilityDbFolder } from "./vulnerability-db.ts"

useEngine()

const OVERLAY = "overlays/prod"
const FILES = {
  "base/deployment.yaml": deployment("hello"),
  "base/kustomization.yaml": "resources: [deployment.yaml]\n",
  [`${OVERLAY}/kustomization.yaml`]: "resources: [../../base]\n",
}

let registry: TestRegistry
let git: GitServer
let key: SigningKeyFiles
let database: string
beforeAll(async () => {
  ;[registry, git, key] = await Promise.all([
    startRegistry(),
    startGitServer(FILES, "acme/deploy.git"),
    makeSigningKey(),
  ])
  database = vulnerabilityDbFolder()
})
afterAll(() => git?.stop())

test("a proposed bump leaves main unchanged, and the record names the pull request", async () => {
  const main = git.git("rev-parse", "main")
  const github = dialectOf("github")
  const forge = await startForge(github, { open: false })
  try {
    const token = dag.setSecret(randomUUID(), TOKEN)
    const proposal = { pullRequest: true, forge: "github", endpoint: forge.url, token }
    const { record } = requireShipped(
      await deliver(tiny(), await here({ destination: { proposal, tags: ["proposed"] } })),
    )
    const { url } = github
    expect(record.bump).toMatchObject({ status: "requested", request: { url, merge: "manual" }, path: OVERLAY })
    const branch = record.bump?.status === "requested" ? record.bump.request.branch : "none"
    expect(git.git("show", `${branch}:${OVERLAY}/kustomization.yaml`)).toContain(`digest: ${record.image?.digest}`)
    expect(git.git("rev-parse", "main")).toBe(main)
    // the token is checked before anything is pushed; then the request is searched and opened
    expect(forge.asked.map(({ method }) => method)).toEqual(["GET", "GET", "POST"])
    expect(renderRelease(record)).toContain(`${url} is open: ${OVERLAY} on main of`)
  } finally {
    await forge.stop()
  }
})

test("nothing is pushed if the forge refuses the token", async () => {
  const before = { registry: await registry.snapshot(), refs: git.refs() }
  const github = dialectOf("github")
  const no = { status: 401, body: '{"message":"Bad credentials"}' }
  const forge = await startForge(github, { open: false, more: { [`GET ${github.requests}`]: [no] } })
  try {
    const proposal = {
      pullRequest: true,
      forge: "github",
      endpoint: forge.url,
      token: dag.setSecret(randomUUID(), TOKEN),
    }
    const { record } = await deliver(tiny(), await here({ destination: { proposal, tags: ["refused"] } }))
    expect(record).toMatchObject({ ok: false, failure: { stage: "open", code: "FORGE_REFUSED" } })
    expect({ registry: await registry.snapshot(), refs: git.refs() }).toEqual(before)
  } finally {
    await forge.stop()
  }
})

function tiny(): Directory {
  return dag.directory().withNewFile("Dockerfile", "FROM gcr.io/distroless/static-debian12\nCOPY Dockerfile /\n")
}

type Here = { destination?: Partial<DestinationRequest>; call?: ShipCall; password?: string }

/** The delivery through the client. */
async function here({ destination = {}, call = {}, password = key.password }: Here): Promise<ShipOptions> {
  const gitops = { gitopsRepo: git.url("git.test"), gitopsPath: OVERLAY, gitopsImageName: "hello" }
  const bumped = "gitopsRepo" in destination ? {} : gitops
  const whole = {
    repository: "registry.test:5000/team/hello",
    signing: await signingSecrets(key, password),
    ...{ tags: ["again"], registry: { service: registry.service, plainHttp: true } },
    git: { gitService: git.service() },
  }
  return await shipHere({ ...whole, ...bumped, ...destination }, dag.host().directory(database), call)
}
