import { type Directory, dag } from "@dagger.io/dagger"
import { afterAll, beforeAll, expect, test } from "vitest"
import { COSIGN_IMAGE } from "../../src/tool-images.ts"
import { dagger } from "./dagger-call.ts"
import { type GitServer, startGitServer } from "./git-server.ts"
import { startRegistry, type TestRegistry } from "./registry.ts"
import { type SampleRepository, sampleFiles, sampleRepository } from "./sample-repository.ts"
import { useEngine } from "./session.ts"
import { makeSigningKey, type SigningKeyFiles, signingSecrets } from "./signing-key.ts"
import { slipway, toolImage } from "./slipway.ts"
import { vulnerabilityDbFolder } from "./vulnerability-db.ts"

useEngine()

const ROOT = process.cwd()
const PLATFORMS = ["linux/amd64", "linux/arm64"]

let registry: TestRegistry
let key: SigningKeyFiles
let database: string
beforeAll(async () => {
  ;[registry, key] = await Promise.all([startRegistry(), makeSigningKey()])
  database = vulnerabilityDbFolder("CVE-2023-2603") // of the base image of Node: a sample's update is not the matter here
})

const servers: GitServer[] = []
afterAll(() => {
  for (const server of servers) server.stop()
})

/** The team's GitOps repository, with the manifests of a sample. */
async function gitopsOf(path: string): Promise<GitServer> {
  const server = await startGitServer(sampleFiles(path))
  servers.push(server)
  return server
}

/** Runs a command of the README in a user's clone; returns its output and its progress. */
async function call({ folder }: SampleRepository, ...args: string[]): Promise<{ stdout: string; stderr: string }> {
  const called = await dagger(["-m", ROOT, "call", "--progress=plain", `--vulnerability-db=${database}`, ...args], {
    ...{ cwd: folder, env: { COSIGN_PASSWORD: key.password } },
  })
  expect(called.code, called.error).toBe(0)
  return called
}

async function initByCall(repository: SampleRepository): Promise<void> {
  await call(repository, "init", "--source=.", "export", "--path=.")
}

async function rehearseByCall(repository: SampleRepository): Promise<string> {
  return (await call(repository, "ship", "--source=.")).stdout
}

async function deliverByCall(repository: SampleRepository, git: GitServer, ...args: string[]): Promise<string> {
  const here = [`--registry-service=tcp://127.0.0.1:${registry.port}`, "--plain-http"]
  const keys = [`--cosign-key=file:${key.privateKey}`, "--cosign-password=env:COSIGN_PASSWORD"]
  const where = [...here, `--git-service=tcp://127.0.0.1:${git.port}`]
  return (await call(repository, ...keys, ...where, "ship", "--source=.", ...args)).stderr
}

/** The source for the client, which is ten times faster than the command line; never from the cache of the session. */
function sourceOf({ folder }: SampleRepository): Directory {
  return dag.host().directory(folder, { noCache: true })
}

async function initHere(repository: SampleRepository): Promise<void> {
  await (await slipway().init(sourceOf(repository))).export(repository.folder)
}

async function rehearseHere(repository: SampleRepository): Promise<string> {
  return await slipway({ vulnerabilityDb: dag.host().directory(database) }).ship(sourceOf(repository))
}

async function deliverHere(repository: SampleRepository, git: GitServer): Promise<void> {
  const signing = await signingSecrets(key)
  const registryService = dag
    .host()
    .service([{ frontend: registry.port, backend: registry.port }], { host: "127.0.0.1" })
  const access = { registryService, plainHttp: true, gitService: git.service() }
  const keys = { cosignKey: signing.key, cosignPassword: signing.password }
  await slipway({ vulnerabilityDb: dag.host().directory(database), ...access, ...keys }).ship(sourceOf(repository))
}

/** Rehearses with the files of `init`, unchanged. */
async function initAndRehearse(repository: SampleRepository, { init = initHere, rehearse = rehearseHere } = {}) {
  await init(repository)
  expect(repository.read(".github/workflows/ship.yml")).toContain("release --source=.")
  const rehearsed = await rehearse(repository)
  expect(rehearsed).toMatch(/^REHEARSAL: nothing left this engine/)
  expect(repository.changed(), "the new files in the clone").toEqual([
    ".github/workflows/scheduled.yml",
    ".github/workflows/ship.yml",
    "slipway.yaml",
  ])
  return rehearsed
}

const address = (name: string) => `registry.test:${registry.port}/${name}`

/** Verifies the signature of the release's tag with cosign; returns the digest. */
async function expectReleased(name: string, tag: string): Promise<string> {
  const { digest, body } = await registry.manifest(name, tag)
  expect(body.manifests?.map(({ platform }) => `${platform?.os}/${platform?.architecture}`)).toEqual(PLATFORMS)
  const cosign = dag.container().from(toolImage("COSIGNIMAGE") ?? COSIGN_IMAGE)
  const verify = ["verify", "--key=/cosign.pub", "--insecure-ignore-tlog", "--allow-http-registry"]
  const verified = cosign
    .withServiceBinding("registry.test", registry.service)
    .withFile("/cosign.pub", dag.host().file(key.publicKey))
    .withExec(["/ko-app/cosign", ...verify, `registry.test:5000/${name}@${digest}`])
  expect(await verified.stdout()).toContain(digest)
  return digest
}

/** Uncomments the starter's examples, and fills in the destinations. */
function fillIn(repository: SampleRepository, { name, repo, path }: { name: string; repo: string; path: string }) {
  repository.edit("slipway.yaml", [
    [/^# repository: ghcr\.io\/acme\/.*$/m, `repository: ${name}`],
    [/^# gitops:$/m, "gitops:"],
    [/^# {3}repo: .*$/m, `  repo: ${repo}`],
    [/^# {3}path: .*$/m, `  path: ${path}`],
  ])
}

/** Expects one commit after the first, with these files. */
function expectOneCommit({ git }: GitServer, ...files: string[]): void {
  expect(git("rev-list", "--count", "main").trim()).toBe("2")
  expect(git("diff", "--name-only", "main~1", "main").trim().split("\n")).toEqual(files)
}

/** Titles of the stages' spans. */
function titles({ digest, commit }: { digest: string; commit: string }): string[] {
  const inputs = ["test: go ", `build: ${digest} for ${PLATFORMS.join(", ")}`, "scan: passed, 0 of 0 findings"]
  const signed = [`publish: ${address("team/hello-go")}@${digest}`, "sign: by the public key", "attest: 8 attestations"]
  return [...inputs, ...signed, `verify: signature of ${digest}`, `tag: ${commit} (created)`, "gitops: bumped by"]
}

// first and alone: a new engine builds the module's runtime and compiles Go's library once for each concurrent user
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
