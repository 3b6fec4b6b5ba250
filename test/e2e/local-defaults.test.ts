import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { commitFolder } from "./commit-folder.ts"
import { type Called, dagger } from "./dagger-call.ts"
import { deployment } from "./deployment.ts"
import { type GitWebServer, startGitWebServer } from "./git-web-server.ts"
import { PASSWORD, startProtectedRegistry } from "./protected-registry.ts"
import type { TestRegistry } from "./registry.ts"
import { useEngine } from "./session.ts"
import { makeSigningKey, type SigningKeyFiles } from "./signing-key.ts"
import { vulnerabilityDbFolder } from "./vulnerability-db.ts"

useEngine()

const ROOT = process.cwd()
const OVERLAY = "overlays/production"
const GIT_TOKEN = "git-token-of-fixture"

let registry: TestRegistry
let git: GitWebServer
let key: SigningKeyFiles
let folder: string
beforeAll(async () => {
  const files = {
    [`${OVERLAY}/kustomization.yaml`]: "resources: [hello.yaml]\n",
    [`${OVERLAY}/hello.yaml`]: deployment("hello"),
  }
  ;[registry, git, key] = await Promise.all([
    startProtectedRegistry(),
    startGitWebServer(files, GIT_TOKEN),
    makeSigningKey(),
  ])
  folder = userRepository()
})
afterAll(() => git?.stop())

const image = () => `registry.test:${registry.port}/team/hello`

/** The .env of the README, with the addresses of the local servers. */
function userRepository(): string {
  const settings = `repository: ${image()}
platforms: [linux/amd64]
test: false
registry: { plainHttp: true }
gitops: { repo: "${git.url("git.test")}", path: ${OVERLAY}, imageName: hello }
`
  const repository = commitFolder({
    branch: "main",
    tags: [],
    files: {
      ".gitignore": ".env\n",
      Dockerfile: "FROM gcr.io/distroless/static-debian12:latest\nCOPY slipway.yaml /\nUSER 7\n",
      "slipway.yaml": settings,
    },
  })
  const access = [
    "REGISTRYUSERNAME=robot",
    "REGISTRYPASSWORD=env://GHCR_TOKEN",
    `COSIGNKEY=file://${key.privateKey}`,
    "COSIGNPASSWORD=env://COSIGN_PASSWORD",
    "GITTOKEN=env://GIT_TOKEN",
  ]
  const here = [
    `REGISTRYSERVICE=tcp://127.0.0.1:${registry.port}`,
    `GITSERVICE=tcp://127.0.0.1:${git.port}`,
    `VULNERABILITYDB=${vulnerabilityDbFolder()}`,
  ]
  writeFileSync(join(repository, ".env"), [...access, ...here].map((line) => `SLIPWAY_${line}\n`).join(""))
  return repository
}

/** Calls the module in the user's repository, with the secrets in the environment. */
async function call(...args: string[]): Promise<Called> {
  const env = { GHCR_TOKEN: PASSWORD, COSIGN_PASSWORD: key.password, GIT_TOKEN }
  const called = await dagger(["-m", ROOT, "call", "--progress=plain", ...args], { cwd: folder, env })
  expect(called.code, called.error).toBe(0)
  return called
}

/** The digest of a tag, read from the registry with a login. */
async function digestAt(tag: string): Promise<string | null> {
  const headers = {
    authorization: `Basic ${btoa(`robot:${PASSWORD}`)}`,
    accept: "application/vnd.oci.image.index.v1+json",
  }
  const url = `http://127.0.0.1:${registry.port}/v2/team/hello/manifests/${tag}`
  return (await fetch(url, { method: "HEAD", headers })).headers.get("docker-content-digest")
}

test("ships with a .env for access and a slipway.yaml, without any other flag", async () => {
  await call("ship", "--source=.")
  const sha = readFileSync(join(folder, ".git/refs/heads/main"), "utf8").trim()
  const digest = await digestAt(sha)
  expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/)
  expect(await digestAt(String(digest).replace(":", "-")), "the list of its signature and attestations").not.toBeNull()
  const overlay = git.git("show", `main:${OVERLAY}/kustomization.yaml`)
  expect(overlay).toContain(`newName: ${image()}\n`)
  expect(overlay).toContain(`digest: ${digest}\n`)
  expect(git.git("rev-list", "--count", "main").trim()).toBe("2")
})

test("uses the same .env for other functions, in a separate session", async () => {
  const sha = readFileSync(join(folder, ".git/refs/heads/main"), "utf8").trim()
  const ref = `${image()}@${await digestAt(sha)}`
  const verified = await call(
    "--plain-http",
    "signature",
    "verify-release",
    `--ref=${ref}`,
    `--public-key=${key.publicKey}`,
  )
  expect(verified.stdout).toContain(`verified: signature of`)
})
