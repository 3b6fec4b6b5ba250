import { describe, expect, test } from "vitest"
import { MERGE_TRIES } from "../../../lib/gitops/forge/forge.ts"
import { GITEA } from "../../../lib/gitops/forge/gitea.ts"
import { BRANCHES, httpResponse, MERGING, PROPOSAL, placeOf } from "./branches.ts"

const place = placeOf("https://gitea.acme.test/api/v1")
const repo = "https://gitea.acme.test/api/v1/repos/acme/deploy"
const pull = { number: 7, html_url: "https://gitea.acme.test/acme/deploy/pulls/7" }
const request = { number: 7, url: pull.html_url }
const side = (ref: string, repo_id = 1) => ({ ref, repo_id })
const own = { ...pull, head: side(BRANCHES.head), base: side("main") }

test("sends the token in Gitea's scheme", () => {
  expect(GITEA.headers("t0ken")).toEqual({ accept: "application/json", authorization: "token t0ken" })
})

test("lists open pull requests page by page", () => {
  const url = `${repo}/pulls?state=open&sort=recentupdate&limit=50&page=2`
  expect(GITEA.find(place, BRANCHES, 2)).toEqual({ method: "GET", url })
  expect(GITEA.found(BRANCHES).parse([own])).toEqual({ found: request, more: false })
  expect(GITEA.found(BRANCHES).parse([])).toEqual({ more: false })
})

test.each([
  { name: "another branch", other: { head: side("feature") } },
  { name: "another base", other: { base: side("live") } },
  { name: "a fork", other: { head: side(BRANCHES.head, 2) } },
])("skips a pull request of $name", ({ other }) => {
  expect(GITEA.found(BRANCHES).parse([{ ...own, ...other }])).toEqual({ more: true })
})

test("opens and updates a pull request", () => {
  const { title, body } = PROPOSAL
  expect(GITEA.open(place, PROPOSAL)).toEqual({ method: "POST", url: `${repo}/pulls`, body: PROPOSAL })
  expect(GITEA.update(place, request, PROPOSAL)).toEqual({
    method: "PATCH",
    url: `${repo}/pulls/7`,
    body: { title, body },
  })
  expect(GITEA.opened.parse(pull)).toEqual(request)
})

describe("Gitea merge", () => {
  const style = httpResponse(200, { default_merge_style: "squash" })
  const notReady = httpResponse(405, { message: "not all required status checks successful" })
  const later = httpResponse(405, { message: "Please try again later" })
  const step = (...responses: ReturnType<typeof httpResponse>[]) => GITEA.merge?.(place, MERGING, responses)
  const merge = (wait = {}) => ({
    method: "POST",
    url: `${repo}/pulls/7/merge`,
    body: {
      ...{ Do: "squash", head_commit_id: "c0ffee", delete_branch_after_merge: true },
      // Gitea's own message has the title alone
      ...{ MergeTitleField: "Bump hello (#7)", MergeMessageField: "Source-Order: 7" },
      ...wait,
    },
  })
  const schedule = merge({ merge_when_checks_succeed: true })

  test("reads the repository's default merge style and merges a request without checks", () => {
    expect(step()).toEqual({ step: "call", call: { method: "GET", url: repo } })
    expect(step(style)).toEqual({ step: "call", call: merge() })
    const body = { Do: "merge", head_commit_id: "c0ffee", delete_branch_after_merge: true }
    expect(step(httpResponse(200, {}))).toMatchObject({ call: { body } })
    expect(step(httpResponse(200, { default_merge_style: "rebase" }))).toMatchObject({
      call: { body: { ...body, Do: "rebase" } },
    })
    expect(step(style, httpResponse(200, ""))).toEqual({ step: "ended", merge: "merged" })
  })

  test.each([
    { name: "scheduled", response: httpResponse(201, ""), merge: "waiting" },
    { name: "ready in the meantime", response: httpResponse(200, ""), merge: "merged" },
  ])("schedules a merge when checks succeed: $name", ({ response, merge: ended }) => {
    expect(step(style, notReady)).toEqual({ step: "call", call: schedule })
    expect(step(style, notReady, response)).toEqual({ step: "ended", merge: ended })
  })

  test("cancels what an earlier run scheduled, because it names the earlier image, and schedules again", () => {
    const already = httpResponse(409, {
      message: "pull request is already scheduled to auto merge when checks succeed",
    })
    const cancel = { method: "DELETE", url: `${repo}/pulls/7/merge` }
    expect(step(style, notReady, already)).toEqual({ step: "call", call: cancel })
    for (const cancelled of [httpResponse(204, ""), httpResponse(404, { message: "not found" })]) {
      expect(step(style, notReady, already, cancelled)).toEqual({ step: "call", call: schedule })
      expect(step(style, notReady, already, cancelled, httpResponse(201, ""))).toEqual({
        step: "ended",
        merge: "waiting",
      })
      expect(step(style, notReady, already, cancelled, httpResponse(200, ""))).toEqual({
        step: "ended",
        merge: "merged",
      })
      expect(step(style, notReady, already, cancelled, already)).toMatchObject({ step: "refused" })
    }
    const reason = "HTTP 403: user has no permission to cancel the scheduled auto merge"
    expect(step(style, notReady, already, httpResponse(403, { message: reason.slice(10) }))).toMatchObject({ reason })
  })

  test("retries while the server checks the request, but not forever", () => {
    expect(step(style, later)).toEqual({ step: "call", call: merge(), pause: 3 })
    expect(step(style, later, notReady)).toEqual({ step: "call", call: schedule })
    expect(step(style, later, notReady, later)).toEqual({ step: "call", call: schedule, pause: 3 })
    const tries = Array.from({ length: MERGE_TRIES }, () => later)
    expect(step(style, ...tries)).toMatchObject({
      ...{ step: "refused", reason: "HTTP 405: Please try again later" },
      fix: expect.stringContaining("if it conflicts with its base"),
    })
  })

  test.each([
    {
      name: "a repository without access",
      responses: [httpResponse(404, { message: "not found" })],
      reason: "HTTP 404: not found",
    },
    {
      name: "another commit",
      responses: [style, httpResponse(409, { message: "head out of date" })],
      reason: "HTTP 409: head out of date",
    },
    {
      name: "a user without permission to merge",
      responses: [style, notReady, httpResponse(405, { message: "User not allowed to merge PR" })],
      reason: "HTTP 405: User not allowed to merge PR",
    },
  ])("reports why a merge is refused: $name", ({ responses, reason }) => {
    expect(step(...responses)).toMatchObject({ step: "refused", reason })
  })
})
