import { describe, expect, test } from "vitest"
import { MERGE_TRIES } from "../../../lib/gitops/forge/forge.ts"
import { GITEA } from "../../../lib/gitops/forge/gitea.ts"
import { BRANCHES, MERGING, PROPOSAL, placeOf, said } from "./branches.ts"

const place = placeOf("https://gitea.acme.test/api/v1")
const repo = "https://gitea.acme.test/api/v1/repos/acme/deploy"
const pull = { number: 7, html_url: "https://gitea.acme.test/acme/deploy/pulls/7" }
const request = { number: 7, url: pull.html_url }
const side = (ref: string, repo_id = 1) => ({ ref, repo_id })
const own = { ...pull, head: side(BRANCHES.head), base: side("main") }

test("says who asks", () => {
  expect(GITEA.headers("t0ken")).toEqual({ accept: "application/json", authorization: "token t0ken" })
})

test("looks for the open request of these branches page by page", () => {
  const url = `${repo}/pulls?state=open&sort=recentupdate&limit=50&page=2`
  expect(GITEA.find(place, BRANCHES, 2)).toEqual({ method: "GET", url })
  expect(GITEA.found(BRANCHES).parse([own])).toEqual({ found: request, more: false })
  expect(GITEA.found(BRANCHES).parse([])).toEqual({ more: false })
})

test.each([
  { name: "another branch", other: { head: side("feature") } },
  { name: "another base", other: { base: side("live") } },
  { name: "a fork", other: { head: side(BRANCHES.head, 2) } },
])("goes on past a request of $name", ({ other }) => {
  expect(GITEA.found(BRANCHES).parse([{ ...own, ...other }])).toEqual({ more: true })
})

test("opens a request, and updates one", () => {
  const { title, body } = PROPOSAL
  expect(GITEA.open(place, PROPOSAL)).toEqual({ method: "POST", url: `${repo}/pulls`, body: PROPOSAL })
  expect(GITEA.update(place, request, PROPOSAL)).toEqual({
    method: "PATCH",
    url: `${repo}/pulls/7`,
    body: { title, body },
  })
  expect(GITEA.opened.parse(pull)).toEqual(request)
})

describe("to merge, it", () => {
  const style = said(200, { default_merge_style: "squash" })
  const notReady = said(405, { message: "not all required status checks successful" })
  const later = said(405, { message: "Please try again later" })
  const step = (...answers: ReturnType<typeof said>[]) => GITEA.merge?.(place, MERGING, answers)
  const merge = (wait = {}) => ({
    method: "POST",
    url: `${repo}/pulls/7/merge`,
    body: { Do: "squash", head_commit_id: "c0ffee", delete_branch_after_merge: true, ...wait },
  })
  const schedule = merge({ merge_when_checks_succeed: true })

  test("asks for the repository's own way, and merges what has nothing to wait for", () => {
    expect(step()).toEqual({ step: "ask", call: { method: "GET", url: repo } })
    expect(step(style)).toEqual({ step: "ask", call: merge() })
    expect(step(said(200, {}))).toMatchObject({ call: { body: { Do: "merge" } } })
    expect(step(style, said(200, ""))).toEqual({ step: "ended", merge: "merged" })
  })

  test.each([
    { name: "scheduled", answer: said(201, ""), merge: "waiting" },
    {
      name: "scheduled before",
      answer: said(409, { message: "pull request is already scheduled to auto merge" }),
      merge: "waiting",
    },
    { name: "ready by now", answer: said(200, ""), merge: "merged" },
  ])("has it merged when checks succeed, otherwise: $name", ({ answer, merge: ended }) => {
    expect(step(style, notReady)).toEqual({ step: "ask", call: schedule })
    expect(step(style, notReady, answer)).toEqual({ step: "ended", merge: ended })
  })

  test("asks again while the server is still looking at the request, but not for ever", () => {
    expect(step(style, later)).toEqual({ step: "ask", call: merge(), pause: 3 })
    expect(step(style, later, notReady)).toEqual({ step: "ask", call: schedule })
    expect(step(style, later, notReady, later)).toEqual({ step: "ask", call: schedule, pause: 3 })
    const tries = Array.from({ length: MERGE_TRIES }, () => later)
    expect(step(style, ...tries)).toMatchObject({ step: "refused", words: "HTTP 405: Please try again later" })
  })

  test.each([
    {
      name: "a repository that may not be seen",
      answers: [said(404, { message: "not found" })],
      words: "HTTP 404: not found",
    },
    {
      name: "another commit",
      answers: [style, said(409, { message: "head out of date" })],
      words: "HTTP 409: head out of date",
    },
    {
      name: "a user that may not",
      answers: [style, notReady, said(405, { message: "User not allowed to merge PR" })],
      words: "HTTP 405: User not allowed to merge PR",
    },
  ])("says why: $name", ({ answers, words }) => {
    expect(step(...answers)).toMatchObject({ step: "refused", words })
  })
})
