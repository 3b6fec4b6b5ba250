import { describe, expect, test } from "vitest"
import { GITHUB, githubHeaders } from "../../../lib/gitops/forge/github.ts"
import { BRANCHES, httpResponse, MERGING, PROPOSAL, placeOf } from "./branches.ts"

const place = placeOf("https://api.github.com")
const repo = "https://api.github.com/repos/acme/deploy"
const pull = { number: 7, html_url: "https://github.com/acme/deploy/pull/7", node_id: "PR_7" }
const request = { number: 7, url: pull.html_url, id: "PR_7" }
const own = { ...pull, head: { repo: { id: 1 } }, base: { repo: { id: 1 } } }
const fork = { ...pull, number: 6, head: { repo: { id: 2 } }, base: { repo: { id: 1 } } }

test("sends the token and the API version", () => {
  expect(githubHeaders("t0ken")).toEqual({
    accept: "application/vnd.github+json",
    authorization: "Bearer t0ken",
    "x-github-api-version": "2022-11-28",
  })
})

test("finds the open pull request between these branches", () => {
  expect(GITHUB.find(place, BRANCHES, 1)).toEqual({
    method: "GET",
    url: `${repo}/pulls?state=open&head=acme%3Aslipway%2Fmain%2F0123456789&base=main`,
  })
  expect(GITHUB.found(BRANCHES).parse([fork, own])).toEqual({ found: request, more: false })
})

test.each([
  { name: "no pull request", all: [] },
  { name: "one from a fork", all: [fork] },
  { name: "one from a deleted fork", all: [{ ...fork, head: { repo: null } }] },
])("finds nothing for $name", ({ all }) => {
  expect(GITHUB.found(BRANCHES).parse(all)).toEqual({ more: false })
})

test("opens and updates a pull request", () => {
  const { title, body } = PROPOSAL
  expect(GITHUB.open(place, PROPOSAL)).toEqual({ method: "POST", url: `${repo}/pulls`, body: PROPOSAL })
  expect(GITHUB.update(place, request, PROPOSAL)).toEqual({
    method: "PATCH",
    url: `${repo}/pulls/7`,
    body: { title, body },
  })
  expect(GITHUB.opened.parse(pull)).toEqual(request)
})

describe("GitHub merge", () => {
  const allowed = {
    autoMergeAllowed: true,
    mergeCommitAllowed: true,
    squashMergeAllowed: true,
    squashMergeCommitMessage: "COMMIT_MESSAGES",
    rebaseMergeAllowed: true,
  }
  const methods = (change: Partial<typeof allowed> = {}) =>
    httpResponse(200, { data: { repository: { ...allowed, ...change } } })
  const error = (message: string) => httpResponse(200, { data: null, errors: [{ message }] })
  const step = (...responses: ReturnType<typeof httpResponse>[]) => GITHUB.merge?.(place, MERGING, responses)

  test("reads the allowed merge methods, then enables auto-merge for this commit", () => {
    expect(step()).toMatchObject({
      step: "call",
      call: {
        method: "POST",
        url: "https://api.github.com/graphql",
        body: { variables: { owner: "acme", name: "deploy" } },
      },
    })
    expect(step(methods())).toMatchObject({
      step: "call",
      call: {
        url: "https://api.github.com/graphql",
        body: { variables: { id: "PR_7", method: "MERGE", commit: "c0ffee" } },
      },
    })
    expect(step(methods(), httpResponse(200, { data: {} }))).toEqual({ step: "ended", merge: "waiting" })
  })

  test("derives the GraphQL address of GitHub Enterprise Server from the REST API's", () => {
    const next = GITHUB.merge?.(placeOf("https://github.acme.test/api/v3"), MERGING, [])
    expect(next).toMatchObject({ call: { url: "https://github.acme.test/api/graphql" } })
  })

  test.each([
    { change: { mergeCommitAllowed: false }, method: "SQUASH" },
    { change: { mergeCommitAllowed: false, squashMergeCommitMessage: "PR_BODY" }, method: "SQUASH" },
    { change: { mergeCommitAllowed: false, squashMergeAllowed: false }, method: "REBASE" },
    // a squashed commit without the trailers of the bump is none that the next one finds
    { change: { mergeCommitAllowed: false, squashMergeCommitMessage: "BLANK" }, method: "REBASE" },
  ])("uses $method if the repository allows nothing else", ({ change, method }) => {
    expect(step(methods(change))).toMatchObject({ call: { body: { variables: { method } } } })
  })

  test.each([
    "Pull request Pull request is in clean status",
    "Pull request Pull request is in unstable status",
    "Pull request Protected branch rules not configured for this branch",
  ])("merges at once if nothing blocks the merge: %s", (message) => {
    expect(step(methods(), error(message))).toEqual({
      step: "call",
      call: { method: "PUT", url: `${repo}/pulls/7/merge`, body: { sha: "c0ffee", merge_method: "merge" } },
    })
    expect(step(methods(), error(message), httpResponse(200))).toEqual({ step: "ended", merge: "merged" })
    expect(step(methods(), error(message), httpResponse(405, { message: "no" }))).toMatchObject({
      reason: "HTTP 405: no",
    })
  })

  test.each([
    {
      name: "auto-merge that the repository disables",
      responses: [methods({ autoMergeAllowed: false })],
      reason: /not allowed in this repository/,
    },
    {
      name: "a repository whose only method loses the trailers",
      responses: [methods({ mergeCommitAllowed: false, squashMergeCommitMessage: "BLANK", rebaseMergeAllowed: false })],
      reason: /only squashed commits with a blank message/,
    },
    {
      name: "a token without permission",
      responses: [httpResponse(403, { message: "Forbidden" })],
      reason: /^HTTP 403: Forbidden$/,
    },
    {
      name: "a pull request that GitHub refuses to merge",
      responses: [methods(), error("is in draft")],
      reason: /is in draft/,
    },
  ])("reports the reason for $name", ({ responses, reason }) => {
    expect(step(...responses)).toMatchObject({ step: "refused", reason: expect.stringMatching(reason) })
  })
})
