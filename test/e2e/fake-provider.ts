import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { keptOpen } from "./kept-open.ts"

/** A request to the provider. */
export type Asked = { method: string; path: string; headers: Record<string, string>; body: string }
/** The response of a path, or several in order; the last one repeats. */
export type Says = {
  status?: number
  headers?: Record<string, string>
  /** A function makes it from all requests so far. */
  body: string | ((asked: Asked[]) => string)
}
export type FakeProvider = { url: string; asked: Asked[]; stop: () => Promise<void> }

/** Headers that fetch adds to every request. */
const OF_FETCH = /^(host|connection|accept-language|accept-encoding|sec-fetch-mode|user-agent|content-length)$/

/** A provider on this machine that records its requests. Its responses are by path, or by method and path. */
export async function startProvider(says: Record<string, Says[]>): Promise<FakeProvider> {
  const asked: Asked[] = []
  const server = keptOpen(
    createServer(async (request, response) => {
      let body = ""
      for await (const chunk of request) body += chunk
      const headers = Object.entries(request.headers).filter(([name]) => !OF_FETCH.test(name))
      const path = request.url ?? ""
      asked.push({ method: request.method ?? "", path, headers: Object.fromEntries(headers) as Asked["headers"], body })
      const place = path.replace(/\?.*/, "")
      const answers = says[`${request.method} ${place}`] ?? says[place] ?? [{ status: 404, body: "no such path" }]
      const before = asked.filter((earlier) => earlier.path === path && earlier.method === request.method).length - 1
      const { status = 200, headers: own, body: text } = answers[before] ?? answers.at(-1) ?? { body: "" }
      response.writeHead(status, own).end(typeof text === "function" ? text(asked) : text)
    }),
  )
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  const stop = () => new Promise<void>((resolve) => void server.close(() => resolve()))
  return { url: `http://127.0.0.1:${port}`, asked, stop }
}
