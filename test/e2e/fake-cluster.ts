import { createServer } from "node:https"
import type { AddressInfo } from "node:net"
import type { TLSSocket } from "node:tls"
import { type Certificate, selfSigned } from "./certificate.ts"
import { keptOpen } from "./kept-open.ts"

/** The responses of a path, in order; the last one repeats. A number is a status with the API's message; a function makes the response. */
export type Answers = Record<string, (object | number | (() => object))[]>

export type FakeCluster = {
  url: string
  port: number
  /** Its self-signed certificate. */
  authority: string
  /** Every request, as METHOD /path. */
  asked: string[]
  stop: () => Promise<void>
}

export const TOKEN = "cluster-token-of-fixture"

const WORDS: Record<number, { reason: string; message: string }> = {
  401: { reason: "Unauthorized", message: "Unauthorized" },
  404: { reason: "NotFound", message: "not found" },
  503: { reason: "ServiceUnavailable", message: "apiserver is shutting down" },
}

/** A fake of the Kubernetes API for objects whose controllers are not built and for its faults; kubernetes.ts starts a real one. */
export async function startCluster(answers: Answers, client?: Certificate): Promise<FakeCluster> {
  const { certificate, key } = selfSigned("IP:127.0.0.1")
  const mutual = client ? { requestCert: true, rejectUnauthorized: false, ca: client.certificate } : {}
  const asked: string[] = []
  const server = keptOpen(
    createServer({ cert: certificate, key, ...mutual }, ({ method, url = "", headers, socket }, response) => {
      const before = asked.filter((earlier) => earlier === `${method} ${url}`).length
      asked.push(`${method} ${url}`)
      const known = headers.authorization === `Bearer ${TOKEN}` || (socket as TLSSocket).authorized === true
      const turn = answers[url] ?? [404]
      const next = known ? (turn[before] ?? turn.at(-1) ?? 404) : 401
      const answer = typeof next === "function" ? next() : next
      const status = typeof answer === "number" ? answer : 200
      const body =
        typeof answer === "number" ? { kind: "Status", status: "Failure", code: answer, ...WORDS[answer] } : answer
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body))
    }),
  )
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  const stop = () => new Promise<void>((resolve) => void server.close(() => resolve()))
  return { url: `https://127.0.0.1:${port}`, port, authority: certificate, asked, stop }
}

/** A kubeconfig for the cluster. */
export function kubeconfig({ url, authority }: FakeCluster, user: object): string {
  const data = Buffer.from(authority).toString("base64")
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "test",
    contexts: [{ name: "test", context: { cluster: "test", user: "ci" } }],
    clusters: [{ name: "test", cluster: { server: url, "certificate-authority-data": data } }],
    users: [{ name: "ci", user }],
  })
}
