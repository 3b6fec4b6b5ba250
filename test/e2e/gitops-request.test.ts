import { randomUUID } from "node:crypto"
import { chmodSync, mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { dag } from "@dagger.io/dagger"
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest"
import { newRun } from "../../lib/engine/tool.ts"
import { bumpRepository } from "../../lib/gitops/bump-gitops.ts"
import type { DeliveryChoice } from "../../lib/gitops/context.ts"
import { digestOf } from "../../lib/oci/reference.ts"
import { KUSTOMIZE_IMAGE } from "../../src/tool-images.ts"
import { leaks } from "../leak/search.ts"
import { callOf, type Dialect, dialectOf, startForge, TOKEN } from "./fake-forge.ts"
import type { FakeProvider, Says } from "./fake-provider.ts"
import { type GitServer, startGitServer } from "./git-server.ts"
import { useEngine } from "./session.ts"
import { toolImage } from "./slipway.ts"
import { unverified } from "./unverified.ts"

useEngine()

const FORGES = ["github", "gitlab", "gitea", "bitbucket"]
const values = (digest = "") => `image:\n  repository: ghcr.io/acme/hello\n  digest: "${digest}"\n`
const FILES = Object.fromEntries(FORGES.map((name) => [`${name}/values.yaml`, values()]))

let server: GitServer
beforeAll(async () => {
  server = await startGitServer(FILES, "acme/deploy.git")
  protectMain()
})
afterAll(() => server?.stop())

let forge: FakeProvider | undefined
afterEach(() => forge?.stop())

/** A server that protects main, like a forge. */
function protectMain(): void {
  const hook = join(server.git("rev-parse", "--absolute-git-dir").trim(), "hooks/pre-receive")
  mkdirSync(join(hook, ".."), { recursive: true })
  writeFileSync(hook, "#!/bin/sh\n! grep -q ' refs/heads/main$' || { echo 'main is protected' >&2; exit 1; }\n")
  chmodSync(hook, 0o755)
}

type Wish = { path: string; build?: string; order?: number; choice?: DeliveryChoice; dryRun?: boolean }

/** Each call is a separate run, like a pipeline's. */
function bump({ path, build = "1", order = 100, choice = {}, dryRun = false }: Wish): Promise<string> {
  const token = dag.setSecret(randomUUID(), TOKEN)
  return bumpRepository({
    access: { repo: server.url("git.test"), gitService: server.service() },
    delivery: { pullRequest: true, token, ...choice },
    options: {
      ...{ path: `${path}/values.yaml`, edits: ["helm:image"], image: "hello", branch: "main", timeout: 280 },
      ...{ ref: `ghcr.io/acme/hello@${digestOf(build)}`, sourceOrder: order, sourceRevision: `commit-${order}` },
    },
    image: toolImage("KUSTOMIZEIMAGE") ?? KUSTOMIZE_IMAGE,
    run: newRun(),
    verify: unverified,
    dryRun,
  })
}

/** The branch of Slipway's proposal for this folder. */
function ownBranch(folder: string): string {
  const all = server.git("for-each-ref", "--format=%(refname:short)", "refs/heads/slipway").trim().split("\n")
  return all.find((name) => server.git("diff", "--name-only", "main", name).startsWith(`${folder}/`)) ?? "none"
}

type Setup = { open: boolean; more?: Record<string, Says[]> }

async function withForge(dialect: Dialect, setup: Setup): Promise<DeliveryChoice> {
  forge = await startForge(dialect, setup)
  return { forge: dialect.forge, endpoint: forge.url }
}

function calls(): ReturnType<typeof callOf>[] {
  return (forge?.asked ?? []).map(callOf)
}

/** Every ref of the repository, and every object that one of them reaches. */
function world(): string {
  return server.refs() + server.git("rev-list", "--objects", "--all")
}

const LIST: Record<string, (branch: string) => string> = {
  github: (branch) => `?state=open&head=acme:${branch}&base=main`,
  gitlab: (branch) => `?state=opened&source_branch=${branch}&target_branch=main`,
  gitea: () => "?state=open&sort=recentupdate&limit=50&page=1",
  bitbucket: (branch) =>
    `?q=state="OPEN"+AND+source.branch.name="${branch}"+AND+destination.branch.name="main"+AND+source.repository.full_name="acme/deploy"`,
}
const OPENED: Record<string, (branch: string) => object> = {
  github: (head) => ({ head, base: "main", body: expect.any(String) }),
  gitlab: (source_branch) => {
    const branches = { source_branch, target_branch: "main", remove_source_branch: true }
    return { ...branches, description: expect.any(String) }
  },
  gitea: (head) => ({ head, base: "main", body: expect.any(String) }),
  bitbucket: (name) => ({
    ...{ source: { branch: { name } }, destination: { branch: { name: "main" } }, close_source_branch: true },
    description: expect.any(String),
  }),
}

describe.each(FORGES)("on %s", (name) => {
  const main = () => server.git("rev-parse", "main").trim()
  let branch: string

  test("opens a request from a separate branch with one commit, and does not change main", async () => {
    const before = main()
    const dialect = dialectOf(name)
    const text = await bump({ path: name, choice: await withForge(dialect, { open: false }) })
    branch = ownBranch(name)
    expect(branch).toMatch(/^slipway\/main\/[0-9a-f]{10}$/)
    expect(main()).toBe(before)
    expect(server.git("rev-parse", `${branch}^`).trim()).toBe(before)
    expect(server.git("show", `${branch}:${name}/values.yaml`)).toBe(values(digestOf("1")))
    expect(text).toMatch(
      new RegExp(`^Opened the (pull|merge) request ${dialect.url} for .*: commit [0-9a-f]{40} on ${branch}`),
    )
    expect(calls()).toEqual([
      { call: `GET ${decodeURIComponent(dialect.requests)}${LIST[name]?.(branch)}`, said: "" },
      {
        call: `POST ${decodeURIComponent(dialect.requests)}`,
        said: {
          title: `Bump hello to ${digestOf("1").slice(7, 19)} in ${name}/values.yaml`,
          ...OPENED[name]?.(branch),
        },
      },
    ])
    const json = { "content-type": "application/json" }
    expect(forge?.asked.map(({ headers }) => headers)).toEqual([dialect.headers, { ...dialect.headers, ...json }])
    expect(leaks(text + world() + forge?.asked.map(({ path, body }) => path + body), { TOKEN })).toEqual([])
  })

  test("rebuilds the branch on main for the next image, and updates the request", async () => {
    const dialect = dialectOf(name, branch)
    const text = await bump({ path: name, build: "2", order: 200, choice: await withForge(dialect, { open: true }) })
    expect(server.git("rev-parse", `${branch}^`).trim()).toBe(main())
    expect(server.git("show", `${branch}:${name}/values.yaml`)).toBe(values(digestOf("2")))
    expect(text).toMatch(new RegExp(`^Updated the (pull|merge) request ${dialect.url} for `))
    const method = name === "github" || name === "gitea" ? "PATCH" : "PUT"
    expect(calls().map(({ call }) => call.replace(/\?.*/, ""))).toEqual([
      `GET ${decodeURIComponent(dialect.requests)}`,
      `${method} ${decodeURIComponent(dialect.one)}`,
    ])
    const texts = name === "github" || name === "gitea" ? ["title", "body"] : ["title", "description"]
    expect(Object.keys(calls()[1]?.said as object)).toEqual(texts)
  })
})

describe("open request", () => {
  const choice = () => withForge(dialectOf("github"), { open: true })

  test("keeps the commit of an open request, and so its approvals, for the same image", async () => {
    const before = world()
    expect(await bump({ path: "github", build: "2", order: 200, choice: await choice() })).toMatch(/^Updated/)
    expect(world()).toBe(before)
  })

  test("is not overwritten by a late run with an older image", async () => {
    const before = world()
    const text = await bump({ path: "github", build: "late", order: 150, choice: await choice() })
    expect(text).toMatch(/^Superseded: https:\/\/forge\.test\/acme\/deploy\/pulls\/7 proposes a newer bump for /)
    expect(world()).toBe(before)
    expect(calls().map(({ call }) => call.split(" ")[0])).toEqual(["GET"])
  })

  test("is named by a dry run, which changes nothing", async () => {
    const before = world()
    const text = await bump({ path: "github", build: "3", order: 300, choice: await choice(), dryRun: true })
    expect(text).toContain("Would update the pull request https://forge.test/acme/deploy/pulls/7")
    expect(world()).toBe(before)
    expect(calls().map(({ call }) => call.split(" ")[0])).toEqual(["GET"])
  })
})

describe("auto-merge of this commit only", () => {
  const says = (body: unknown, status = 200): Says => ({ status, body: JSON.stringify(body) })

  test("merges at once on GitHub if nothing blocks the merge", async () => {
    const squash = { squashMergeAllowed: true, squashMergeCommitMessage: "PR_BODY" }
    const repository = { mergeCommitAllowed: false, ...squash, rebaseMergeAllowed: true }
    const clean = says({ data: null, errors: [{ message: "Pull request Pull request is in clean status" }] })
    const more = {
      "/graphql": [says({ data: { repository: { autoMergeAllowed: true, ...repository } } }), clean],
      "/repos/acme/deploy/pulls/7/merge": [says({ merged: true })],
    }
    const choice = { ...(await withForge(dialectOf("github"), { open: true, more })), autoMerge: true }
    const text = await bump({ path: "github", build: "4", order: 400, choice })
    const commit = server.git("rev-parse", ownBranch("github")).trim()
    expect(text).toContain("The pull request is merged")
    expect(
      calls()
        .slice(2)
        .map(({ call }) => call),
    ).toEqual([...["POST /graphql", "POST /graphql", "PUT /repos/acme/deploy/pulls/7/merge"]])
    expect(calls()[3]?.said).toMatchObject({ variables: { id: "PR_7", method: "SQUASH", commit } })
    expect(calls()[4]?.said).toEqual({ sha: commit, merge_method: "squash" })
  })

  test("retries on GitLab while it checks the request", async () => {
    const one = "/projects/acme%2Fdeploy/merge_requests/7"
    const more = {
      [`GET ${one}`]: [says({ detailed_merge_status: "checking", head_pipeline: null })],
      [`PUT ${one}/merge`]: [says({ message: "405 Method Not Allowed" }, 405), says({ state: "opened" })],
    }
    const choice = { ...(await withForge(dialectOf("gitlab"), { open: true, more })), autoMerge: true }
    const text = await bump({ path: "gitlab", build: "4", order: 400, choice })
    const sha = server.git("rev-parse", ownBranch("gitlab")).trim()
    expect(text).toContain("The forge merges the merge request when its checks pass")
    const merge = { auto_merge: true, merge_when_pipeline_succeeds: true, sha, should_remove_source_branch: true }
    const message = expect.stringMatching(/^Bump hello to [0-9a-f]{12} in .* \(!7\)\n\nSlipway-Bump: /)
    expect(calls().at(-1)?.said).toEqual({ ...merge, squash_commit_message: message })
  })

  test("uses the repository's default merge style on Gitea", async () => {
    const repo = "/repos/acme/deploy"
    const more = {
      [`GET ${repo}`]: [says({ default_merge_style: "rebase" })],
      [`POST ${repo}/pulls/7/merge`]: [
        says({ message: "not all required status checks successful" }, 405),
        { status: 201, body: "" },
      ],
    }
    const own = ownBranch("gitea")
    const choice = { ...(await withForge(dialectOf("gitea", own), { open: true, more })), autoMerge: true }
    const text = await bump({ path: "gitea", build: "4", order: 400, choice })
    expect(text).toContain("The forge merges the pull request when its checks pass")
    const head_commit_id = server.git("rev-parse", own).trim()
    const wait = { merge_when_checks_succeed: true, delete_branch_after_merge: true }
    expect(calls().at(-1)?.said).toEqual({ Do: "rebase", head_commit_id, ...wait })
  })

  test("keeps a request open if auto-merge is refused", async () => {
    const more = { "/graphql": [says({ data: { repository: OFF } })] }
    const choice = { ...(await withForge(dialectOf("github"), { open: true, more })), autoMerge: true }
    const refused = bump({ path: "github", build: "4", order: 400, choice })
    await expect(refused).rejects.toThrow(/^FORGE_REFUSED: .*auto-merge is not allowed.* the pull request stays open/)
  })
  const ALLOWED = { mergeCommitAllowed: true, squashMergeAllowed: true, rebaseMergeAllowed: true }
  const OFF = { autoMergeAllowed: false, squashMergeCommitMessage: "PR_BODY", ...ALLOWED }
})

describe("forge that refuses", () => {
  const no = (status: number, message: string): Says => ({
    status,
    body: JSON.stringify({ message: `${message} ${TOKEN}` }),
  })

  test.each<{ name: string; more: Record<string, Says[]>; error: RegExp }>([
    {
      name: "an invalid token",
      more: { "GET /repos/acme/deploy/pulls": [no(401, "Bad credentials")] },
      error:
        /list its pull requests in acme\/deploy, got HTTP 401: Bad credentials \*\*\*\. Replace the token.*Contents and Pull requests/,
    },
    {
      name: "a token without permission to open a request",
      more: { "POST /repos/acme/deploy/pulls": [no(403, "Resource not accessible")] },
      error:
        /open a pull request in acme\/deploy, got HTTP 403.*Grant the token the missing permission.*Contents and Pull requests/,
    },
  ])("changes no ref and names the permissions after $name", async ({ more, error }) => {
    const before = world()
    const refused = await bump({
      path: "github",
      build: "5",
      order: 500,
      choice: await withForge(dialectOf("github"), { open: false, more }),
    }).catch(String)
    expect(refused).toMatch(error)
    expect(leaks(refused, { TOKEN })).toEqual([])
    expect(world()).toBe(before)
  })

  test("deletes a new branch after a refused request", async () => {
    server.git("update-ref", "-d", `refs/heads/${ownBranch("github")}`)
    const before = world()
    const more = { "POST /repos/acme/deploy/pulls": [no(403, "no")] }
    const choice = await withForge(dialectOf("github"), { open: false, more })
    await expect(bump({ path: "github", choice })).rejects.toThrow(/^FORGE_REFUSED/)
    expect(world()).toBe(before)
  })
})

test("succeeds without a call of the forge if the branch already has the digest", async () => {
  server.git("update-ref", "refs/heads/main", ownBranch("gitlab"))
  const before = world()
  const choice = await withForge(dialectOf("gitlab"), { open: false })
  expect(await bump({ path: "gitlab", build: "4", order: 400, choice })).toMatch(/^Unchanged: /)
  expect(world()).toBe(before)
  expect(calls()).toEqual([])
})
