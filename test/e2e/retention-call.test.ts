import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { dag } from "@dagger.io/dagger"
import { afterAll, beforeAll, expect, test } from "vitest"
import { newRun } from "../../lib/engine/tool.ts"
import { bumpRepository } from "../../lib/gitops/bump-gitops.ts"
import { type DigestRef, digestRef, parseRepository } from "../../lib/oci/reference.ts"
import { inUseTag } from "../../lib/retention/policy-files.ts"
import { RegistryKind } from "../../src/enums.ts"
import type { Slipway } from "../../src/index.ts"
import { daggerCall } from "./dagger-call.ts"
import { datedImage } from "./dated-image.ts"
import { type GitServer, startGitServer } from "./git-server.ts"
import { PASSWORD, startProtectedRegistry } from "./protected-registry.ts"
import type { TestRegistry } from "./registry.ts"
import { useEngine } from "./session.ts"
import type { TinyImage } from "./sign-tiny-image.ts"
import { slipway } from "./slipway.ts"
import { tinyLayout } from "./tiny-layout.ts"
import { unverified } from "./unverified.ts"

useEngine()

const module = slipway()
const images = ["first", "second", "third", "spare"].map((label) => datedImage(label, { age: 60 }))

/** A repository's slipway.yaml. */
const settings = (address: string) => `repository: ${address}
deployed: [{ repo: "${git.url("git.test")}", branches: [main, staging] }]
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
    return { access, image: module["kustomizeImage"], run: newRun(), verify: unverified, dryRun: false }
  }
  for (const image of images.slice(0, 3)) {
    await bumpRepository({ ...writer(), options: { ...options, ref: refOf(image) } })
  }
  git.git("branch", "staging", "main")
  const [, , , spare] = images as [TinyImage, TinyImage, TinyImage, TinyImage]
  await bumpRepository({ ...writer(), options: { ...options, branch: "staging", ref: refOf(spare) } })
})
afterAll(() => git?.stop())

const addressOf = ({ port }: TestRegistry) => `registry.test:${port}/team/app`
const refOf = ({ digest }: TinyImage) => digestRef(parseRepository(address), digest)

function source(of: string): string {
  const folder = mkdtempSync(join(tmpdir(), "slipway-retention-"))
  writeFileSync(join(folder, "slipway.yaml"), settings(of))
  return folder
}

test("writes a policy with the commands that tag deployed images and those of a rollback", async () => {
  const settings = dag.host().directory(source(address))
  const there = slipway({ gitService: git.service() })
  const given = [undefined, undefined, undefined, git.url("git.test")] as const
  const written = await there.registry.retentionPolicy(RegistryKind.ZOT, undefined, [], settings, ...given)
  const policy = JSON.parse(await written.file("policy.json").contents())
  expect(policy.storage.retention.policies[0]).toMatchObject({ repositories: ["team/app"] })
  const text = await written.file("README.md").contents()
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
function opened({ port }: TestRegistry): Slipway {
  const service = dag.host().service([{ frontend: port, backend: port }], { host: "127.0.0.1" })
  const login = { registryUsername: "robot", registryPassword: dag.setSecret("retention-password", PASSWORD) }
  return slipway({ ...login, registryService: service, plainHttp: true, gitService: git.service() })
}

async function fill(registry: TestRegistry): Promise<void> {
  const there = opened(registry)
  for (const [at, image] of images.entries()) {
    const ref = await there.publish(tinyLayout(image), addressOf(registry))
    await there.registry.tag(ref, [`pr-${at + 1}`])
  }
}

test("prunes by slipway.yaml in a registry with a login", async () => {
  await fill(registry)
  const call = [
    ...["--registry-username=robot", "--registry-password=env:PASSWORD"],
    ...[`--registry-service=tcp://127.0.0.1:${registry.port}`, "--plain-http"],
    ...[`--git-service=tcp://127.0.0.1:${git.port}`, "registry", "prune", `--source=${source(address)}`],
    "--confirm",
  ]
  const { code, stdout, error } = await daggerCall(call, { env: { PASSWORD } })
  expect(code, error).toBe(0)
  expect(stdout).toContain(`${address}: 1 image deleted (3 manifests in all), 3 kept`)
  expect(await tags(registry), "with the bump before, and what runs by the other branch").toEqual([
    "pr-2",
    "pr-3",
    "pr-4",
  ])
})

test("reports a registry without deletion, with advice, and changes nothing", async () => {
  const keeping = await startProtectedRegistry(false)
  await fill(keeping)
  const settings = dag.host().directory(source(addressOf(keeping)))
  const refused = opened(keeping).registry.prune(undefined, [], settings, true, false, true)
  await expect(refused).rejects.toThrow(
    /REGISTRY_FAILED: .*got a registry without deletion\. .*STORAGE_DELETE_ENABLED=true/,
  )
  expect(await tags(keeping)).toEqual(["pr-1", "pr-2", "pr-3", "pr-4"])
})
