import { type RequestOptions as HttpOptions, request as requestHttp } from "node:http"
import { type RequestOptions, request as requestHttps } from "node:https"
import { checkServerIdentity } from "node:tls"
import type { File, Secret, Service } from "@dagger.io/dagger"
import { secretText } from "../engine/secret.ts"
import { SlipwayError } from "../error.ts"
import type { ApiResponse } from "./judge.ts"
import { type Api, parseKubeconfig, parseServer } from "./kubeconfig.ts"
import { KINDS, type Resource, resourceName } from "./resource.ts"

type ObjectRequest = { url: string; headers: Record<string, string> }

/** Only reads: a role with the verb `get` on the resource suffices. */
export function objectRequest(api: Api, resource: Resource): ObjectRequest {
  const { server, identity } = api
  const authorization: Record<string, string> =
    identity.kind === "token" ? { authorization: `Bearer ${identity.token}` } : {}
  return { url: `${server}/${pathOf(api, resource)}`, headers: { accept: "application/json", ...authorization } }
}

function pathOf({ kind }: Api, resource: Resource): string {
  const { namespace, name } = resource
  if (kind === "argocd") return `api/v1/applications/${name}?appNamespace=${namespace}`
  const { path, plural } = KINDS[resource.kind]
  return `${path}/namespaces/${namespace}/${plural}/${name}`
}

/** Argo CD's API has only applications. */
export function requireServed({ kind }: Api, resource: Resource): void {
  if (kind === "kubernetes" || resource.kind === "application") return
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "an application with --argocd-server",
    got: resourceName(resource),
    fix: "Pass --kubeconfig, or --cluster-server and --cluster-token of the Kubernetes API, for other kinds.",
  })
}

/** The endpoint of a service of the same graph, which replaces the address for the connection. */
type Via = { host: string; port: number }

/** A limit far above the largest application, for a response without an end. */
const MOST_BYTES = 32 << 20

/** Reads an object once, without redirects. Returns a connection's error as a value. */
export async function getObject(
  { url, headers }: ObjectRequest,
  { api, via, milliseconds }: { api: Api; via?: Via; milliseconds: number },
): Promise<ApiResponse> {
  const target = new URL(url)
  const { host, protocol } = target
  const bounds = { signal: AbortSignal.timeout(milliseconds), agent: false as const, setHost: false }
  const options = { ...bounds, ...placeOf(target, via), headers: { ...headers, host } }
  try {
    return await new Promise<ApiResponse>((resolve, reject) => {
      const secure = protocol === "https:"
      const request = secure ? requestHttps({ ...options, ...tlsOf(api, target) }) : requestHttp(options)
      request.on("error", reject).on("response", (response) => {
        let body = ""
        response.setEncoding("utf8").on("error", reject)
        response.on("data", (chunk: string) => {
          body += chunk
          if (body.length > MOST_BYTES) request.destroy(Object.assign(new Error(), { code: "TOO_LARGE" }))
        })
        response.on("end", () => resolve({ kind: "response", status: response.statusCode ?? 0, body }))
      })
      request.end()
    })
  } catch (error) {
    const { code, name } = error as { code?: string; name?: string }
    return { kind: "none", code: name === "AbortError" ? "timeout" : (code ?? name ?? "unknown") }
  }
}

function placeOf(target: URL, via?: Via): HttpOptions {
  const { protocol, hostname, port, pathname, search } = target
  const own = { host: bareName(hostname), port: Number(port) || (protocol === "https:" ? 443 : 80) }
  return { ...(via ?? own), path: `${pathname}${search}` }
}

/** Verifies the certificate against the address, even if the connection goes to a service. */
function tlsOf({ authority, identity, serverName }: Api, { hostname }: URL): RequestOptions {
  const name = serverName ?? bareName(hostname)
  return {
    ...(authority && { ca: authority }),
    ...(identity.kind === "certificate" && { cert: identity.certificate, key: identity.key }),
    ...(!/^[0-9.]+$|:/.test(name) && { servername: name }),
    checkServerIdentity: (_, certificate) => checkServerIdentity(name, certificate),
  }
}

/** An IPv6 address without the brackets of a URL. */
function bareName(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, "")
}

/** Access to an API, as a caller passes it. */
export type ApiInput = {
  kubeconfig?: Secret
  kubeContext?: string
  server?: string
  argocdServer?: string
  token?: Secret
  caCertificate?: File
  service?: Service
}

/** Reads the caller's access to one API. This process sends the requests itself, so it needs the credentials as text. */
export async function readApi(input: ApiInput): Promise<Api> {
  const { kubeconfig, kubeContext, server, argocdServer, token, caCertificate } = input
  const ways = [kubeconfig && "--kubeconfig", server && "--cluster-server", argocdServer && "--argocd-server"].filter(
    Boolean,
  )
  const address = server ?? argocdServer
  const authority = await caCertificate?.contents()
  if (ways.length === 1 && kubeconfig && !token) {
    const api = parseKubeconfig(await secretText(kubeconfig, "--kubeconfig"), kubeContext)
    return { ...api, ...(authority && { authority }) }
  }
  if (ways.length !== 1 || !address || !token)
    throw unclear(ways.join(" and ") || "none", token ? "with --cluster-token" : "without --cluster-token")
  const identity = { kind: "token" as const, token: (await secretText(token, "--cluster-token")).trim() }
  const kind = server ? ("kubernetes" as const) : ("argocd" as const)
  return { kind, server: parseServer(address), identity, ...(authority && { authority }) }
}

/** Starts the service and returns its endpoint. */
export async function readVia(service?: Service): Promise<Via | undefined> {
  if (!service) return undefined
  const endpoint = await (await service.start()).endpoint()
  const [, host = "", port] = endpoint.match(/^(.*):(\d+)$/) ?? []
  return { host, port: Number(port) }
}

function unclear(way: string, login: string): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected:
      "one API: --kubeconfig, or --cluster-server with --cluster-token, or --argocd-server with --cluster-token",
    got: `${way} ${login}`,
    fix: "Pass --cluster-token with --cluster-server or --argocd-server, and omit it with --kubeconfig, which has its own credential.",
  })
}
