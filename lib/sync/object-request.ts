import { SlipwayError } from "../error.ts"
import type { Api } from "./api.ts"
import { KINDS, type Resource, resourceName } from "./resource.ts"

/** A read of one object, before it is sent. */
export type ObjectRequest = { url: string; headers: Record<string, string> }

/** Reads, and nothing else: a role with the verb `get` on the resource is enough. */
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

/** Argo CD's own API knows its applications only. */
export function requireServed({ kind }: Api, resource: Resource): void {
  if (kind === "kubernetes" || resource.kind === "application") return
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "an application to ask Argo CD's API for",
    got: resourceName(resource),
    fix: "Pass a kubeconfig, or --server and --cluster-token of the Kubernetes API, for anything else.",
  })
}
