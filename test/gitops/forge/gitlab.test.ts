import { describe, expect, test } from "vitest"
import { MERGE_TRIES } from "../../../lib/gitops/forge/forge.ts"
import { GITLAB } from "../../../lib/gitops/forge/gitlab.ts"
import { BRANCHES, httpResponse, MERGING, PROPOSAL, placeOf } from "./branches.ts"

const place = placeOf("https://gitlab.com/api/v4", "acme/team/deploy")
const all = "https://gitlab.com/api/v4/projects/acme%2Fteam%2Fdeploy/merge_requests"
const merge = { iid: 7, web_url: "https://gitlab.com/acme/team/deploy/-/merge_requests/7" }
const request = { number: 7, url: merge.web_url }
const { title, body, head, base } = PROPOSAL

test("sends the token as a bearer token", () => {
  expect(GITLAB.headers("t0ken")).toEqual({ accept: "application/json", authorization: "Bearer t0ken" })
})

test("finds the open merge request between these branches of the same project", () => {
  expect(GITLAB.find(place, BRANCHES, 1)).toEqual({
    method: "GET",
    url: `${all}?state=opened&source_branch=slipway%2Fmain%2F0123456789&target_branch=main`,
  })
  const own = { ...merge, source_project_id: 1, target_project_id: 1 }
  const fork = { ...merge, iid: 6, source_project_id: 2, target_project_id: 1 }
  expect(GITLAB.found(BRANCHES).parse([fork, own])).toEqual({ found: request, more: false })
  expect(GITLAB.found(BRANCHES).parse([fork])).toEqual({ more: false })
})

test("opens and updates a merge request", () => {
  expect(GITLAB.open(place, PROPOSAL)).toEqual({
    method: "POST",
    url: all,
    body: { title, description: body, source_branch: head, target_branch: base, remove_source_branch: true },
  })
  const update = { method: "PUT", url: `${all}/7`, body: { title, description: body } }
  expect(GITLAB.update(place, request, PROPOSAL)).toEqual(update)
  expect(GITLAB.opened.parse(merge)).toEqual(request)
})

describe("GitLab merge", () => {
  const step = (...responses: ReturnType<typeof httpResponse>[]) => GITLAB.merge?.(place, MERGING, responses)
  const notYet = httpResponse(405, { message: "405 Method Not Allowed" })
  const status = (state: string, head_pipeline: object | null = { id: 1 }) =>
    httpResponse(200, { detailed_merge_status: state, head_pipeline })
  const put = (wait: object) => ({
    method: "PUT",
    url: `${all}/7/merge`,
    body: {
      ...{ sha: "c0ffee", should_remove_source_branch: true },
      // the default template of a squashed commit is the title alone
      ...{ squash_commit_message: "Bump hello (!7)\n\nSource-Order: 7" },
      ...wait,
    },
  })
  const automatic = put({ auto_merge: true, merge_when_pipeline_succeeds: true })

  test("schedules a merge of this commit when its pipeline succeeds", () => {
    expect(step()).toEqual({ step: "call", call: automatic })
    expect(step(httpResponse(200, { state: "opened" }))).toEqual({ step: "ended", merge: "waiting" })
    expect(step(httpResponse(200, { state: "merged" }))).toEqual({ step: "ended", merge: "merged" })
  })

  test("retries while GitLab checks the merge request", () => {
    expect(step(notYet)).toEqual({ step: "call", call: { method: "GET", url: `${all}/7` } })
    expect(step(notYet, status("checking"))).toEqual({ step: "call", call: automatic, pause: 3 })
  })

  test("merges at once if no pipeline started", () => {
    const before = [notYet, status("mergeable", null), notYet, status("mergeable", null), notYet]
    expect(step(...before.slice(0, 2))).toEqual({ step: "call", call: automatic, pause: 3 })
    expect(step(...before, status("mergeable", null))).toEqual({ step: "call", call: put({}), pause: 3 })
    expect(step(...before, status("mergeable"))).toEqual({ step: "call", call: automatic, pause: 3 })
  })

  test("stops retrying after some tries", () => {
    const tries = Array.from({ length: MERGE_TRIES }, () => [notYet, status("checking")]).flat()
    expect(step(...tries)).toMatchObject({ step: "refused", reason: "merge status checking" })
  })

  test.each([
    { name: "a conflict", responses: [notYet, status("conflict")], reason: "merge status conflict" },
    {
      name: "a role without permission to merge",
      responses: [httpResponse(401, { message: "401 Unauthorized" })],
      reason: "HTTP 401: 401 Unauthorized",
    },
    {
      name: "another commit",
      responses: [httpResponse(409, { message: "SHA does not match" })],
      reason: "HTTP 409: SHA does not match",
    },
    { name: "a failed status call", responses: [notYet, httpResponse(500, "<html>")], reason: "HTTP 500: no message" },
  ])("reports why a merge is refused: $name", ({ responses, reason }) => {
    expect(step(...responses)).toMatchObject({ step: "refused", reason })
  })
})
