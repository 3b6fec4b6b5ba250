import { randomUUID } from "node:crypto"
import { dag } from "@dagger.io/dagger"
import type { ServiceSettings } from "../../lib/config/services.ts"
import { type Release, ship } from "../../lib/ship/ship.ts"
import { commitFolder } from "./commit-folder.ts"
import { type GitWebServer, startGitWebServer } from "./git-web-server.ts"
import { type Kubelet, startKubelet } from "./kubelet.ts"
import { type Kubernetes, startKubernetes } from "./kubernetes.ts"
import { type OverlaySync, startOverlaySync } from "./overlay-sync.ts"
import { startRegistry, type TestRegistry } from "./registry.ts"
import { shipHere } from "./ship-options.ts"
import { makeSigningKey, type SigningKeyFiles, signingSecrets } from "./signing-key.ts"
import { vulnerabilityDbFolder } from "./vulnerability-db.ts"

/** A registry, a GitOps repository, and a cluster that applies it, for one workload named app in the namespace shop. */
export type ClusterDelivery = {
  api: Kubernetes
  git: GitWebServer
  registry: TestRegistry
  key: SigningKeyFiles
  kubelet: Kubelet
  /** What applies the repository unless a controller does. */
  overlay?: OverlaySync
  /** The `sync` of `ship` by the least permissions, with a token that expires after some seconds, or did before. */
  sync: (resources: string[], seconds?: number) => Promise<NonNullable<Parameters<typeof ship>[1]["sync"]>>
  /** Ships a folder, waits for the resources, and takes the release back if it fails. */
  deliver: (source: string | undefined, resources: string[], seconds?: number) => Promise<Release>
  stop: () => Promise<void>
}

/** What applies the overlay `prod` on main to the cluster, until the API stops. */
export type GitopsController = {
  name: string
  /** What reports the sync, as KIND/NAMESPACE/NAME. */
  resource: string
  read: Grant
  start: (api: Kubernetes, repository: { url: string; username: string; token: string }) => Promise<void>
}

/** One object that may be read. */
export type Grant = { group: string; plural: string; namespace: string; name: string }

/** The workload's manifest, what its wait reads, and what applies it; by default the test itself does. */
type Wish = {
  manifest: string
  read: Pick<Grant, "group" | "plural">
  prepare?: (api: Kubernetes) => Promise<void>
  controller?: GitopsController
  settings?: ServiceSettings
}

/** With a host that policy engines read without TLS. */
export const REPOSITORY = "registry.localhost:5000/team/app"
const TOKEN = "git-token-of-fixture"

/** Call it within a session. */
export async function startClusterDelivery(wish: Wish): Promise<ClusterDelivery> {
  const { manifest, read, prepare, controller, settings } = wish
  const files = {
    "prod/workload.yaml": manifest,
    "prod/kustomization.yaml": "namespace: shop\nresources: [workload.yaml]\n",
  }
  const [registry, git, key, api] = await Promise.all([
    startRegistry(),
    startGitWebServer(files, TOKEN),
    makeSigningKey(),
    startKubernetes(),
  ])
  await api.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } }, ACCOUNT)
  await prepare?.(api)
  await controller?.start(api, { url: git.url("127.0.0.1"), username: "x-access-token", token: TOKEN })
  await api.apply(...permission({ ...read, namespace: "shop", name: "app" }))
  if (controller) await api.apply(...permission(controller.read))
  const kubelet = startKubelet(api, "shop")
  const overlay = controller ? undefined : startOverlaySync(api, git, Object.keys(files))
  const sync: ClusterDelivery["sync"] = async (resources, seconds) => {
    const access = {
      server: api.url,
      token: dag.setSecret(randomUUID(), await api.tokenOf("shop", "slipway", seconds)),
      caCertificate: dag.file("ca.crt", api.authority),
    }
    const patience = { timeout: 60, settle: 1, mergeTimeout: 60, rollbackOnFailure: true }
    return { resources, ...patience, api: access }
  }
  const deliver: ClusterDelivery["deliver"] = async (source = "", resources, seconds) => {
    const destination = {
      repository: REPOSITORY,
      signing: await signingSecrets(key),
      ...{ tags: ["{sha}"], registry: { service: registry.service, plainHttp: true } },
      ...{ gitopsRepo: git.url("git.test"), gitopsPath: "prod", gitopsImageName: "app" },
      git: { gitService: git.service(), token: dag.setSecret(randomUUID(), TOKEN) },
    }
    const options = await shipHere(destination, dag.host().directory(vulnerabilityDbFolder()), { settings })
    return await ship(dag.host().directory(source), { ...options, sync: await sync(resources, seconds) })
  }
  const stop = async () => {
    try {
      await overlay?.stop()
    } finally {
      await kubelet.stop()
      await api.stop()
      git.stop()
    }
  }
  return { api, git, registry, key, kubelet, overlay, sync, deliver, stop }
}

const ACCOUNT = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "slipway", namespace: "shop" } }

/** The least permission to read an object, as docs/guides/wait-for-sync.md has it. */
function permission({ group, plural, namespace, name }: Grant): object[] {
  const rbac = { apiVersion: "rbac.authorization.k8s.io/v1", metadata: { name: `read-${plural}`, namespace } }
  return [
    {
      ...{ ...rbac, kind: "Role" },
      rules: [{ apiGroups: [group], resources: [plural], resourceNames: [name], verbs: ["get"] }],
    },
    {
      ...{ ...rbac, kind: "RoleBinding" },
      subjects: [{ kind: "ServiceAccount", ...ACCOUNT.metadata }],
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: rbac.metadata.name },
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
