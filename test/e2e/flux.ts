import { mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { GitopsController } from "./cluster-delivery.ts"
import { freePort } from "./git-server.ts"
import { crdsOf, type Kubernetes } from "./kubernetes.ts"

export const FLUX_NAMESPACE = "flux-system"
const SOURCE = "deploy"

/** Without leader election, events and endpoints of their own; `--no-cross-namespace-refs` is what Flux advises for tenants. */
const ALONE = ["--metrics-addr=0", "--health-addr=0", "--events-addr=", "--enable-leader-election=false"]

/** Starts Flux's source-controller and kustomize-controller; test/engine/up --with=flux builds them. */
export async function startFlux(api: Kubernetes): Promise<void> {
  await api.apply(...crdsOf("flux"), { apiVersion: "v1", kind: "Namespace", metadata: { name: FLUX_NAMESPACE } })
  const address = `127.0.0.1:${await freePort()}`
  const storage = mkdtempSync(join(tmpdir(), "slipway-flux-"))
  const env = { RUNTIME_NAMESPACE: FLUX_NAMESPACE }
  const served = [`--storage-path=${storage}`, `--storage-addr=${address}`, `--storage-adv-addr=${address}`]
  api.run("source-controller", () => [...ALONE, ...served, "--requeue-dependency=1s"], env)
  api.run("kustomize-controller", () => [...ALONE, "--requeue-dependency=1s", "--no-cross-namespace-refs=true"], env)
}

/** A repository over HTTP, as Flux reads it. */
export type FluxSource = { name: string; url: string; username: string; token: string; branch?: string }

/** A GitRepository that is read every second, and the Secret with its login. */
export function gitRepository({ name, url, username, token, branch = "main" }: FluxSource): object[] {
  const metadata = { name, namespace: FLUX_NAMESPACE }
  return [
    { apiVersion: "v1", kind: "Secret", metadata, stringData: { username, password: token } },
    {
      ...{ apiVersion: "source.toolkit.fluxcd.io/v1", kind: "GitRepository", metadata },
      spec: { interval: "1s", timeout: "20s", url, ref: { branch }, secretRef: { name } },
    },
  ]
}

/** A Kustomization of an overlay; `spec` overrides what a team would write. */
export function kustomization(name: string, { source, ...spec }: { source: string; [field: string]: unknown }): object {
  return {
    ...{ apiVersion: "kustomize.toolkit.fluxcd.io/v1", kind: "Kustomization" },
    metadata: { name, namespace: FLUX_NAMESPACE },
    spec: {
      ...{ interval: "10m", timeout: "30s", path: "./prod", prune: true, wait: true },
      sourceRef: { kind: "GitRepository", name: source },
      ...spec,
    },
  }
}

/** Flux, for the overlay of a delivery. */
export const FLUX: GitopsController = {
  name: "Flux",
  resource: `kustomization/${FLUX_NAMESPACE}/apps`,
  read: { group: "kustomize.toolkit.fluxcd.io", plural: "kustomizations", namespace: FLUX_NAMESPACE, name: "apps" },
  start: async (api, repository) => {
    await startFlux(api)
    await api.apply(...gitRepository({ name: SOURCE, ...repository }), kustomization("apps", { source: SOURCE }))
  },
}
