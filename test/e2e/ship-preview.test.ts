import { execFileSync } from "node:child_process"
import { randomUUID } from "node:crypto"
import { cpSync, mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { dag } from "@dagger.io/dagger"
import { afterAll, beforeAll, expect, test } from "vitest"
import { type Settings, Settings as SettingsSchema } from "../../lib/config/settings.ts"
import { shipOptions } from "../../lib/ship/options/options.ts"
import { mergeRetention, pruneImages } from "../../lib/ship/retention.ts"
import { type Release, ship } from "../../lib/ship/ship.ts"
import { toolImages } from "../../src/api/access.ts"
import { NO_FLAGS } from "../ship/no-flags.ts"
import { commitFolder } from "./commit-folder.ts"
import { TOKEN } from "./fake-forge.ts"
import { type FakeRequests, OURS, startRequests } from "./fake-requests.ts"
import { type GitServer, startGitServer } from "./git-server.ts"
import { FILES, MARKER, PREVIEWS, REPOSITORY } from "./preview-overlays.ts"
import { startRegistry, type TestRegistry } from "./registry.ts"
import { useEngine } from "./session.ts"
import { makeSigningKey, type SigningKeyFiles, signingSecrets } from "./signing-key.ts"
import { slipway } from "./slipway.ts"
import { vulnerabilityDbFolder } from "./vulnerability-db.ts"

useEngine()

let registry: TestRegistry
let git: GitServer
let forge: FakeRequests
let key: SigningKeyFiles
let source: string
beforeAll(async () => {
  ;[registry, git, forge, key] = await Promise.all([
    startRegistry(),
    startGitServer(FILES, "acme/deploy.git"),
    startRequests(),
    makeSigningKey(),
  ])
  source = commitFolder({ branch: "feature", tags: ["v9.9.9"], files: { Dockerfile: dockerfile("one") } })
})
afterAll(async () => {
  git?.stop()
  await forge?.stop()
})

test("the request is opened: its own tag, a new overlay from the template, and one comment", async () => {
  const first = head()
  forge.requests.set(7, { state: "open", head: first })
  forge.write(7, 666, `${MARKER}\nnot ours`)
  const { record } = await preview(7)
  expect(record.failure).toBeUndefined()
  expect(record).toMatchObject({ ok: true, mode: "delivery", preview: { status: "shipped", number: 7 } })
  const digest = record.image?.digest ?? ""
  expect(await registry.snapshot()).toMatchObject({ "team/hello": { [`pr-7-${first}`]: digest } })
  expect(
    Object.keys((await registry.snapshot())["team/hello"] ?? {}).filter((tag) => !tag.startsWith("sha256-")),
  ).toEqual([`pr-7-${first}`])
  const overlay = git.git("show", `main:${PREVIEWS}/pr-7/kustomization.yaml`)
  expect(overlay).toContain("namespace: hello-pr-7")
  expect(overlay).toContain(`digest: ${digest}`)
  expect(changedSince("main~1")).toEqual([`${PREVIEWS}/pr-7/kustomization.yaml`])
  const message = git.git("log", "-1", "--format=%B", "main")
  expect(message).toContain("Slipway-Kind: preview")
  expect(message).not.toContain("Source-Order")
  expect(ours(7)).toEqual([expect.stringContaining(`${MARKER}\n### ✅ Preview of`)])
  expect(ours(7)[0]).toContain(`| address | https://pr-7.preview.example.com/ |`)
  expect(ours(7)[0]).toContain(`| image | \`${REPOSITORY}@${digest}\` |`)
  expect(forge.comments.find(({ user }) => user === 666)?.body).toBe(`${MARKER}\nnot ours`)
})

test("the request is updated: the overlay moves on, and the comment is the same one", async () => {
  const before = { first: head(), comments: forge.comments.length }
  commit("two")
  forge.requests.set(7, { state: "open", head: head() })
  const { record } = await preview(7)
  const digest = record.image?.digest
  expect(record.failure).toBeUndefined()
  expect(record).toMatchObject({ ok: true, preview: { comment: { status: "updated" } }, bump: { status: "bumped" } })
  expect(git.git("show", `main:${PREVIEWS}/pr-7/kustomization.yaml`)).toContain(`digest: ${digest}`)
  expect(forge.comments).toHaveLength(before.comments)
  expect(ours(7)[0]).toContain(`${digest}`)
  const state = await everything()
  checkout(before.first)
  expect((await preview(7)).record).toMatchObject({
    ok: false,
    failure: {
      stage: "open",
      code: "PREVIEW_REFUSED",
      message: expect.stringContaining(`is at ${commitOf("feature")}`),
    },
  })
  expect(await everything()).toEqual(state)
  checkout("feature")
})

test("a request from a fork is refused by the forge's word, and rehearsed by the job's variables", async () => {
  const state = await everything()
  forge.requests.set(8, { state: "open", head: head(), fork: true })
  expect((await preview(8)).record).toMatchObject({ ok: false, failure: { code: "PREVIEW_REFUSED" } })
  const options = await optionsOf(8, ["GITHUB_HEAD_REPOSITORY_ID=2"])
  expect(options).toMatchObject({ destination: { kind: "rehearsal" }, noPreview: "the request is from a fork" })
  expect(await everything()).toEqual(state)
})

test("a closed request loses its overlay and its images, but not one that a release has too", async () => {
  const tags = Object.entries((await registry.snapshot())["team/hello"] ?? {})
  const [, newest] = tags.find(([tag]) => tag === `pr-7-${head()}`) ?? []
  await tagRelease(newest ?? "", "v1.0.0")
  forge.requests.set(7, { state: "closed", head: head() })
  const plan = await prune(false)
  expect(plan).toContain(`remove  ${PREVIEWS}/pr-7: the request 7 is closed`)
  expect(plan).toMatch(/delete {2}pr-7-.*: the request 7 is closed/)
  expect(git.git("ls-tree", "-r", "--name-only", "main")).toContain(`${PREVIEWS}/pr-7/`)
  const done = await prune(true)
  expect(done).toContain(`the request 7 is closed; commit ${git.git("rev-parse", "main").trim()}`)
  expect(git.git("ls-tree", "-r", "--name-only", "main")).not.toContain(`${PREVIEWS}/pr-7/`)
  expect(git.git("log", "-1", "--format=%B", "main")).toBe(
    "Remove the preview of request 7\n\nSlipway-Kind: preview\n\n",
  )
  const left = Object.entries((await registry.snapshot())["team/hello"] ?? {}).filter(
    ([tag]) => !tag.startsWith("sha256-"),
  )
  expect(left.toSorted()).toEqual([
    [`pr-7-${head()}`, newest],
    ["v1.0.0", newest],
  ])
})

/** Ships in the job of a request, by the settings of a repository that also has a release. */
async function preview(number: number): Promise<Release> {
  // the session reads a folder of this machine once
  const now = mkdtempSync(join(tmpdir(), "slipway-preview-"))
  cpSync(source, now, { recursive: true })
  return await ship(dag.host().directory(now), await optionsOf(number))
}

function settings(): Settings {
  return SettingsSchema.parse({
    repository: REPOSITORY,
    tags: ["{semver}", "latest", "floating:stable"],
    test: false,
    smoke: false,
    platforms: ["linux/amd64"],
    gitops: { repo: git.url("git.test"), path: "apps/hello/prod", imageName: "hello" },
    preview: {
      url: "https://pr-{number}.preview.example.com/",
      gitops: { path: `${PREVIEWS}/pr-{number}`, template: `${PREVIEWS}/template` },
      ...{ forge: "github", endpoint: forge.url },
    },
  })
}

async function optionsOf(number: number, more: string[] = []) {
  const module = slipway({ vulnerabilityDb: dag.host().directory(vulnerabilityDbFolder()) })
  const images = toolImages(module)
  const tools = { images, scan: module["scanTools"](), nodeImage: module["nodeImage"], checkers: {} as never }
  const ids = ["GITHUB_REPOSITORY_ID=1", ...(more.length ? more : ["GITHUB_HEAD_REPOSITORY_ID=1"])]
  const flags = {
    ...NO_FLAGS,
    signing: await signingSecrets(key),
    registry: { service: registry.service, plainHttp: true },
    git: { gitService: git.service() },
    sourceForgeToken: token(),
    ci: ["GITHUB_REPOSITORY=acme/hello", `GITHUB_REF=refs/pull/${number}/merge`, `GITHUB_HEAD_SHA=${head()}`, ...ids],
  }
  return await shipOptions(flags, settings(), tools)
}

async function prune(confirm: boolean): Promise<string> {
  const module = slipway()
  const flags = { keep: [], gitopsBranches: [], git: { gitService: git.service() }, sourceForgeToken: token() }
  const registryInput = { service: registry.service, plainHttp: true }
  const its = mergeRetention({ ...flags, registry: registryInput }, settings(), "https://github.com/acme/hello")
  const tools = { craneImage: module["craneImage"], cosignImage: module["cosignImage"] }
  return await pruneImages(its, { confirm, noGitops: false, json: false, gitImage: module["kustomizeImage"], ...tools })
}

const token = () => dag.setSecret(randomUUID(), TOKEN)
const dockerfile = (text: string) => `FROM gcr.io/distroless/static-debian12\nLABEL text=${text}\nCOPY Dockerfile /\n`
const inSource = (...args: string[]) => {
  const who = ["-c", "user.name=Seed", "-c", "user.email=seed@example.com"]
  return execFileSync("git", ["-C", source, ...who, ...args], { encoding: "utf8" }).trim()
}
const commitOf = (name: string) => inSource("rev-parse", name)
const head = () => commitOf("HEAD")
const checkout = (name: string) => inSource("checkout", "--quiet", name)

function commit(text: string): void {
  writeFileSync(join(source, "Dockerfile"), dockerfile(text))
  inSource("commit", "--all", "--no-gpg-sign", "--quiet", "-m", text)
}

const changedSince = (commit: string) => git.git("diff", "--name-only", commit, "main").trim().split("\n")
const ours = (number: number) =>
  forge.comments.filter(({ user, issue }) => user === OURS && issue === number).map(({ body }) => body)
const everything = async () => ({
  registry: await registry.snapshot(),
  refs: git.refs(),
  comments: forge.comments.map(({ body }) => body),
})

/** A release with the same image, as a promotion of a request's commit makes one. */
async function tagRelease(digest: string, tag: string): Promise<void> {
  const url = `http://127.0.0.1:${registry.port}/v2/team/hello/manifests`
  const type = "application/vnd.oci.image.index.v1+json"
  const body = await (await fetch(`${url}/${digest}`, { headers: { accept: type } })).text()
  const put = await fetch(`${url}/${tag}`, { method: "PUT", headers: { "content-type": type }, body })
  expect(put.status).toBe(201)
}
