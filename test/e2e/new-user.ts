import { type Directory, dag } from "@dagger.io/dagger"
import { expect } from "vitest"
import { COSIGN_IMAGE } from "../../src/tool-images.ts"
import { dagger } from "./dagger-call.ts"
import { type GitServer, startGitServer } from "./git-server.ts"
import { startRegistry, type TestRegistry } from "./registry.ts"
import { type SampleRepository, sampleFiles } from "./sample-repository.ts"
import { makeSigningKey, type SigningKeyFiles, signingSecrets } from "./signing-key.ts"
import { slipway, toolImage } from "./slipway.ts"
import { vulnerabilityDbFolder } from "./vulnerability-db.ts"

const ROOT = process.cwd()
export const PLATFORMS = ["linux/amd64", "linux/arm64"]

let registry: TestRegistry
let key: SigningKeyFiles
let database: string

/** What a new user of the module has: a registry and a key; call it in the session of the file. */
export async function startNewUser(): Promise<void> {
  ;[registry, key] = await Promise.all([startRegistry(), makeSigningKey()])
  database = vulnerabilityDbFolder("CVE-2023-2603") // of the base image of Node: a sample's update is not the matter here
}

const servers: GitServer[] = []
export function stopNewUser(): void {
  for (const server of servers) server.stop()
}

/** The team's GitOps repository, with the manifests of a sample. */
export async function gitopsOf(path: string): Promise<GitServer> {
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

export async function initByCall(repository: SampleRepository): Promise<void> {
  await call(repository, "init", "--source=.", "export", "--path=.")
}

export async function rehearseByCall(repository: SampleRepository): Promise<string> {
  return (await call(repository, "ship", "--source=.")).stdout
}

export async function deliverByCall(repository: SampleRepository, git: GitServer, ...args: string[]): Promise<string> {
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

export async function deliverHere(repository: SampleRepository, git: GitServer): Promise<void> {
  const signing = await signingSecrets(key)
  const registryService = dag
    .host()
    .service([{ frontend: registry.port, backend: registry.port }], { host: "127.0.0.1" })
  const access = { registryService, plainHttp: true, gitService: git.service() }
  const keys = { cosignKey: signing.key, cosignPassword: signing.password }
  await slipway({ vulnerabilityDb: dag.host().directory(database), ...access, ...keys }).ship(sourceOf(repository))
}

/** Rehearses with the files of `init`, unchanged. */
export async function initAndRehearse(repository: SampleRepository, { init = initHere, rehearse = rehearseHere } = {}) {
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

export const address = (name: string) => `registry.test:${registry.port}/${name}`

/** Verifies the signature of the release's tag with cosign; returns the digest. */
export async function expectReleased(name: string, tag: string): Promise<string> {
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
export function fillIn(
  repository: SampleRepository,
  { name, repo, path }: { name: string; repo: string; path: string },
) {
  repository.edit("slipway.yaml", [
    [/^# repository: ghcr\.io\/acme\/.*$/m, `repository: ${name}`],
    [/^# gitops:$/m, "gitops:"],
    [/^# {3}repo: .*$/m, `  repo: ${repo}`],
    [/^# {3}path: .*$/m, `  path: ${path}`],
  ])
}

/** Expects one commit after the first, with these files. */
export function expectOneCommit({ git }: GitServer, ...files: string[]): void {
  expect(git("rev-list", "--count", "main").trim()).toBe("2")
  expect(git("diff", "--name-only", "main~1", "main").trim().split("\n")).toEqual(files)
}
