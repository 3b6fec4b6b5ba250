import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { keptOpen } from "./kept-open.ts"

/** A pull request of the fake; `fork` is whether its branch is in another repository. */
export type FakeRequest = { state: "open" | "closed"; head: string; fork?: boolean }
export type FakeComment = { id: number; issue: number; user: number; body: string }

/** GitHub's API for the requests of acme/hello and their comments. Others can write comments too. */
export type FakeRequests = {
  url: string
  requests: Map<number, FakeRequest>
  comments: FakeComment[]
  write: (issue: number, user: number, body: string) => FakeComment
  stop: () => Promise<void>
}

/** The user of the token. */
export const OURS = 41

export async function startRequests(): Promise<FakeRequests> {
  const requests = new Map<number, FakeRequest>()
  const comments: FakeComment[] = []
  const write = (issue: number, user: number, body: string) => {
    const comment = { id: 100 + comments.length, issue, user, body }
    comments.push(comment)
    return comment
  }
  const answer = (method: string, path: string, body: string): unknown => {
    const text = () => (JSON.parse(body) as { body: string }).body
    const [, pull] = path.match(/^\/repos\/acme\/hello\/pulls\/([0-9]+)$/) ?? []
    const [, issue] = path.match(/^\/repos\/acme\/hello\/issues\/([0-9]+)\/comments$/) ?? []
    const [, id] = path.match(/^\/repos\/acme\/hello\/issues\/comments\/([0-9]+)$/) ?? []
    if (path === "/graphql") return { data: { viewer: { databaseId: OURS } } }
    if (method === "GET" && pull) return pullOf(requests.get(Number(pull)))
    if (method === "GET" && issue) return comments.filter((one) => one.issue === Number(issue)).map(noteOf)
    if (method === "POST" && issue) return noteOf(write(Number(issue), OURS, text()))
    const own = comments.find((one) => one.id === Number(id) && one.user === OURS)
    if (method !== "PATCH" || !own) return undefined
    own.body = text()
    return noteOf(own)
  }
  const server = keptOpen(createServer((request, response) => void respond(request, response, answer)))
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  const stop = () => new Promise<void>((resolve) => void server.close(() => resolve()))
  return { url: `http://127.0.0.1:${port}`, requests, comments, write, stop }
}

type Answer = (method: string, path: string, body: string) => unknown

async function respond(request: IncomingMessage, response: ServerResponse, answer: Answer): Promise<void> {
  let body = ""
  for await (const chunk of request) body += chunk
  const found = answer(request.method ?? "", (request.url ?? "").replace(/\?.*/, ""), body)
  response.writeHead(found === undefined ? 404 : 200).end(JSON.stringify(found ?? { message: "Not Found" }))
}

function pullOf(request?: FakeRequest): unknown {
  if (!request) return undefined
  const { state, head, fork } = request
  return { state, head: { sha: head, repo: { id: fork ? 2 : 1 } }, base: { repo: { id: 1 } } }
}

function noteOf({ id, issue, user, body }: FakeComment): unknown {
  return { id, body, html_url: `https://github.test/acme/hello/pull/${issue}#issuecomment-${id}`, user: { id: user } }
}
