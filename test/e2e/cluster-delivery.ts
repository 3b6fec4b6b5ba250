import { randomUUID } from "node:crypto"
import { dag } from "@dagger.io/dagger"
import { type Release, ship } from "../../lib/ship/ship.ts"
import { commitFolder } from "./commit-folder.ts"
import { type GitServer, startGitServer } from "./git-server.ts"
import { type Kubelet, startKubelet } from "./kubelet.ts"
import { type Kubernetes, startKubernetes } from "./kubernetes.ts"
import { type OverlaySync, startOverlaySync } from "./overlay-sync.ts"
import { startRegistry } from "./registry.ts"
import { shipHere } from "./ship-options.ts"
import { makeSigningKey, signingSecrets } from "./signing-key.ts"
import { vulnerabilityDbFolder } from "./vulnerability-db.ts"

/** A registry, a GitOps repository, and a cluster that applies it, for one workload named app in the namespace shop. */
export type ClusterDelivery = {
  api: Kubernetes
  git: GitServer
  kubelet: Kubelet
  overlay: OverlaySync
  /** The `sync` of `ship` by the least permissions, with a token that expires after some seconds, or did before. */
  sync: (resource: string, seconds?: number) => Promise<NonNullable<Parameters<typeof ship>[1]["sync"]>>
  /** Ships a folder, waits for the workload, and takes the release back if it fails. */
  deliver: (source: string | undefined, resource: string, seconds?: number) => Promise<Release>
  stop: () => Promise<void>
}

/** The workload's manifest and what reads it: a plural and its API group. */
type Wish = { manifest: string; plural: string; group: string; prepare?: (api: Kubernetes) => Promise<void> }

export const REPOSITORY = "registry.test:5000/team/app"

/** Call it within a session. */
export async function startClusterDelivery({ manifest, plural, group, prepare }: Wish): Promise<ClusterDelivery> {
  const files = {
    "prod/workload.yaml": manifest,
    "prod/kustomization.yaml": "namespace: shop\nresources: [workload.yaml]\n",
  }
  const [registry, git, key, api] = await Promise.all([
    startRegistry(),
    startGitServer(files),
    makeSigningKey(),
    startKubernetes(),
  ])
  await api.apply(...cluster({ plural, group }))
  await prepare?.(api)
  const kubelet = startKubelet(api, "shop")
  const overlay = startOverlaySync(api, git, Object.keys(files))
  const sync: ClusterDelivery["sync"] = async (resource, seconds) => {
    const access = {
      server: api.url,
      token: dag.setSecret(randomUUID(), await api.tokenOf("shop", "slipway", seconds)),
      caCertificate: dag.file("ca.crt", api.authority),
    }
    const patience = { timeout: 60, settle: 1, mergeTimeout: 60, rollbackOnFailure: true }
    return { resources: [resource], ...patience, api: access }
  }
  const deliver: ClusterDelivery["deliver"] = async (source = "", resource, seconds) => {
    const destination = {
      repository: REPOSITORY,
      signing: await signingSecrets(key),
      ...{ tags: ["{sha}"], registry: { service: registry.service, plainHttp: true } },
      ...{ gitopsRepo: git.url("git.test"), gitopsPath: "prod", gitopsImageName: "app" },
      git: { gitService: git.service() },
    }
    const options = await shipHere(destination, dag.host().directory(vulnerabilityDbFolder()))
    return await ship(dag.host().directory(source), { ...options, sync: await sync(resource, seconds) })
  }
  const stop = async () => {
    await overlay.stop().finally(async () => {
      await kubelet.stop()
      await api.stop()
      git.stop()
    })
  }
  return { api, git, kubelet, overlay, sync, deliver, stop }
}

/** The namespace, and the least permissions as docs/guides/wait-for-sync.md has them. */
function cluster({ plural, group }: Pick<Wish, "plural" | "group">): object[] {
  const metadata = { name: "slipway", namespace: "shop" }
  const rbac = { apiVersion: "rbac.authorization.k8s.io/v1", metadata }
  return [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } },
    { apiVersion: "v1", kind: "ServiceAccount", metadata },
    {
      ...{ ...rbac, kind: "Role" },
      rules: [{ apiGroups: [group], resources: [plural], resourceNames: ["app"], verbs: ["get"] }],
    },
    {
      ...{ ...rbac, kind: "RoleBinding" },
      subjects: [{ kind: "ServiceAccount", ...metadata }],
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: metadata.name },
    },
  ]
}

/** Commits of a source that builds in a second. */
export function versions(...names: string[]): string[] {
  return names.map((name) =>
    commitFolder({
      branch: "main",
      tags: [],
      files: { Dockerfile: "FROM gcr.io/distroless/static-debian12\nCOPY f /\n", f: name },
    }),
  )
}
