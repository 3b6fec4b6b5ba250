import type { File, Secret, Service } from "@dagger.io/dagger"
import { secretText } from "../engine/secret.ts"
import { SlipwayError } from "../error.ts"
import type { Api } from "./api.ts"
import type { Via } from "./get-object.ts"
import { parseKubeconfig } from "./kubeconfig.ts"
import { parseServer } from "./server-address.ts"

/** How an API is reached, as a caller passes it. */
export type ApiInput = {
  kubeconfig?: Secret
  kubeContext?: string
  server?: string
  argocdServer?: string
  token?: Secret
  caCertificate?: File
  service?: Service
}

/** The one API that the caller named. Its credentials are needed as text, since this process itself asks: no tool sees them. */
export async function readApi(input: ApiInput): Promise<Api> {
  const { kubeconfig, kubeContext, server, argocdServer, token, caCertificate } = input
  const ways = [kubeconfig && "a kubeconfig", server && "a server", argocdServer && "an argocdServer"].filter(Boolean)
  const address = server ?? argocdServer
  const authority = await caCertificate?.contents()
  if (ways.length === 1 && kubeconfig && !token) {
    const api = parseKubeconfig(await secretText(kubeconfig, "--kubeconfig"), kubeContext)
    return { ...api, ...(authority && { authority }) }
  }
  if (ways.length !== 1 || !address || !token)
    throw unclear(ways.join(" and ") || "none", token ? "a token" : "no token")
  const identity = { kind: "token" as const, token: (await secretText(token, "--cluster-token")).trim() }
  const kind = server ? ("kubernetes" as const) : ("argocd" as const)
  return { kind, server: parseServer(address), identity, ...(authority && { authority }) }
}

/** A service of the graph is started, and asked in the place of the address. */
export async function readVia(service?: Service): Promise<Via | undefined> {
  if (!service) return undefined
  const endpoint = await (await service.start()).endpoint()
  const [, host = "", port] = endpoint.match(/^(.*):(\d+)$/) ?? []
  return { host, port: Number(port) }
}

function unclear(way: string, login: string): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: "one way to ask: a kubeconfig; or a server and a token; or an argocdServer and a token",
    got: `${way} with ${login}`,
    fix: "A kubeconfig has its own token or certificate; the two servers take --cluster-token.",
  })
}
