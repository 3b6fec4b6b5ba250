import { randomUUID } from "node:crypto"
import { dag } from "@dagger.io/dagger"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { type Release, ship } from "../../lib/ship/ship.ts"
import { changed, DEPLOYMENT } from "../sync/objects.ts"
import { commitFolder } from "./commit-folder.ts"
import { deployment } from "./deployment.ts"
import { type FakeCluster, startCluster, TOKEN } from "./fake-cluster.ts"
import { type GitServer, startGitServer } from "./git-server.ts"
import { startRegistry, type TestRegistry } from "./registry.ts"
import { useEngine } from "./session.ts"
import { shipHere } from "./ship-options.ts"
import { makeSigningKey, type SigningKeyFiles, signingSecrets } from "./signing-key.ts"
import { vulnerabilityDbFolder } from "./vulnerability-db.ts"

useEngine()

const REPOSITORY = "registry.test:5000/team/app"
const WEB = "/apis/apps/v1/namespaces/shop/deployments/hello"
const FILES = {
  "prod/deployment.yaml": deployment("app"),
  "prod/kustomization.yaml": "resources: [deployment.yaml]\n",
}

let registry: TestRegistry
let git: GitServer
let key: SigningKeyFiles
let cluster: FakeCluster
/** Whether the pods of the deployed image become available. */
let starts = true
beforeAll(async () => {
  ;[registry, git, key, cluster] = await Promise.all([
    startRegistry(),
    startGitServer(FILES),
    makeSigningKey(),
    startCluster({ [WEB]: [deployed] }),
  ])
})
afterAll(async () => {
  git?.stop()
  await cluster?.stop()
})

/** The Deployment, as if a controller had applied what the branch names now. */
function deployed(): object {
  const [digest = ""] = git.git("show", "main:prod/kustomization.yaml").match(/sha256:[0-9a-f]{64}/) ?? []
  return changed(DEPLOYMENT, ({ spec, status }) => {
    spec.template.spec.containers = [{ name: "app", image: `${REPOSITORY}@${digest}` }]
    if (starts) return
    const message = 'ReplicaSet "app-1" has timed out progressing.'
    status.conditions = [{ type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded", message }]
  })
}

const VERSIONS = ["one", "two"].map((name) =>
  commitFolder({
    branch: "main",
    tags: [],
    files: { Dockerfile: "FROM gcr.io/distroless/static-debian12\nCOPY f /\n", f: name },
  }),
)

async function deliver(version: string | undefined): Promise<Release> {
  const destination = {
    repository: REPOSITORY,
    signing: await signingSecrets(key),
    ...{ tags: ["{sha}"], registry: { service: registry.service, plainHttp: true } },
    ...{ gitopsRepo: git.url("git.test"), gitopsPath: "prod", gitopsImageName: "app" },
    git: { gitService: git.service() },
  }
  const database = dag.host().directory(vulnerabilityDbFolder())
  const api = {
    server: cluster.url,
    token: dag.setSecret(randomUUID(), TOKEN),
    caCertificate: dag.file("ca.crt", cluster.authority),
  }
  const wait = { timeout: 60, settle: 1, mergeTimeout: 60, rollbackOnFailure: true }
  const sync = { resources: ["deployment/shop/hello"], ...wait, api }
  return await ship(dag.host().directory(version ?? ""), { ...(await shipHere(destination, database)), sync })
}

const overlay = () => git.git("show", "main:prod/kustomization.yaml")
const commits = () => Number(git.git("rev-list", "--count", "main"))

describe("a release that is waited for", () => {
  let first: Release

  test("is live, and the record has the time from the commit", async () => {
    first = await deliver(VERSIONS[0])
    expect(first.error).toBeUndefined()
    expect(first.record.sync).toMatchObject({ status: "live", resources: [{ name: "deployment/shop/hello" }] })
    expect(first.record.sync?.commitToLive).toBeGreaterThan(0)
    expect(first.record.stages.at(-1)?.name).toBe("sync")
  })

  test("is rolled back if it fails, with the cluster's words, and the run fails", async () => {
    starts = false
    const { record, error } = await deliver(VERSIONS[1])
    const before = first.record.published ?? ""
    const tip = git.git("rev-parse", "main").trim()
    expect(String(error)).toMatch(/SYNC_FAILED: .*ProgressDeadlineExceeded: ReplicaSet "app-1" has timed out/)
    expect(String(error)).toContain(`Rolled back to ${before} by ${tip}.`)
    expect(record.failure).toMatchObject({ stage: "sync", code: "SYNC_FAILED" })
    expect(record.sync).toMatchObject({ status: "failed", rollback: { ref: before, commit: tip } })
    expect(overlay()).toContain(before.split("@")[1])
    expect(overlay()).not.toContain(record.image?.digest)
    expect(commits()).toBe(4)
    const message = git.git("log", "-1", "--format=%B", "main")
    expect(message).toContain('ProgressDeadlineExceeded: ReplicaSet "app-1" has timed out progressing.')
    expect(message).toContain("Slipway-Kind: rollback")
  })

  test("is held when it is delivered again", async () => {
    starts = true
    const { record, error } = await deliver(VERSIONS[1])
    expect(error).toBeUndefined()
    expect(record.bump?.status).toBe("superseded")
    expect(record.sync?.status).toBe("skipped")
    expect(commits()).toBe(4)
  })
})
