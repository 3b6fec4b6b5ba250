import { mkdtempSync, readFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { dag } from "@dagger.io/dagger"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { DeliveryChoice } from "../../lib/gitops/context.ts"
import { GITEA } from "../../lib/gitops/forge/gitea.ts"
import { requestApi } from "../../lib/gitops/forge/request-api.ts"
import { type RequestAccess, readRequest, writeComment } from "../../lib/gitops/forge/request-comment.ts"
import { digestOf } from "../../lib/oci/reference.ts"
import { leaks } from "../leak/search.ts"
import { type ApiRecorder, expectRecording, startRecorder } from "./api-recorder.ts"
import { type Gitea, startGitea } from "./gitea.ts"
import { pipelineOf } from "./gitea-delivery.ts"
import { BOT, type GiteaRepository, makeOrganization, makeRepository, secretOf, VALUES } from "./gitea-repository.ts"
import { useEngine } from "./session.ts"
import { makeSshKey } from "./ssh-agent.ts"

useEngine()

let gitea: Gitea
let recorder: ApiRecorder
let repo: GiteaRepository
let tokens: Record<"write" | "read" | "outside" | "preview" | "none", string>
beforeAll(async () => {
  gitea = await startGitea()
  recorder = await startRecorder(gitea.url, "/api/v1")
  await makeOrganization(gitea)
  repo = await makeRepository(gitea, { name: "deploy" })
  tokens = {
    write: await gitea.tokenOf(BOT, ["write:repository"]),
    read: await gitea.tokenOf(BOT, ["read:repository"]),
    outside: await gitea.tokenOf("outsider", ["write:repository"]),
    // as docs/guides/previews.md names them
    preview: await gitea.tokenOf(BOT, ["write:issue", "read:repository", "read:user"]),
    none: "0123456789abcdef0123456789abcdef01234567",
  }
})
afterAll(async () => {
  await recorder?.stop()
  await gitea?.stop()
})

const request = (): DeliveryChoice => ({ pullRequest: true, forge: "gitea", endpoint: recorder.endpoint })
/** The repository's branches and requests, by its administrator. */
const world = async (of: GiteaRepository) => ({
  main: await of.tip("main"),
  branches: await of.branches(),
  pulls: await of.pulls("all"),
})

describe("token", () => {
  test.each([
    {
      name: "read",
      error: /got HTTP 403: .*required scope.*write:repository.*\. Grant the token the missing permission/,
    },
    { name: "outside", error: /list its pull requests in acme\/deploy, got HTTP 404: .*Check --repo/ },
    { name: "none", error: /list its pull requests in acme\/deploy, got HTTP 401: .*Replace the token/ },
  ] as const)("of kind $name changes nothing, and the error says what it lacks", async ({ name, error }) => {
    const before = await world(repo)
    const delivery = { ...request(), token: secretOf(tokens[name]) }
    const { bump } = pipelineOf(gitea, repo, tokens.write)
    const refused = await bump({ build: "1", order: 100, delivery }).catch(String)
    expect(refused).toMatch(error)
    expect(leaks(refused, tokens)).toEqual([])
    expect(await world(repo)).toEqual(before)
  })

  test.each([
    { name: "read", error: /^SlipwayError: PUSH_REFUSED: .*got remote: Forbidden .*\. Allow this login to push/ },
    { name: "outside", error: /^SlipwayError: GIT_FAILED: .*no such repository/ },
    { name: "none", error: /^SlipwayError: GIT_FAILED: .*a refused login/ },
  ] as const)("of kind $name is refused by git, and the error says so", async ({ name, error }) => {
    const before = await world(repo)
    const refused = await pipelineOf(gitea, repo, tokens[name]).bump({ build: "1", order: 100 }).catch(String)
    expect(refused).toMatch(error)
    expect(leaks(refused, tokens)).toEqual([])
    expect(await world(repo)).toEqual(before)
  })
})

describe("direct push", () => {
  test("to a protected branch is refused in the server's words, with what to do", async () => {
    const at = await makeRepository(gitea, { name: "protected" })
    await at.protect({ enable_push: false })
    const before = await world(at)
    const refused = await pipelineOf(gitea, at, tokens.write).bump({ build: "1", order: 100 }).catch(String)
    expect(refused).toMatch(
      /PUSH_REFUSED: .*a commit on main, got .*protected branch main.*propose the change with --pull-request/,
    )
    expect(await world(at)).toEqual(before)
  })

  test("and a request to an archived repository are refused, with the reason", async () => {
    const at = await makeRepository(gitea, { name: "archived" })
    await at.settings({ archived: true })
    const before = await world(at)
    const { bump } = pipelineOf(gitea, at, tokens.write)
    for (const delivery of [undefined, request()]) {
      const refused = await bump({ build: "1", order: 100, ...(delivery && { delivery }) }).catch(String)
      expect(refused).toMatch(/archived/)
      expect(refused).not.toContain("a refused login")
    }
    expect(await world(at)).toEqual(before)
  })
})

describe("deploy key", () => {
  const key = () => {
    const file = join(mkdtempSync(join(tmpdir(), "slipway-key-")), "key")
    makeSshKey(file)
    return { text: readFileSync(file, "utf8"), publicKey: readFileSync(`${file}.pub`, "utf8").trim() }
  }

  test.each([false, true])("that is read-only (%s) pushes over SSH or is refused", async (readOnly) => {
    const at = await makeRepository(gitea, { name: `key-${readOnly}` })
    const { text, publicKey } = key()
    await gitea.make("POST", `/repos/acme/key-${readOnly}/keys`, { title: "key", key: publicKey, read_only: readOnly })
    const access = {
      repo: `ssh://git@git.test:${gitea.sshPort}/acme/key-${readOnly}.git`,
      ...{ token: undefined, sshKey: secretOf(text) },
      knownHosts: dag.file("known_hosts", gitea.knownHosts("git.test")),
    }
    const { bump } = pipelineOf(gitea, at, tokens.write)
    const before = await at.tip("main")
    const pushed = await bump({ build: "1", order: 100, access }).catch(String)
    if (readOnly) {
      expect(pushed).toMatch(/^SlipwayError: PUSH_REFUSED: .*not authorized to write/)
      return expect(await at.tip("main")).toBe(before)
    }
    expect(await at.text(VALUES)).toContain(digestOf("1"))
    const delivery = { ...request(), token: secretOf(tokens.write) }
    expect(await bump({ build: "2", order: 200, access, delivery })).toMatch(/^Opened the pull request /)
    expect((await at.pulls()).map(({ title }) => title)).toEqual([expect.stringContaining(digestOf("2").slice(7, 19))])
  })
})

describe("comment on a request", () => {
  const api = requestApi(GITEA)
  const access = (token: string): RequestAccess => {
    if (!api) throw new Error("expected an API for requests")
    return {
      api,
      forge: GITEA,
      place: { endpoint: recorder.endpoint, repository: "acme/previews" },
      token: secretOf(token),
    }
  }
  const MARKER = "<!-- slipway preview of ghcr.io/acme/hello -->"
  const comments = async () =>
    (await gitea.make("GET", "/repos/acme/previews/issues/1/comments")).map(
      ({ user, body }: { user: { login: string }; body: string }) => [user.login, body],
    )

  beforeAll(async () => {
    const at = await makeRepository(gitea, { name: "previews" })
    const write = async (branch: string) => {
      const file = { content: btoa(branch), message: branch, branch: "main", new_branch: branch }
      await gitea.make("POST", `/repos/acme/previews/contents/${branch}`, file)
      await gitea.make("POST", "/repos/acme/previews/pulls", { head: branch, base: "main", title: branch })
    }
    for (const branch of ["feature", "merged", "deleted"]) await write(branch)
    const merge = { Do: "squash", delete_branch_after_merge: true }
    for (let tries = 0; tries < 40; tries++) {
      if ((await gitea.ask("POST", "/repos/acme/previews/pulls/2/merge", { body: merge })).status === 200) break
    }
    await gitea.make("PATCH", "/repos/acme/previews/pulls/3", { state: "closed" })
    await gitea.make("DELETE", "/repos/acme/previews/branches/deleted")
    expect((await at.branches()).toSorted()).toEqual(["feature", "main"])
    const other = { body: `${MARKER}\nnot ours` }
    await gitea.ask("POST", "/repos/acme/previews/issues/1/comments", { body: other, as: "reviewer" })
  })

  test("is written once, then updated; the marker of another user is left alone", async () => {
    const there = access(tokens.preview)
    const first = await writeComment({ number: 1, marker: MARKER }, "one", there)
    expect(first).toEqual({ how: "created", url: expect.stringContaining("/acme/previews/pulls/1#issuecomment-") })
    expect(await writeComment({ number: 1, marker: MARKER }, "two", there)).toEqual({ how: "updated", url: first.url })
    expect(await comments()).toEqual([
      ["reviewer", `${MARKER}\nnot ours`],
      [BOT, `${MARKER}\ntwo`],
    ])
  })

  test("needs the scope of issues, and the error says so", async () => {
    await expect(writeComment({ number: 1, marker: MARKER }, "x", access(tokens.write))).rejects.toThrow(
      /HTTP 403: .*required scope/,
    )
    expect(await comments()).toHaveLength(2)
  })

  test("reads the state of a request that is open, merged, or closed without its branch", async () => {
    const states = await Promise.all([1, 2, 3].map((number) => readRequest(number, access(tokens.preview))))
    expect(states.map(({ open, own }) => ({ open, own }))).toEqual([
      { open: true, own: true },
      { open: false, own: true },
      { open: false, own: true },
    ])
    await expect(readRequest(99, access(tokens.preview))).rejects.toThrow(
      /show the pull request 99 in acme\/previews, got HTTP 404/,
    )
  })

  test("knows a request of a fork, also after the fork is gone", async () => {
    await gitea.make("PUT", "/repos/acme/previews/collaborators/outsider", { permission: "read" })
    await gitea.ask("POST", "/repos/acme/previews/forks", { body: { name: "fork" }, as: "outsider" })
    const file = { content: btoa("x"), message: "x", branch: "main", new_branch: "theirs" }
    await gitea.ask("POST", "/repos/outsider/fork/contents/x", { body: file, as: "outsider" })
    const opened = { head: "outsider:theirs", base: "main", title: "theirs" }
    const { body } = await gitea.ask("POST", "/repos/acme/previews/pulls", { body: opened, as: "outsider" })
    expect(await readRequest(body.number, access(tokens.preview))).toMatchObject({ open: true, own: false })
    expect((await gitea.ask("DELETE", "/repos/outsider/fork", { as: "outsider" })).status).toBe(204)
    expect(await readRequest(body.number, access(tokens.preview))).toMatchObject({ own: false })
  })
})

test("records the calls that the unit tests use", () => {
  expectRecording("access", recorder.calls, tokens)
})
