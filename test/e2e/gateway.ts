import { createServer, request } from "node:http"
import type { AddressInfo } from "node:net"
import { keptOpen } from "./kept-open.ts"

/** One port for several servers of this machine, by the beginning of the path: the command line binds one port to a host. */
export function startGateway(routes: Record<string, number>): Promise<number> {
  return startForwarding((url) => ({
    path: url,
    port: Object.entries(routes).find(([start]) => url.startsWith(start))?.[1],
  }))
}

/** An HTTP proxy for programs of this machine, to which servers have other names than here: the port of each host:port. */
export function startProxy(hosts: Record<string, number>): Promise<number> {
  return startForwarding((url) => {
    const { host, pathname, search } = new URL(url, "http://none.invalid")
    return { path: `${pathname}${search}`, port: hosts[host] }
  })
}

type Target = { path: string; port: number | undefined }

async function startForwarding(targetOf: (url: string) => Target): Promise<number> {
  const server = keptOpen(
    createServer((asked, answer) => {
      const { url = "", method, headers } = asked
      const { path, port } = targetOf(url)
      if (port === undefined) return void answer.writeHead(404).end(`no server for ${url}`)
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
