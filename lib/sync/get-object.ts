import { type RequestOptions as HttpOptions, request as requestHttp } from "node:http"
import { type RequestOptions, request as requestHttps } from "node:https"
import { checkServerIdentity } from "node:tls"
import type { Api } from "./api.ts"
import type { Read } from "./look.ts"
import type { ObjectRequest } from "./object-request.ts"

/** Where the connection really goes, if not to the address: a service of the same graph. */
export type Via = { host: string; port: number }

/** The largest application is far below; a server that never ends is not waited for. */
const MOST_BYTES = 32 << 20

/** Reads an object, once. Nothing is thrown: that nobody answers is an answer, too. No redirect is followed. */
export async function getObject(
  { url, headers }: ObjectRequest,
  { api, via, milliseconds }: { api: Api; via?: Via; milliseconds: number },
): Promise<Read> {
  const target = new URL(url)
  const { host, protocol } = target
  const bounds = { signal: AbortSignal.timeout(milliseconds), agent: false as const, setHost: false }
  const options = { ...bounds, ...placeOf(target, via), headers: { ...headers, host } }
  try {
    return await new Promise<Read>((resolve, reject) => {
      const secure = protocol === "https:"
      const asked = secure ? requestHttps({ ...options, ...tlsOf(api, target) }) : requestHttp(options)
      asked.on("error", reject).on("response", (response) => {
        let body = ""
        response.setEncoding("utf8").on("error", reject)
        response.on("data", (chunk: string) => {
          body += chunk
          if (body.length > MOST_BYTES) asked.destroy(Object.assign(new Error(), { code: "TOO_LARGE" }))
        })
        response.on("end", () => resolve({ kind: "answer", status: response.statusCode ?? 0, body }))
      })
      asked.end()
    })
  } catch (error) {
    const { code, name } = error as { code?: string; name?: string }
    return { kind: "none", code: name === "AbortError" ? "no answer in time" : (code ?? name ?? "unknown") }
  }
}

function placeOf(target: URL, via?: Via): HttpOptions {
  const { protocol, hostname, port, pathname, search } = target
  const own = { host: bareName(hostname), port: Number(port) || (protocol === "https:" ? 443 : 80) }
  return { ...(via ?? own), path: `${pathname}${search}` }
}

/** The certificate has to be the address's own, wherever the connection goes. */
function tlsOf({ authority, identity, serverName }: Api, { hostname }: URL): RequestOptions {
  const name = serverName ?? bareName(hostname)
  return {
    ...(authority && { ca: authority }),
    ...(identity.kind === "certificate" && { cert: identity.certificate, key: identity.key }),
    ...(!/^[0-9.]+$|:/.test(name) && { servername: name }),
    checkServerIdentity: (_, certificate) => checkServerIdentity(name, certificate),
  }
}

/** An IPv6 address without the brackets that only an URL has. */
function bareName(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, "")
}
