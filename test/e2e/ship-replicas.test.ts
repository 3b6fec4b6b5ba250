import { dag, NetworkProtocol, type Service } from "@dagger.io/dagger"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { type Release, ship } from "../../lib/ship/ship.ts"
import { commitFolder } from "./commit-folder.ts"
import { type GitServer, startGitServer } from "./git-server.ts"
import { startReferrersRegistry, startRegistry, type TestRegistry } from "./registry.ts"
import { useEngine } from "./session.ts"
import { shipHere } from "./ship-options.ts"
import { makeSigningKey, type SigningKeyFiles, signingSecrets } from "./signing-key.ts"
import { vulnerabilityDbFolder } from "./vulnerability-db.ts"

useEngine()

const DOCKERFILE = "FROM gcr.io/distroless/static-debian12\nCOPY Dockerfile /\n"
const DOWN = "replica.test:5000/copies/app"
const OTHER = "other.test:5000/team/app"

let main: TestRegistry
let replica: TestRegistry
let other: TestRegistry
let git: GitServer
let key: SigningKeyFiles
let source: string
beforeAll(async () => {
  const values = { "values.yaml": "image:\n  repository: registry.test:5000/team/app\n  digest: ''\n" }
  ;[main, replica, other, git, key] = await Promise.all([
    startRegistry(),
    startRegistry(),
    startReferrersRegistry(),
    startGitServer(values),
    makeSigningKey(),
  ])
  source = commitFolder({ branch: "main", tags: [], files: { Dockerfile: DOCKERFILE } })
})
afterAll(() => git?.stop())

/** Has the replica's name, and refuses connections to its port. */
function downService(): Service {
  const ports = [{ protocol: NetworkProtocol.Tcp, frontend: 5001, backend: replica.port }]
  return dag.host().service(ports, { host: "127.0.0.1" })
}

async function run(service = replica.service): Promise<Release> {
  const registry = { service: main.service, plainHttp: true }
  const destination = {
    repository: "registry.test:5000/team/app",
    replicas: [
      { repository: DOWN, registry: { service, plainHttp: true } },
      { repository: OTHER, registry: { service: other.service, plainHttp: true } },
    ],
    ...{ signing: await signingSecrets(key), tags: ["{sha}", "latest"], registry },
    ...{ gitopsRepo: git.url("git.test"), gitopsPath: "values.yaml", gitopsEdits: ["helm:image"] },
    git: { gitService: git.service() },
  }
  const options = await shipHere(destination, dag.host().directory(vulnerabilityDbFolder()), {
    settings: { test: false, defaultBranch: "main" },
  })
  return await ship(dag.host().directory(source), options)
}

/** The digests that refer to an image, by the API or by the fallback tag. */
async function referrersOf(
  { port }: TestRegistry,
  { name, digest }: { name: string; digest: string },
): Promise<string[]> {
  const base = `http://127.0.0.1:${port}/v2/${name}`
  const accept = "application/vnd.oci.image.index.v1+json"
  const api = await fetch(`${base}/referrers/${digest}`, { headers: { accept } })
  const answer = api.ok ? api : await fetch(`${base}/manifests/${digest.replace(":", "-")}`, { headers: { accept } })
  const { manifests = [] } = answer.ok ? ((await answer.json()) as { manifests?: { digest: string }[] }) : {}
  return manifests.map(({ digest }) => digest).sort()
}

const tagsOf = (all: Record<string, string> = {}) =>
  Object.fromEntries(Object.entries(all).filter(([name]) => !name.startsWith("sha256-")))
const stagesOf = ({ record }: Release) => record.stages.map(({ name }) => name)
const seconds = ({ record }: Release, name: string) => record.stages.find((stage) => stage.name === name)?.seconds

describe("a release with replicas, one of which is down", () => {
  let broken: Release
  let continued: Release

  test("is whole in the main registry and in the other replica, and names the one that failed", async () => {
    broken = await run(downService())
    const { record } = broken
    console.info(`replicate, one replica down: ${seconds(broken, "replicate")} s`)
    expect(record.failure).toMatchObject({ stage: "replicate", code: "REPLICA_FAILED" })
    expect(record.failure?.message).toContain(`expected the release in ${DOWN} too`)
    expect(record.failure?.message).not.toContain(OTHER)
    expect(record.bump).toMatchObject({ status: "bumped" })
    expect(git.git("show", "main:values.yaml")).toContain(String(record.image?.digest))
    const tags = tagsOf((await main.snapshot())["team/app"])
    expect(Object.values(tags)).toEqual([record.image?.digest, record.image?.digest])
    expect(tagsOf((await other.snapshot())["team/app"])).toEqual(tags)
    expect(await replica.snapshot()).toEqual({})
    expect(record.replicas).toMatchObject([
      { repository: DOWN, status: "failed" },
      { repository: OTHER, status: "copied" },
    ])
  })

  test("goes on there when it is up, with one digest and each signature once", async () => {
    continued = await run()
    console.info(`replicate, second run: ${seconds(continued, "replicate")} s`)
    const { record } = continued
    expect(record.failure).toBeUndefined()
    expect(stagesOf(continued).sort()).toEqual(["gitops", "open", "replicate", "resume", "tag"])
    expect(record).toMatchObject({ ok: true, adopted: true, published: broken.record.published })
    expect(record.replicas).toMatchObject([
      { repository: DOWN, status: "copied", tags: [{ change: "created" }, { change: "created" }] },
      { repository: OTHER, status: "unchanged", tags: [{ change: "unchanged" }, { change: "unchanged" }] },
    ])
    const tags = tagsOf((await main.snapshot())["team/app"])
    expect(tagsOf((await replica.snapshot())["copies/app"])).toEqual(tags)
    expect(tagsOf((await other.snapshot())["team/app"])).toEqual(tags)
    expect(git.git("rev-list", "--count", "main").trim()).toBe("2")
    const [platform] = record.image?.platforms ?? []
    for (const [digest = "", count] of [
      [record.image?.digest, 4],
      [platform?.digest, 3],
    ] as const) {
      const expected = await referrersOf(main, { name: "team/app", digest })
      expect(new Set(expected).size, "signature, provenance, evidence and record; SBOMs and findings").toBe(count)
      expect(await referrersOf(replica, { name: "copies/app", digest })).toEqual(expected)
      expect(await referrersOf(other, { name: "team/app", digest })).toEqual(expected)
    }
  })

  test("is then finished at once, and changes nothing", async () => {
    const worlds = () => Promise.all([main, replica, other].map((registry) => registry.snapshot()))
    const before = await worlds()
    const start = Date.now()
    const finished = await run()
    console.info(`finished: ${((Date.now() - start) / 1000).toFixed(1)} s`)
    expect(finished.finished).toBe(true)
    expect(await worlds()).toEqual(before)
  })
})
