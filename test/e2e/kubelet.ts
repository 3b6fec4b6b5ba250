import { setTimeout as sleep } from "node:timers/promises"
import { type KubernetesApi, MERGE } from "./kubernetes-api.ts"

export type Kubelet = {
  /** Whether a pod with this image becomes ready. */
  starts: (image: string) => boolean
  stop: () => Promise<void>
}

type Pod = {
  metadata: { name: string }
  spec: { containers: { name: string; image: string }[] }
  status: { conditions?: { type: string; status: string }[] }
}

/** What a scheduler and kubelets would report of a namespace's pods: each becomes ready, unless its image does not start. */
export function startKubelet(api: KubernetesApi, namespace: string): Kubelet {
  const pods = `/api/v1/namespaces/${namespace}/pods`
  const kubelet = { starts: (_: string) => true }
  let stopped = false
  const look = async () => {
    const { body } = await api.ask("GET", pods)
    for (const { metadata, spec, status } of (body.items ?? []) as Pod[]) {
      const ready = status.conditions?.some(({ type, status }) => type === "Ready" && status === "True")
      if (ready || !spec.containers.every(({ image }) => kubelet.starts(image))) continue
      const patch = { status: readyStatus(spec.containers) }
      await api.ask("PATCH", `${pods}/${metadata.name}/status`, { body: patch, type: MERGE })
    }
  }
  const ended = (async () => {
    while (!stopped) {
      await look().catch(() => {}) // a pod may be deleted meanwhile
      await sleep(200)
    }
  })()
  const stop = async () => {
    stopped = true
    await ended
  }
  return Object.assign(kubelet, { stop })
}

/** https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-conditions */
function readyStatus(containers: Pod["spec"]["containers"]): object {
  const now = new Date().toISOString()
  const types = ["PodScheduled", "Initialized", "ContainersReady", "Ready"]
  return {
    ...{ phase: "Running", startTime: now },
    conditions: types.map((type) => ({ type, status: "True", lastTransitionTime: now })),
    containerStatuses: containers.map(({ name, image }) => ({
      ...{ name, image, imageID: image, ready: true, started: true, restartCount: 0 },
      state: { running: { startedAt: now } },
    })),
  }
}
