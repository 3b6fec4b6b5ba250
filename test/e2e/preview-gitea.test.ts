import { execFileSync } from "node:child_process"
import { cpSync, mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { dag } from "@dagger.io/dagger"
import { afterAll, beforeAll, expect, test } from "vitest"
import { type Settings, Settings as SettingsSchema } from "../../lib/config/settings.ts"
import { shipOptions } from "../../lib/ship/options/options.ts"
import { mergeRetention, pruneImages } from "../../lib/ship/retention.ts"
import { type Release, ship } from "../../lib/ship/ship.ts"
import { toolImages } from "../../src/api/access.ts"
import { NO_FLAGS } from "../ship/no-flags.ts"
import { type ApiRecorder, expectRecording, startRecorder } from "./api-recorder.ts"
import { commitFolder } from "./commit-folder.ts"
import { type Gitea, startGitea } from "./gitea.ts"
import { BOT, type GiteaRepository, makeOrganization, makeRepository, secretOf } from "./gitea-repository.ts"
import { FILES, MARKER, PREVIEWS, REPOSITORY } from "./preview-overlays.ts"
import { startRegistry, type TestRegistry } from "./registry.ts"
import { useEngine } from "./session.ts"
import { makeSigningKey, type SigningKeyFiles, signingSecrets } from "./signing-key.ts"
import { slipway } from "./slipway.ts"
import { vulnerabilityDbFolder } from "./vulnerability-db.ts"

useEngine()

let gitea: Gitea
let recorder: ApiRecorder
let registry: TestRegistry
let gitops: GiteaRepository
let key: SigningKeyFiles
let source: string
let tokens: { git: string; comment: string }
beforeAll(async () => {
  ;[gitea, registry, key] = await Promise.all([startGitea(), startRegistry(), makeSigningKey()])
  recorder = await startRecorder(gitea.url, "/api/v1")
  await makeOrganization(gitea)
  gitops = await makeRepository(gitea, { name: "deploy" })
  for (const [path, text] of Object.entries(FILES)) {
    await gitea.make("POST", `/repos/acme/deploy/contents/${path}`, {
      content: btoa(text),
      message: path,
      branch: "main",
    })
  }
  tokens = {
    git: await gitea.tokenOf(BOT, ["write:repository"]),
    // as docs/guides/previews.md names them
    comment: await gitea.tokenOf(BOT, ["write:issue", "read:repository", "read:user"]),
  }
  await gitea.make("POST", "/orgs/acme/repos", { name: "hello", private: true, default_branch: "main" })
  source = commitFolder({ branch: "feature", tags: [], files: { Dockerfile: dockerfile("one") } })
  push("main")
  commit("two")
  push("feature")
  await openRequest()
})
afterAll(async () => {
  await recorder?.stop()
  await gitea?.stop()
})

test("a request of Gitea gets its preview, and one comment, which the next commit updates", async () => {
  for (const text of ["two", "three"]) {
    if (text === "three") {
      commit(text)
      push("feature")
    }
    const { record } = await preview()
    expect(record.failure).toBeUndefined()
    expect(record).toMatchObject({ ok: true, mode: "delivery", preview: { status: "shipped", number: 1 } })
    const digest = record.image?.digest ?? ""
    expect(await gitops.text(`${PREVIEWS}/pr-1/kustomization.yaml`)).toContain(`digest: ${digest}`)
    expect(await comments()).toEqual([[BOT, expect.stringContaining(digest)]])
    expect((await comments())[0]?.[1]).toMatch(new RegExp(`^${MARKER}\n### ✅ Preview of`))
  }
})

test("a commit that is no longer the request's is refused by Gitea's word", async () => {
  const before = await gitops.tip("main")
  commit("unpushed")
  const { record } = await preview()
  expect(record.ok).toBe(false)
  expect(record.failure, record.failure?.message).toMatchObject({ stage: "open", code: "PREVIEW_REFUSED" })
  expect(await gitops.tip("main")).toBe(before)
  expect(await comments()).toHaveLength(1)
})

test("a request that was merged loses its overlay", async () => {
  expect(await prune(true)).not.toContain("the request 1 is closed")
  const merged = await gitea.ask("POST", "/repos/acme/hello/pulls/1/merge", {
    body: { Do: "squash", delete_branch_after_merge: true },
  })
  expect(merged.status).toBe(200)
  expect(await prune(true)).toContain("the request 1 is closed; commit ")
  expect(await gitops.text(`${PREVIEWS}/pr-1/kustomization.yaml`)).toBeUndefined()
})

test("records the calls that the unit tests use", () => {
  expectRecording("preview", recorder.calls, tokens)
})

/** Opens the request when Gitea has the pushed branch, which is a moment after the push. */
async function openRequest(): Promise<void> {
  const body = { head: "feature", base: "main", title: "A feature" }
  for (let tries = 0; tries < 60; tries++) {
    const { status } = await gitea.ask("POST", "/repos/acme/hello/pulls", { body })
    if (status === 201) return
    await sleep(500)
  }
  throw new Error("expected Gitea to have the branch feature, got a refusal for 30 s")
}

async function comments(): Promise<[string, string][]> {
  const all = (await gitea.make("GET", "/repos/acme/hello/issues/1/comments")) as {
    user: { login: string }
    body: string
  }[]
  return all.map(({ user, body }) => [user.login, body])
}

/** Ships in the job of the request. */
async function preview(): Promise<Release> {
  // the session reads a folder of this machine once
  const now = mkdtempSync(join(tmpdir(), "slipway-preview-"))
  cpSync(source, now, { recursive: true })
  const module = slipway({ vulnerabilityDb: dag.host().directory(vulnerabilityDbFolder()) })
  const tools = {
    images: toolImages(module),
    scan: module["scanTools"](),
    nodeImage: module["nodeImage"],
    checkers: {} as never,
  }
  const ids = ["GITHUB_REPOSITORY_ID=1", "GITHUB_HEAD_REPOSITORY_ID=1"]
  const flags = {
    ...{ ...NO_FLAGS, signing: await signingSecrets(key) },
    ...{
      registry: { service: registry.service, plainHttp: true },
      git: git(),
      sourceForgeToken: secretOf(tokens.comment),
    },
    ci: ["GITHUB_REPOSITORY=acme/hello", "GITHUB_REF=refs/pull/1/merge", `GITHUB_HEAD_SHA=${head()}`, ...ids],
  }
  return await ship(dag.host().directory(now), await shipOptions(flags, settings(), tools))
}

async function prune(confirm: boolean): Promise<string> {
  const module = slipway()
  const flags = { keep: [], gitopsBranches: [], git: git(), sourceForgeToken: secretOf(tokens.comment) }
  const registryInput = { service: registry.service, plainHttp: true }
  const its = mergeRetention({ ...flags, registry: registryInput }, settings(), "https://git.acme.example/acme/hello")
  const tools = { craneImage: module["craneImage"], cosignImage: module["cosignImage"] }
  return await pruneImages(its, { confirm, noGitops: false, json: false, gitImage: module["kustomizeImage"], ...tools })
}

const git = () => ({ gitService: gitea.service(), token: secretOf(tokens.git) })

function settings(): Settings {
  return SettingsSchema.parse({
    ...{ repository: REPOSITORY, tags: ["{semver}"], test: false, smoke: false, platforms: ["linux/amd64"] },
    gitops: { repo: gitops.url, path: "apps/hello/prod", imageName: "hello" },
    preview: {
      url: "https://pr-{number}.preview.example.com/",
      gitops: { path: `${PREVIEWS}/pr-{number}`, template: `${PREVIEWS}/template` },
      ...{ forge: "gitea", endpoint: recorder.endpoint },
    },
  })
}

const dockerfile = (text: string) => `FROM gcr.io/distroless/static-debian12\nLABEL text=${text}\nCOPY Dockerfile /\n`
const inSource = (...args: string[]) => {
  const who = ["-c", "user.name=Seed", "-c", "user.email=seed@example.com"]
  return execFileSync("git", ["-C", source, ...who, ...args], { encoding: "utf8", stdio: "pipe" }).trim()
}
const head = () => inSource("rev-parse", "HEAD")

function commit(text: string): void {
  writeFileSync(join(source, "Dockerfile"), dockerfile(text))
  inSource("commit", "--all", "--no-gpg-sign", "--quiet", "-m", text)
}

function push(branch: string): void {
  inSource(
    "push",
    "--quiet",
    gitea.url.replace("//", `//${BOT}:${tokens.git}@`).concat("/acme/hello.git"),
    `HEAD:refs/heads/${branch}`,
  )
}
