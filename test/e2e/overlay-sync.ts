import { setTimeout as sleep } from "node:timers/promises"
import { type Container, type Directory, dag } from "@dagger.io/dagger"
import { parseAllDocuments } from "yaml"
import type { KubernetesApi } from "./kubernetes-api.ts"
import { slipway } from "./slipway.ts"

/** Applies an overlay of the GitOps repository to a cluster at each commit, as Argo CD and Flux do. */
export type OverlaySync = {
  /** The commits that were applied, in order. */
  applied: string[]
  /** Stops, and throws the first error. */
  stop: () => Promise<void>
}

/** A repository that the test reads by git. */
type Repository = { git: (...args: string[]) => string }

/** Starts to apply; call it within a session. `files` are those of the overlay. */
export function startOverlaySync(api: KubernetesApi, git: Repository, files: string[]): OverlaySync {
  const applied: string[] = []
  let stopped = false
  const ended = (async () => {
    while (!stopped) {
      const commit = git.git("rev-parse", "main").trim()
      if (commit !== applied.at(-1)) {
        await api.apply(...(await build(git, commit, files)))
        applied.push(commit)
      }
      await sleep(300)
    }
  })()
  ended.catch(() => {}) // stop throws it
  const stop = async () => {
    stopped = true
    await ended
  }
  return { applied, stop }
}

/** The manifests of an overlay, by kustomize. */
async function build(git: Repository, commit: string, files: string[]): Promise<object[]> {
  const overlay = files.reduce(
    (folder: Directory, file) => folder.withNewFile(file.replace(/^.*\//, ""), git.git("show", `${commit}:${file}`)),
    dag.directory(),
  )
  const kustomize: Container = dag.container().from(slipway()["kustomizeImage"])
  const yaml = await kustomize
    .withDirectory("/overlay", overlay)
    .withExec(["/app/kustomize", "build", "/overlay"])
    .stdout()
  return parseAllDocuments(yaml).map((document) => document.toJS())
}
