import { describe, expect, test } from "vitest"
import { GITHUB, githubHeaders } from "../../../lib/gitops/forge/github.ts"
import { BRANCHES, MERGING, PROPOSAL, placeOf, said } from "./branches.ts"

const place = placeOf("https://api.github.com")
const repo = "https://api.github.com/repos/acme/deploy"
const pull = { number: 7, html_url: "https://github.com/acme/deploy/pull/7", node_id: "PR_7" }
const request = { number: 7, url: pull.html_url, id: "PR_7" }
const own = { ...pull, head: { repo: { id: 1 } }, base: { repo: { id: 1 } } }
const fork = { ...pull, number: 6, head: { repo: { id: 2 } }, base: { repo: { id: 1 } } }

test("says who asks, and for which version of the API", () => {
  expect(githubHeaders("t0ken")).toEqual({
    accept: "application/vnd.github+json",
    authorization: "Bearer t0ken",
    "x-github-api-version": "2022-11-28",
  })
})

test("looks for the open request of these branches", () => {
  expect(GITHUB.find(place, BRANCHES, 1)).toEqual({
    method: "GET",
    url: `${repo}/pulls?state=open&head=acme%3Aslipway%2Fmain%2F0123456789&base=main`,
  })
  expect(GITHUB.found(BRANCHES).parse([fork, own])).toEqual({ found: request, more: false })
})

test.each([
  { name: "none", all: [] },
  { name: "one from a fork", all: [fork] },
  { name: "one from a fork that is gone", all: [{ ...fork, head: { repo: null } }] },
])("finds nothing where there is $name", ({ all }) => {
  expect(GITHUB.found(BRANCHES).parse(all)).toEqual({ more: false })
})

test("opens a request, and updates one", () => {
  const { title, body } = PROPOSAL
  expect(GITHUB.open(place, PROPOSAL)).toEqual({ method: "POST", url: `${repo}/pulls`, body: PROPOSAL })
  expect(GITHUB.update(place, request, PROPOSAL)).toEqual({
    method: "PATCH",
    url: `${repo}/pulls/7`,
    body: { title, body },
  })
  expect(GITHUB.opened.parse(pull)).toEqual(request)
})

describe("to merge, it", () => {
  const allowed = {
    autoMergeAllowed: true,
    mergeCommitAllowed: true,
    squashMergeAllowed: true,
    rebaseMergeAllowed: true,
  }
  const methods = (change: Partial<typeof allowed> = {}) =>
    said(200, { data: { repository: { ...allowed, ...change } } })
  const error = (message: string) => said(200, { data: null, errors: [{ message }] })
  const step = (...answers: ReturnType<typeof said>[]) => GITHUB.merge?.(place, MERGING, answers)

  test("asks which ways to merge there are, and then for auto-merge of just this commit", () => {
    expect(step()).toMatchObject({
      step: "ask",
      call: {
        method: "POST",
        url: "https://api.github.com/graphql",
        body: { variables: { owner: "acme", name: "deploy" } },
      },
    })
    expect(step(methods())).toMatchObject({
      step: "ask",
      call: {
        url: "https://api.github.com/graphql",
        body: { variables: { id: "PR_7", method: "MERGE", commit: "c0ffee" } },
      },
    })
    expect(step(methods(), said(200, { data: {} }))).toEqual({ step: "ended", merge: "waiting" })
  })

  test("finds GraphQL beside the REST API of an enterprise server", () => {
    const next = GITHUB.merge?.(placeOf("https://github.acme.test/api/v3"), MERGING, [])
    expect(next).toMatchObject({ call: { url: "https://github.acme.test/api/graphql" } })
  })

  test.each([
    { change: { mergeCommitAllowed: false }, method: "SQUASH" },
    { change: { mergeCommitAllowed: false, squashMergeAllowed: false }, method: "REBASE" },
  ])("takes $method where the repository has no other", ({ change, method }) => {
    expect(step(methods(change))).toMatchObject({ call: { body: { variables: { method } } } })
  })

  test.each([
    "Pull request Pull request is in clean status",
    "Pull request Pull request is in unstable status",
    "Pull request Protected branch rules not configured for this branch",
  ])("merges at once what has nothing to wait for: %s", (message) => {
    expect(step(methods(), error(message))).toEqual({
      step: "ask",
      call: { method: "PUT", url: `${repo}/pulls/7/merge`, body: { sha: "c0ffee", merge_method: "merge" } },
    })
    expect(step(methods(), error(message), said(200))).toEqual({ step: "ended", merge: "merged" })
    expect(step(methods(), error(message), said(405, { message: "no" }))).toMatchObject({ words: "HTTP 405: no" })
  })

  test.each([
    {
      name: "that is switched off",
      answers: [methods({ autoMergeAllowed: false })],
      words: /not allowed in this repository/,
    },
    { name: "that may not be asked", answers: [said(403, { message: "Forbidden" })], words: /^HTTP 403: Forbidden$/ },
    { name: "that is refused", answers: [methods(), error("is in draft")], words: /is in draft/ },
  ])("says why of auto-merge $name", ({ answers, words }) => {
    expect(step(...answers)).toMatchObject({ step: "refused", words: expect.stringMatching(words) })
  })
})
