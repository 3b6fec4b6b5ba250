import { setTimeout as sleep } from "node:timers/promises"
import { ARGO_CD_NAMESPACE, application, repositorySecret } from "./argo-cd.ts"
import { overlayFiles } from "./flux-overlay.ts"
import { type GitWebServer, startGitWebServer } from "./git-web-server.ts"
import { type Kubelet, startKubelet } from "./kubelet.ts"
import type { Kubernetes } from "./kubernetes.ts"
import { type Answer, MERGE } from "./kubernetes-api.ts"

/** An overlay with one workload in a repository of its own, and the application and namespace of its name. */
export type ArgoCdOverlay = {
  name: string
  git: GitWebServer
  token: string
  kubelet: Kubelet
  /** The commit of the repository's first content. */
  first: string
  /** The overlay as a source of an application. */
  source: (path?: string) => object
  /** Merges fields into the application's. */
  change: (spec: Record<string, unknown>) => Promise<void>
  /** The application as the API has it. */
  read: () => Promise<Answer["body"]>
  stop: () => Promise<void>
}

type Wish = { name: string; spec?: Record<string, unknown>; manifest?: string; files?: Record<string, string> }

export async function startArgoCdOverlay(
  api: Kubernetes,
  { name, spec, manifest, files }: Wish,
): Promise<ArgoCdOverlay> {
  const token = `token-of-${name}`
  const git = await startGitWebServer({ ...overlayFiles(name, manifest), ...files }, token)
  const kubelet = startKubelet(api, name)
  const object = `/apis/argoproj.io/v1alpha1/namespaces/${ARGO_CD_NAMESPACE}/applications/${name}`
  const url = git.url("127.0.0.1")
  const source = (path = "prod") => ({ repoURL: url, path, targetRevision: "main" })
  const destination = { server: "https://kubernetes.default.svc", namespace: name }
  const change = async (other: Record<string, unknown>) => {
    const { status, body } = await api.ask("PATCH", object, { body: { spec: other }, type: MERGE })
    if (status !== 200) throw new Error(`application ${name}: HTTP ${status}: ${body.message}`)
  }
  const login = repositorySecret(`repository-${name}`, { url, username: "x-access-token", token })
  await api.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name } }, login)
  await api.apply(application(name, { destination, source: source(), ...spec }))
  return {
    ...{ name, git, token, kubelet, source, change },
    first: git.git("rev-parse", "main").trim(),
    read: async () => (await api.ask("GET", object)).body,
    stop: async () => {
      await kubelet.stop()
      git.stop()
    },
  }
}

/** Waits until Argo CD has written a status. */
export async function untilStatus(
  { read, name }: ArgoCdOverlay,
  holds: (status: Answer["body"]) => boolean | undefined,
): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    const { status } = await read()
    if (status && holds(status)) return
    await sleep(200)
  }
  throw new Error(`expected another status of ${name}, got ${JSON.stringify((await read()).status)}`)
}

/** Waits until Argo CD has applied a commit, and its pods run. */
export async function synced(overlay: ArgoCdOverlay, commit: string): Promise<void> {
  await untilStatus(
    overlay,
    ({ sync, health }) => sync?.revision === commit && sync.status === "Synced" && health?.status === "Healthy",
  )
}
