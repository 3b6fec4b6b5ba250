import { describe, expect, test } from "vitest"
import { BITBUCKET } from "../../../lib/gitops/forge/bitbucket.ts"
import type { Forge } from "../../../lib/gitops/forge/forge.ts"
import { GITEA } from "../../../lib/gitops/forge/gitea.ts"
import { GITHUB } from "../../../lib/gitops/forge/github.ts"
import { GITLAB } from "../../../lib/gitops/forge/gitlab.ts"
import { requestApi } from "../../../lib/gitops/forge/request-api.ts"

const sha = "0a".repeat(20)
const place = { endpoint: "https://api", repository: "acme/app" }
const api = (forge: Forge) => requestApi(forge) as NonNullable<ReturnType<typeof requestApi>>

test("Bitbucket has no previews", () => {
  expect(requestApi(BITBUCKET)).toBeUndefined()
})

describe("the calls", () => {
  test.each([
    {
      forge: GITHUB,
      request: "GET https://api/repos/acme/app/pulls/7",
      comments: "GET https://api/repos/acme/app/issues/7/comments?per_page=100&page=2",
      create: "POST https://api/repos/acme/app/issues/7/comments",
      update: "PATCH https://api/repos/acme/app/issues/comments/3",
      author: "POST https://api/graphql",
    },
    {
      forge: GITEA,
      request: "GET https://api/repos/acme/app/pulls/7",
      comments: "GET https://api/repos/acme/app/issues/7/comments?per_page=100&page=2",
      create: "POST https://api/repos/acme/app/issues/7/comments",
      update: "PATCH https://api/repos/acme/app/issues/comments/3",
      author: "GET https://api/user",
    },
    {
      forge: GITLAB,
      request: "GET https://api/projects/acme%2Fapp/merge_requests/7",
      comments: "GET https://api/projects/acme%2Fapp/merge_requests/7/notes?sort=asc&per_page=100&page=2",
      create: "POST https://api/projects/acme%2Fapp/merge_requests/7/notes",
      update: "PUT https://api/projects/acme%2Fapp/merge_requests/7/notes/3",
      author: "GET https://api/user",
    },
  ])("of $forge.name are those of its API", ({ forge, ...expected }) => {
    const { request, comments, create, update, author } = api(forge)
    const calls = {
      request: request(place, 7),
      comments: comments(place, 7, 2),
      create: create(place, 7, "text"),
      update: update(place, { number: 7, id: 3 }, "text"),
      author: author(place),
    }
    const lines = Object.entries(calls).map(([name, { method, url }]) => [name, `${method} ${url}`])
    expect(Object.fromEntries(lines)).toEqual(expected)
    expect([calls.create.body, calls.update.body]).toEqual([{ body: "text" }, { body: "text" }])
  })
})

describe("the state of a request", () => {
  const github = (state: string, head: number | null, base = 1) => ({
    state,
    head: { sha, repo: head === null ? null : { id: head } },
    base: { repo: { id: base } },
  })
  const gitea = (state: string, head: number) => ({ state, head: { sha, repo_id: head }, base: { repo_id: 1 } })
  const gitlab = (state: string, source: number | null) => ({
    ...{ state, sha },
    ...{ source_project_id: source, target_project_id: 1 },
  })
  test.each([
    { name: "open", forge: GITHUB, body: github("open", 1), is: { open: true, own: true } },
    { name: "closed", forge: GITHUB, body: github("closed", 1), is: { open: false, own: true } },
    { name: "of a fork", forge: GITHUB, body: github("open", 2), is: { open: true, own: false } },
    { name: "of a deleted fork", forge: GITHUB, body: github("open", null), is: { open: true, own: false } },
    { name: "open", forge: GITEA, body: gitea("open", 1), is: { open: true, own: true } },
    { name: "of a fork", forge: GITEA, body: gitea("open", 2), is: { open: true, own: false } },
    { name: "closed", forge: GITEA, body: gitea("closed", 1), is: { open: false, own: true } },
    { name: "open", forge: GITLAB, body: gitlab("opened", 1), is: { open: true, own: true } },
    { name: "about to be merged", forge: GITLAB, body: gitlab("locked", 1), is: { open: true, own: true } },
    { name: "merged", forge: GITLAB, body: gitlab("merged", 1), is: { open: false, own: true } },
    { name: "of a fork", forge: GITLAB, body: gitlab("opened", 2), is: { open: true, own: false } },
    { name: "of a deleted fork", forge: GITLAB, body: gitlab("opened", null), is: { open: true, own: false } },
  ])("at $forge.name, $name", ({ forge, body, is }) => {
    expect(api(forge).state.parse(body)).toEqual({ ...is, commit: sha })
  })

  test.each([
    { name: "another state", body: github("merging", 1) },
    { name: "no state", body: { message: "Moved Permanently" } },
    { name: "a commit of another form", body: { ...github("open", 1), head: { sha: "HEAD", repo: { id: 1 } } } },
  ])("is not guessed from $name", ({ body }) => {
    expect(api(GITHUB).state.safeParse(body).success).toBe(false)
  })
})

test("a comment has its author, and its address where the forge has one", () => {
  const note = { id: 3, body: "text", html_url: "https://forge/1", user: { id: 9 } }
  expect(api(GITHUB).comment.parse(note)).toEqual({ id: 3, body: "text", url: "https://forge/1", author: 9 })
  expect(api(GITLAB).comment.parse({ id: 3, body: "text", author: { id: 9 } })).toEqual({
    id: 3,
    body: "text",
    author: 9,
  })
  expect(api(GITHUB).authorId.parse({ data: { viewer: { databaseId: 9 } } })).toBe(9)
})
