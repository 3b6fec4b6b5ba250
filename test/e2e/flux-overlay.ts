import { setTimeout as sleep } from "node:timers/promises"
import { deployment } from "./deployment.ts"
import { FLUX_NAMESPACE, gitRepository, kustomization } from "./flux.ts"
import { type GitWebServer, startGitWebServer } from "./git-web-server.ts"
import { type Kubelet, startKubelet } from "./kubelet.ts"
import type { Kubernetes } from "./kubernetes.ts"
import type { Answer } from "./kubernetes-api.ts"

export const REPOSITORY = "ghcr.io/acme/hello"
export const OLD_REF = `${REPOSITORY}@sha256:${"0b".repeat(32)}`

/** An overlay with one workload in a repository of its own, and the Kustomization, GitRepository and namespace of its name. */
export type FluxOverlay = {
  name: string
  git: GitWebServer
  token: string
  kubelet: Kubelet
  /** The commit of the repository's first content. */
  first: string
  /** Applies the Kustomization with other fields, and waits until Flux's status is as wanted. */
  apply: (spec: Record<string, unknown>) => Promise<void>
  /** The Kustomization as the API has it. */
  read: () => Promise<Answer["body"]>
  stop: () => Promise<void>
}

type Wish = { name: string; spec?: Record<string, unknown>; manifest?: string; token?: string; branch?: string }

export async function startFluxOverlay(api: Kubernetes, { name, spec, manifest, ...wish }: Wish): Promise<FluxOverlay> {
  const token = `token-of-${name}`
  const git = await startGitWebServer(overlayFiles(name, manifest), token)
  const kubelet = startKubelet(api, name)
  const path = `/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/${FLUX_NAMESPACE}/kustomizations/${name}`
  const access = { url: git.url("127.0.0.1"), username: "x-access-token", token, ...wish }
  const apply = (other: Record<string, unknown>) => api.apply(kustomization(name, { source: name, ...spec, ...other }))
  await api.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name } }, ...gitRepository({ name, ...access }))
  await apply({})
  return {
    ...{ name, git, token, kubelet, apply },
    first: git.git("rev-parse", "main").trim(),
    read: async () => (await api.ask("GET", path)).body,
    stop: async () => {
      await kubelet.stop()
      git.stop()
    },
  }
}

/** Waits until Flux has applied a commit. */
export async function applied({ read, name }: FluxOverlay, commit: string): Promise<void> {
  for (let tries = 0; tries < 150; tries++) {
    const { status } = await read()
    if (status?.lastAppliedRevision?.endsWith(commit)) return
    await sleep(200)
  }
  throw new Error(`expected Flux to apply ${commit} of ${name}, got ${JSON.stringify((await read()).status)}`)
}

/** The workload and its kustomization, with the image that runs first. */
export function overlayFiles(namespace: string, manifest = deployment("app")): Record<string, string> {
  const [newName, digest] = OLD_REF.split("@")
  const images = `images:\n- name: app\n  newName: ${newName}\n  digest: ${digest}\n`
  return {
    "prod/workload.yaml": manifest,
    "prod/kustomization.yaml": `namespace: ${namespace}\nresources: [workload.yaml]\n${images}`,
  }
}

/** The overlay's kustomization.yaml with another digest. */
export function bumped(overlay: Pick<FluxOverlay, "git">, ref: string): Record<string, string> {
  const text = overlay.git.git("show", "main:prod/kustomization.yaml")
  return { "prod/kustomization.yaml": text.replace(/sha256:[0-9a-f]{64}/, ref.split("@")[1] ?? "") }
}
