import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { buffer } from "node:stream/consumers"
import { keptOpen } from "./kept-open.ts"

/** `repeat` sends the next posts twice; the client gets the second response. */
export type RepeatingProxy = { port: number; repeat: (times: number) => void }

/** A gateway that repeats a request as after a lost response, as load balancers do. */
export async function startRepeatingProxy(upstream: number): Promise<RepeatingProxy> {
  let left = 0
  const server = keptOpen(
    createServer(async (asked, answer) => {
      const { url, method = "GET", headers } = asked
      const body = await buffer(asked)
      const type = headers["content-type"]
      const ask = () =>
        fetch(`http://127.0.0.1:${upstream}${url}`, {
          method,
          ...(method === "POST" && { body, headers: type ? { "content-type": type } : {} }),
        })
      if (method === "POST" && left > 0) {
        left -= 1
        await (await ask()).text()
      }
      const last = await ask()
      answer.writeHead(last.status, { "content-type": last.headers.get("content-type") ?? "" }).end(await last.text())
    }),
  )
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  server.unref()
  return {
    port: (server.address() as AddressInfo).port,
    repeat: (times) => {
      left = times
    },
  }
}
