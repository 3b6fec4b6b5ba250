import type { IncomingMessage, RequestListener } from "node:http"
import { createServer } from "node:https"
import type { AddressInfo } from "node:net"
import { selfSigned } from "./certificate.ts"
import { keptOpen } from "./kept-open.ts"

/** A TLS server on this machine for a host name; `authority` is its certificate authority, as PEM. */
export type TlsServer = { port: number; authority: string; stop: () => void }

export async function startTlsServer(host: string, answer: RequestListener): Promise<TlsServer> {
  const { certificate, key } = selfSigned(`DNS:${host}`)
  const server = keptOpen(createServer({ cert: certificate, key }, answer))
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  server.unref()
  return { port: (server.address() as AddressInfo).port, authority: certificate, stop: () => void server.close() }
}

export async function readBody(asked: IncomingMessage): Promise<string> {
  let body = ""
  for await (const chunk of asked) body += chunk
  return body
}
