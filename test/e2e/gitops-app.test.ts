import { createVerify, generateKeyPairSync, randomUUID } from "node:crypto"
import { dag } from "@dagger.io/dagger"
import { afterEach, beforeAll, expect, test } from "vitest"
import { newRun } from "../../lib/engine/tool.ts"
import { bumpRepository } from "../../lib/gitops/bump-gitops.ts"
import { digestOf } from "../../lib/oci/reference.ts"
import { KUSTOMIZE_IMAGE } from "../../src/tool-images.ts"
import { leaks } from "../leak/search.ts"
import { type EngineGitServer, startEngineGitServer } from "./engine-git-server.ts"
import { type FakeProvider, startProvider } from "./fake-provider.ts"
import { useEngine } from "./session.ts"
import { slipway, toolImage } from "./slipway.ts"
import { unverified } from "./unverified.ts"

useEngine()

const TOKEN = "ghs_t0ken-of-the-installation"
const REPO = "http://git.test/acme.git/deploy"
const values = (digest = "") => `image:\n  repository: ghcr.io/acme/hello\n  digest: "${digest}"\n`
const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 })
const pem = privateKey.export({ type: "pkcs1", format: "pem" }).toString()
const key = () => dag.setSecret(randomUUID(), pem)

let server: EngineGitServer
beforeAll(async () => {
  const repositories = { "acme.git/deploy": { files: { "values.yaml": values() } } }
  server = await startEngineGitServer({ repositories, users: { "x-access-token": TOKEN } })
})

let github: FakeProvider
afterEach(() => github?.stop())

/** GitHub's API for the App 12345, installed on the repository or not. */
async function startGithub(installed = true): Promise<string> {
  const pull = { number: 7, html_url: "https://github.test/acme.git/deploy/pull/7", node_id: "PR_7" }
  const says = (body: unknown, status = 200) => [{ status, body: JSON.stringify(body) }]
  github = await startProvider({
    "/repos/acme.git/deploy/installation": installed ? says({ id: 9 }) : says({ message: "Not Found" }, 404),
    "/app/installations/9/access_tokens": says({ token: TOKEN, expires_at: "2030-01-01T00:00:00Z" }, 201),
    "GET /repos/acme.git/deploy/pulls": says([]),
    "POST /repos/acme.git/deploy/pulls": says(pull, 201),
  })
  return github.url
}

function bump(endpoint: string): Promise<string> {
  const app = { id: "12345", key: key() }
  return bumpRepository({
    access: { repo: REPO, app, gitService: server.service },
    delivery: { pullRequest: true, forge: "github", endpoint },
    options: {
      ...{ path: "values.yaml", edits: ["helm:image"], image: "hello", branch: "main", timeout: 120 },
      ref: `ghcr.io/acme/hello@${digestOf("1")}`,
    },
    image: toolImage("KUSTOMIZEIMAGE") ?? KUSTOMIZE_IMAGE,
    run: newRun(),
    verify: unverified,
    dryRun: false,
  })
}

function bearer({ headers }: FakeProvider["asked"][number] = { method: "", path: "", headers: {}, body: "" }): string {
  return (headers["authorization"] ?? "").replace("Bearer ", "")
}

test("creates an App's token for this repository and uses it for git and the pull request", async () => {
  const text = await bump(await startGithub())
  const [branch = ""] = text.match(/slipway\/main\/[0-9a-f]{10}/) ?? []
  expect(await server.run(`git -C /srv/git/acme.git/deploy.git show ${branch}:values.yaml`)).toBe(values(digestOf("1")))
  expect(text).toMatch(/^Opened the pull request https:\/\/github\.test\/acme\.git\/deploy\/pull\/7/)
  const { asked } = github
  expect(asked.map(({ method, path }) => `${method} ${path.replace(/\?.*/, "")}`)).toEqual([
    ...["GET /repos/acme.git/deploy/installation", "POST /app/installations/9/access_tokens"],
    ...["GET /repos/acme.git/deploy/pulls", "POST /repos/acme.git/deploy/pulls"],
  ])
  const scope = { repositories: ["deploy"], permissions: { contents: "write", pull_requests: "write" } }
  expect(JSON.parse(asked[1]?.body ?? "")).toEqual(scope)
  expect(asked.slice(2).map(bearer)).toEqual([TOKEN, TOKEN])
  for (const call of asked.slice(0, 2)) {
    const [header, claims = "", signature = ""] = bearer(call).split(".")
    const verify = createVerify("RSA-SHA256").update(`${header}.${claims}`)
    expect(verify.verify(publicKey, signature, "base64url")).toBe(true)
    expect(JSON.parse(Buffer.from(claims, "base64url").toString())).toMatchObject({ iss: "12345" })
  }
  const seen = text + asked.map(({ path, body }) => path + body).join()
  expect(leaks(seen, { TOKEN, pem })).toEqual([])
})

test("returns a token that can only write contents from the function alone", async () => {
  const token = await slipway({ gitAppId: "12345", gitAppKey: key() }).login.githubApp(REPO, false, await startGithub())
  expect(await token.plaintext()).toBe(TOKEN)
  expect(JSON.parse(github.asked[1]?.body ?? "")).toMatchObject({ permissions: { contents: "write" } })
})

test("refuses an App that is not installed on the repository, and writes nothing", async () => {
  const refs = () => server.run("git -C /srv/git/acme.git/deploy.git for-each-ref")
  const before = await refs()
  const refused = await bump(await startGithub(false)).catch(String)
  expect(refused).toMatch(
    /FORGE_REFUSED: .*an installation of the App for acme\.git\/deploy, got HTTP 404.*Install the App/,
  )
  expect(leaks(refused, { pem })).toEqual([])
  expect(await refs()).toBe(before)
})
