import { createServer, request } from "node:http"
import type { AddressInfo } from "node:net"
import { keptOpen } from "./kept-open.ts"

/** One port for several servers of this machine, by the beginning of the path: the command line binds one port to a host. */
export async function startGateway(routes: Record<string, number>): Promise<number> {
  const server = keptOpen(
    createServer((asked, answer) => {
      const { url: path = "", method, headers } = asked
      const [, port] = Object.entries(routes).find(([start]) => path.startsWith(start)) ?? []
      if (port === undefined) return void answer.writeHead(404).end(`no server for ${path}`)
      const passed = request({ host: "127.0.0.1", port, path, method, headers }, (response) => {
        answer.writeHead(response.statusCode ?? 502, response.headers)
        response.pipe(answer)
      })
      passed.on("error", (error) => answer.destroy(error))
      asked.pipe(passed)
    }),
  )
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  server.unref()
  return (server.address() as AddressInfo).port
}
