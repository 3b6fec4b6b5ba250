import { mkdtempSync, readFileSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { dag } from "@dagger.io/dagger"
import { afterAll, beforeAll, expect, test } from "vitest"
import { newRun } from "../../lib/engine/tool.ts"
import { bumpRepository } from "../../lib/gitops/bump-gitops.ts"
import { type DigestRef, digestRef, parseRepository } from "../../lib/oci/reference.ts"
import { inUseTag } from "../../lib/retention/policy-files.ts"
import { daggerCall } from "./dagger-call.ts"
import { datedImage } from "./dated-image.ts"
import { type GitServer, startGitServer } from "./git-server.ts"
import { PASSWORD, startProtectedRegistry } from "./protected-registry.ts"
import type { TestRegistry } from "./registry.ts"
import { useEngine } from "./session.ts"
import type { TinyImage } from "./sign-tiny-image.ts"
import { slipway } from "./slipway.ts"
import { tinyLayout } from "./tiny-layout.ts"

useEngine()

const module = slipway()
const images = ["first", "second", "third", "spare"].map((label) => datedImage(label, { age: 60 }))

/** A repository's slipway.yaml. */
const settings = (address: string) => `repository: ${address}
retention:
  keep:
    - { tags: ["v*"] }
    - { tags: ["pr-*"], days: 30 }
  rollbacks: 1
`

let git: GitServer
let registry: TestRegistry
let address: string
beforeAll(async () => {
  registry = await startProtectedRegistry()
  address = addressOf(registry)
  git = await startGitServer({ "values.yaml": `image:\n  repository: ${address}\n  digest: ""\n` })
  const options = { path: "values.yaml", edits: ["helm:image"], image: "web", branch: "main" }
  const writer = () => {
    const access = { repo: git.url("git.test"), gitService: git.service() }
    return { access, image: module["kustomizeImage"], run: newRun(), dryRun: false }
  }
  for (const image of images.slice(0, 3)) {
    await bumpRepository({ ...writer(), options: { ...options, ref: refOf(image) } })
  }
})
afterAll(() => git?.stop())

const addressOf = ({ port }: TestRegistry) => `registry.test:${port}/team/app`
const refOf = ({ digest }: TinyImage) => digestRef(parseRepository(address), digest)
const gitopsRepo = () => `--gitops-repo=${git.url("git.test")}`
const gitServer = () => [`--git-service=tcp://127.0.0.1:${git.port}`]

function source(of: string): string {
  const folder = mkdtempSync(join(tmpdir(), "slipway-retention-"))
  writeFileSync(join(folder, "slipway.yaml"), settings(of))
  return folder
}

test("writes a policy with the commands that tag deployed images and those of a rollback", async () => {
  const folder = mkdtempSync(join(tmpdir(), "slipway-policy-"))
  const { code, error } = await daggerCall([
    ...[...gitServer(), "registry", "retention-policy", "--registry=ZOT", `--source=${source(address)}`, gitopsRepo()],
    ...["export", `--path=${folder}`],
  ])
  expect(code, error).toBe(0)
  const policy = JSON.parse(readFileSync(join(folder, "policy.json"), "utf8"))
  expect(policy.storage.retention.policies[0]).toMatchObject({ repositories: ["team/app"] })
  const text = readFileSync(join(folder, "README.md"), "utf8")
  const [first, second, third] = images.map(refOf)
  for (const ref of [second, third]) expect(text).toContain(`--ref=${ref} --tags=${inUseTag(ref as DigestRef)}`)
  expect(text).not.toContain(first)
})

/** Every tag of the repository, in the registry's API. */
async function tags({ port }: TestRegistry): Promise<string[]> {
  const headers = { authorization: `Basic ${btoa(`robot:${PASSWORD}`)}` }
  const answer = await fetch(`http://127.0.0.1:${port}/v2/team/app/tags/list`, { headers })
  return ((await answer.json()) as { tags: string[] | null }).tags?.sort() ?? []
}

/** Uses the command line's port, which is part of the repository's name. */
async function fill(registry: TestRegistry): Promise<void> {
  const { port } = registry
  const service = dag.host().service([{ frontend: port, backend: port }], { host: "127.0.0.1" })
  const login = { registryUsername: "robot", registryPassword: dag.setSecret("retention-password", PASSWORD) }
  const there = slipway({ ...login, registryService: service, plainHttp: true })
  for (const [at, image] of images.entries()) {
    const ref = await there.publish(tinyLayout(image), addressOf(registry))
    await there.registry.tag(ref, [`pr-${at + 1}`])
  }
}

const pruneArgs = (registry: TestRegistry) => [
  ...["--registry-username=robot", "--registry-password=env:PASSWORD"],
  ...[`--registry-service=tcp://127.0.0.1:${registry.port}`, "--plain-http"],
  ...["registry", "prune", `--source=${source(addressOf(registry))}`, "--confirm"],
]

test("prunes by slipway.yaml in a registry with a login", async () => {
  await fill(registry)
  const { code, stdout, error } = await daggerCall([...gitServer(), ...pruneArgs(registry), gitopsRepo()], {
    env: { PASSWORD },
  })
  expect(code, error).toBe(0)
  expect(stdout).toContain(`${address}: 2 images deleted (6 manifests in all), 2 kept`)
  expect(await tags(registry)).toEqual(["pr-2", "pr-3"])
})

test("reports a registry without deletion, with advice, and changes nothing", async () => {
  const keeping = await startProtectedRegistry(false)
  await fill(keeping)
  const { code, error } = await daggerCall([...pruneArgs(keeping), "--no-gitops"], { env: { PASSWORD } })
  expect(code).not.toBe(0)
  expect(error).toMatch(/REGISTRY_FAILED: .*got a registry without deletion\. .*STORAGE_DELETE_ENABLED=true/)
  expect(await tags(keeping)).toEqual(["pr-1", "pr-2", "pr-3", "pr-4"])
})
