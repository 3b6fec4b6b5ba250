// Runs in a container between a client and its registry, where a closed connection reaches the client: a tunnel to this
// machine would keep it open. Port 5000 is the registry. At port 5001, PUT sets the next fault, GET returns the counts.
import { createServer, request } from "node:http"

const OTHER = { "docker-content-digest": `sha256:${"ba".repeat(32)}` }
const CODES = { 403: "DENIED", 404: "NAME_UNKNOWN", 429: "TOOMANYREQUESTS" }
let fault
let seen = 0
let hit = 0
let over = 0

createServer((asked, answer) => {
  if (!fault?.method.split("|").includes(asked.method) || !new RegExp(fault.path).test(asked.url) || !happens())
    return forward(asked, answer)
  hit += 1
  if (fault.kind === "silence") return
  if (fault.kind === "truncated") return forward(asked, answer, { part: true })
  if (fault.kind === "reset") return asked.socket.resetAndDestroy()
  if (fault.kind === "wrong digest")
    return asked.method === "GET" ? other(answer) : forward(asked, answer, { headers: OTHER })
  asked.resume().on("end", () => refuse(answer, fault.kind))
}).listen(5000)

createServer(async (asked, answer) => {
  let body = ""
  for await (const chunk of asked) body += chunk
  if (asked.method === "PUT") {
    fault = JSON.parse(body)
    seen = hit = over = 0
  }
  answer.end(JSON.stringify({ hit, seen }))
}).listen(5001)

/** Whether the fault applies to this request, by its number or by the time since the first one. */
function happens() {
  seen += 1
  if (seen < fault.from) return false
  if (!fault.seconds) return seen < fault.from + fault.times
  over ||= Date.now() + fault.seconds * 1000
  return Date.now() < over
}

/** Half of a body is sent as if it were the whole one. */
function forward(asked, answer, { headers: changed = {}, part = false } = {}) {
  const { url: path, method, headers } = asked
  const passed = request({ host: "upstream", port: 5000, path, method, headers }, (real) => {
    const length = Number(real.headers["content-length"]) >> 1
    answer.writeHead(real.statusCode, { ...real.headers, ...changed, ...(part && { "content-length": length }) })
    if (!part) return real.pipe(answer)
    const chunks = []
    real.on("data", (chunk) => chunks.push(chunk))
    real.on("end", () => answer.end(Buffer.concat(chunks).subarray(0, length)))
  })
  passed.on("error", () => answer.destroy())
  asked.pipe(passed)
}

/** Another manifest than the requested one. */
function other(answer) {
  answer.writeHead(200, { "content-type": "application/vnd.oci.image.index.v1+json", ...OTHER }).end("{}")
}

// https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes
function refuse(answer, status) {
  const wait = over ? Math.ceil((over - Date.now()) / 1000) : 1
  const headers = { "content-type": "application/json", ...(status === 429 && { "retry-after": String(wait) }) }
  const errors = [{ code: CODES[status] ?? "UNKNOWN", message: "a fault of the test's" }]
  answer.writeHead(status, headers).end(JSON.stringify({ errors }))
}
