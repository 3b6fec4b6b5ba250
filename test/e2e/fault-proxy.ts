import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { dag, NetworkProtocol, type Service } from "@dagger.io/dagger"

/** What goes wrong: a status, or an answer that names another digest. For a cut connection see cutting-proxy.ts. */
export type Fault = {
  kind: 403 | 429 | 500 | 503 | "wrong digest"
  method: string
  path: RegExp
  /** The first of the matching requests that is hit, and how many are from there; default the first alone. */
  from?: number
  times?: number
}
/** A registry as a client sees it through a bad network. `hit` counts the faults that really happened. */
export type FaultProxy = { service: Service; inject: (fault?: Fault) => void; hit: () => number; stop: () => void }

const OTHER_DIGEST = `sha256:${"ba".repeat(32)}`

/** Stands in front of the registry at this machine's port; without a fault it changes nothing. */
export async function startFaultProxy(registryPort: number): Promise<FaultProxy> {
  let fault: Fault | undefined
  let [seen, hit] = [0, 0]
  const server = createServer((asked, answer) => {
    if (!fault?.path.test(asked.url ?? "") || asked.method !== fault.method) return forward(asked, answer)
    const { kind, from = 1, times = 1 } = fault
    seen += 1
    if (seen < from || seen >= from + times) return forward(asked, answer)
    hit += 1
    if (kind === "wrong digest") return forward(asked, answer, { "docker-content-digest": OTHER_DIGEST })
    asked.resume().on("end", () => refuse(answer, kind))
  })
  const forward = (asked: IncomingMessage, answer: ServerResponse, changed = {}) => {
    const { url: path, method, headers } = asked
    const passed = request({ host: "127.0.0.1", port: registryPort, path, method, headers }, (real) => {
      answer.writeHead(real.statusCode ?? 502, { ...real.headers, ...changed })
      real.pipe(answer)
    })
    passed.on("error", () => answer.destroy())
    asked.pipe(passed)
  }
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  const ports = [{ protocol: NetworkProtocol.Tcp, backend: port, frontend: 5000 }]
  return {
    service: dag.host().service(ports, { host: "127.0.0.1" }),
    inject: (next) => {
      fault = next
      seen = hit = 0
    },
    hit: () => hit,
    stop: () => void server.close(),
  }
}

// https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes
function refuse(answer: ServerResponse, status: number): void {
  const code = { 403: "DENIED", 429: "TOOMANYREQUESTS" }[status] ?? "UNKNOWN"
  const headers = { "content-type": "application/json", ...(status === 429 && { "retry-after": "1" }) }
  answer.writeHead(status, headers).end(JSON.stringify({ errors: [{ code, message: "a fault of the test's" }] }))
}
