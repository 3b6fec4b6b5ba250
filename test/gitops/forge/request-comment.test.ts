import { afterEach, describe, expect, test } from "vitest"
import { GITHUB } from "../../../lib/gitops/forge/github.ts"
import { requestApi } from "../../../lib/gitops/forge/request-api.ts"
import { ownComment, type RequestAccess, readRequest, writeComment } from "../../../lib/gitops/forge/request-comment.ts"
import { type FakeProvider, type Says, startProvider } from "../../e2e/fake-provider.ts"

const marker = "<!-- ours -->"
const comments = [
  { id: 1, body: `text\n${marker}`, author: 9 },
  { id: 2, body: `${marker}\nof another user`, author: 8 },
  { id: 3, body: `${marker}\r\nours`, author: 9 },
  { id: 4, body: `${marker}\nours again`, author: 9 },
]

describe("our comment", () => {
  test("is the first with the marker in its first line and our user", () => {
    expect(ownComment(comments, { marker, author: 9 })?.id).toBe(3)
  })

  test("is the first of a bot where the user is not known", () => {
    expect(ownComment(comments, { marker })).toBeUndefined()
    expect(ownComment([...comments, { id: 5, body: marker, author: 6, bot: true }], { marker })?.id).toBe(5)
  })

  test("is none of another user's", () => {
    expect(ownComment(comments, { marker, author: 7 })).toBeUndefined()
  })
})

let forge: FakeProvider | undefined
afterEach(async () => {
  await forge?.stop()
})

const json = (body: unknown, status = 200): Says => ({ status, body: JSON.stringify(body) })
const COMMENTS = "/repos/acme/app/issues/7/comments"
const note = (id: number, body: string, user = 9) => ({ id, body, user: { id: user } })

async function access(says: Record<string, Says[]>): Promise<RequestAccess> {
  forge = await startProvider({ "/graphql": [json({ data: { viewer: { databaseId: 9 } } })], ...says })
  const api = requestApi(GITHUB) as RequestAccess["api"]
  const token = { plaintext: async () => "t0ken" } as never
  return { forge: GITHUB, api, place: { endpoint: forge.url, repository: "acme/app" }, token }
}

const writes = () => forge?.asked.filter(({ method, path }) => method !== "GET" && path !== "/graphql") ?? []

test("writes a comment where there is none", async () => {
  const there = await access({
    [`GET ${COMMENTS}`]: [json([note(1, marker, 8)])],
    [`POST ${COMMENTS}`]: [json(note(2, ""), 201)],
  })
  expect(await writeComment({ number: 7, marker }, "text", there)).toEqual({ how: "created" })
  expect(writes().map(({ method, body }) => [method, JSON.parse(body)])).toEqual([
    ["POST", { body: `${marker}\ntext` }],
  ])
})

test("updates its comment, which is on the second page", async () => {
  const there = await access({
    "/page/1": [json(Array.from({ length: 100 }, (_, at) => note(at, "other")))],
    "/page/2": [json([note(500, marker)])],
    "PATCH /repos/acme/app/issues/comments/500": [json(note(500, ""))],
  })
  const comments: RequestAccess["api"]["comments"] = ({ endpoint }, _, page) => ({
    method: "GET",
    url: `${endpoint}/page/${page}`,
  })
  const how = await writeComment({ number: 7, marker }, "text", { ...there, api: { ...there.api, comments } })
  expect(how).toEqual({ how: "updated" })
  expect(writes().map(({ method }) => method)).toEqual(["PATCH"])
})

test("writes nothing if the comments cannot be listed", async () => {
  const there = await access({ [`GET ${COMMENTS}`]: [json({ message: "Forbidden" }, 403)] })
  await expect(writeComment({ number: 7, marker }, "text", there)).rejects.toThrow(
    /^FORGE_REFUSED: expected GitHub to list the comments of the pull request 7 in acme\/app/,
  )
  expect(writes()).toEqual([])
})

test("writes nothing if the token may not tell its user", async () => {
  const there = await access({ "/graphql": [json({ message: "read:user" }, 403)], [COMMENTS]: [json([])] })
  await expect(writeComment({ number: 7, marker }, "text", there)).rejects.toThrow(/name the token's user.*HTTP 403/)
  expect(writes()).toEqual([])
})

test("a request that the forge does not know is an error, not a closed one", async () => {
  await expect(readRequest(7, await access({}))).rejects.toThrow(
    /^FORGE_REFUSED: expected GitHub to show the pull request 7/,
  )
})
