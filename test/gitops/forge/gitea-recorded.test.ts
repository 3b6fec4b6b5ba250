import { expect, test } from "vitest"
import type { HttpResponse } from "../../../lib/engine/http.ts"
import type { ForgeCall } from "../../../lib/gitops/forge/forge.ts"
import { GITEA } from "../../../lib/gitops/forge/gitea.ts"
import { requestApi } from "../../../lib/gitops/forge/request-api.ts"
import { MERGING, PROPOSAL, placeOf } from "./branches.ts"
import { isRecorded, type RecordedCall, recordedCalls } from "./recorded.ts"

const ALL = [...recordedCalls("delivery"), ...recordedCalls("access")]
const place = placeOf("")
const api = requestApi(GITEA)
const BRANCH = "slipway/main/0000000000"
const request = { number: 1, url: "" }

function recorded(call: ForgeCall | undefined, status: number): RecordedCall[] {
  const [method, path] = [call?.method, call?.url]
  return ALL.filter(
    (one) => one.request.method === method && one.request.path === path && one.response.status === status,
  )
}

function responseOf({ response: { status, body } }: RecordedCall): HttpResponse {
  return { status, body: JSON.stringify(body ?? "") }
}

test.each([
  {
    name: "list",
    call: GITEA.find(place, PROPOSAL, 1),
    schema: GITEA.found({ head: BRANCH, base: "main" }),
    status: 200,
  },
  { name: "open", call: GITEA.open(place, PROPOSAL), schema: GITEA.opened, status: 201 },
  { name: "update", call: GITEA.update(place, request, PROPOSAL), schema: GITEA.opened, status: 201 },
  { name: "state", call: api?.request(place, 1), schema: api?.state, status: 200 },
  { name: "comments", call: api?.comments(place, 1, 1), schema: api?.listed, status: 200 },
  { name: "create a comment", call: api?.create(place, 1, "x"), schema: api?.comment, status: 201 },
  { name: "update a comment", call: api?.update(place, { number: 1, id: 1 }, "x"), schema: api?.comment, status: 200 },
  { name: "author", call: api?.author(place), schema: api?.authorId, status: 200 },
])("reads every response of Gitea to: $name", ({ call, schema, status }) => {
  const found = recorded(call, status)
  expect(found).not.toEqual([])
  for (const { response } of found) expect(schema?.safeParse(response.body)).toMatchObject({ success: true })
})

test("finds its own open request in Gitea's list, and none in an empty one", () => {
  const found = recorded(GITEA.find(place, PROPOSAL, 1), 200).map(({ response }) =>
    GITEA.found({ head: BRANCH, base: "main" }).parse(response.body),
  )
  expect(found).toContainEqual({ more: false })
  expect(found).toContainEqual({ found: { number: 1, url: "http://gitea.test/acme/deploy/pulls/1" }, more: false })
})

const settings = recorded({ method: "GET", url: "/repos/acme/deploy" }, 200)
const merges = (method: ForgeCall["method"]) =>
  ALL.filter(({ request }) => request.method === method && request.path.endsWith("/merge"))

test.each(["merge", "rebase", "rebase-merge", "squash", "fast-forward-only"])(
  "merges by the style %s of the repository's settings",
  (style) => {
    const [first] = settings.filter(({ response }) => response.body.default_merge_style === style).map(responseOf)
    expect(first).toBeDefined()
    expect(GITEA.merge?.(place, MERGING, first ? [first] : [])).toMatchObject({ call: { body: { Do: style } } })
  },
)

test("knows each of Gitea's responses to a merge", () => {
  const [first] = settings.map(responseOf)
  const [none] = merges("DELETE").map(responseOf)
  const outcomes = (before: HttpResponse[], after: RecordedCall[]) =>
    new Set(after.map((one) => GITEA.merge?.(place, MERGING, [...before, responseOf(one)]).step))
  const now = merges("POST").filter(({ request }) => !request.body.merge_when_checks_succeed)
  const later = merges("POST").filter(({ request }) => request.body.merge_when_checks_succeed)
  if (!first || !none)
    throw new Error("expected the repository's settings and a cancelled merge in the recording, got none")
  expect(outcomes([first], now)).toEqual(new Set(["call", "ended"]))
  const notReady: HttpResponse = { status: 405, body: '{"message":"not ready"}' }
  expect(outcomes([first, notReady], later)).toEqual(new Set(["ended", "call", "refused"]))
  expect(none.status).toBe(204)
  expect(new Set(later.map(({ response }) => response.status))).toEqual(new Set([201, 405, 409]))
})

test("every request of ours is one that a real Gitea was asked", () => {
  const calls = [GITEA.find(place, PROPOSAL, 1), GITEA.open(place, PROPOSAL), GITEA.update(place, request, PROPOSAL)]
  for (const { method, url, body } of calls) expect(isRecorded({ method, path: url, body }, ALL)).toBe(true)
  expect(isRecorded({ method: "PUT", path: "/repos/acme/deploy/pulls/1", body: {} }, ALL)).toBe(false)
  expect(isRecorded({ method: "POST", path: "/repos/acme/deploy/pulls", body: { title: "x" } }, ALL)).toBe(false)
})
