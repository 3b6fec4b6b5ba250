// Objects of the Kubernetes API with all fields that their controllers write, after their documentation and CRDs.
export const COMMIT = "1f0e9d8c7b6a5948372615049382716059483726"
export const OLD_COMMIT = "0000000000000000000000000000000000000001"
export const DIGEST = `sha256:${"0a".repeat(32)}`
export const OLD_DIGEST = `sha256:${"0b".repeat(32)}`
export const REPOSITORY = "ghcr.io/acme/hello"
export const REF = `${REPOSITORY}@${DIGEST}`
export const OLD_REF = `${REPOSITORY}@${OLD_DIGEST}`
export const WANTED = { commit: COMMIT, image: { repository: REPOSITORY, digest: DIGEST } }

// biome-ignore lint/suspicious/noExplicitAny: a case changes any field of an object, to any value
type Change = (object: any) => void

/** A copy of an object with the changes of a case. */
export function changed<T>(object: T, change: Change): T {
  const copy = structuredClone(object)
  change(copy)
  return copy
}

const SOURCE = { repoURL: "https://github.com/acme/deploy", path: "overlays/production", targetRevision: "main" }
const DESTINATION = { server: "https://kubernetes.default.svc", namespace: "shop" }

/** Argo CD 3.1: Synced, Healthy, and its pods run the digest. */
export const APPLICATION = {
  apiVersion: "argoproj.io/v1alpha1",
  kind: "Application",
  metadata: { name: "hello", namespace: "argocd", generation: 412, resourceVersion: "88120", uid: "6f7c1c1e" },
  spec: {
    project: "default",
    source: SOURCE,
    destination: DESTINATION,
    syncPolicy: { automated: { prune: true, selfHeal: true }, retry: { limit: 5 } },
  },
  status: {
    controllerNamespace: "argocd",
    health: { status: "Healthy", lastTransitionTime: "2026-11-26T09:12:41Z" },
    history: [{ id: 7, revision: COMMIT, deployedAt: "2026-11-26T09:12:20Z", source: SOURCE }],
    operationState: {
      phase: "Succeeded",
      message: "successfully synced (all tasks run)",
      startedAt: "2026-11-26T09:12:18Z",
      finishedAt: "2026-11-26T09:12:20Z",
      operation: { initiatedBy: { automated: true }, sync: { revision: COMMIT, prune: true } },
      syncResult: {
        revision: COMMIT,
        source: SOURCE,
        resources: [{ group: "apps", version: "v1", kind: "Deployment", name: "hello", status: "Synced" }],
      },
    },
    reconciledAt: "2026-11-26T09:12:41Z",
    resources: [{ group: "apps", version: "v1", kind: "Deployment", name: "hello", status: "Synced" }],
    sourceType: "Kustomize",
    summary: { images: ["docker.io/library/redis:8", REF] },
    sync: { status: "Synced", revision: COMMIT, comparedTo: { source: SOURCE, destination: DESTINATION } },
  },
}

/** The last release, before Argo CD observes the bump. */
export const OLD_APPLICATION = changed(APPLICATION, ({ status }) => {
  status.sync.revision = OLD_COMMIT
  status.operationState.syncResult.revision = OLD_COMMIT
  status.summary.images = [OLD_REF]
})

/** The new pods start. */
export const PROGRESSING_APPLICATION = changed(APPLICATION, ({ status }) => {
  status.health = { status: "Progressing" }
  status.summary.images = [OLD_REF, REF]
})

export const DEGRADED_APPLICATION = changed(APPLICATION, ({ status }) => {
  status.health = { status: "Degraded" }
})

/** Flux 2.7: ready at the commit. */
export const KUSTOMIZATION = {
  apiVersion: "kustomize.toolkit.fluxcd.io/v1",
  kind: "Kustomization",
  metadata: { name: "apps", namespace: "flux-system", generation: 3, finalizers: ["finalizers.fluxcd.io"] },
  spec: {
    interval: "10m0s",
    path: "./overlays/production",
    prune: true,
    wait: true,
    timeout: "5m0s",
    sourceRef: { kind: "GitRepository", name: "flux-system" },
  },
  status: {
    conditions: [
      {
        type: "Ready",
        status: "True",
        reason: "ReconciliationSucceeded",
        message: `Applied revision: main@sha1:${COMMIT}`,
        observedGeneration: 3,
        lastTransitionTime: "2026-11-26T09:13:02Z",
      },
    ],
    history: [
      {
        digest: OLD_DIGEST,
        lastReconciledStatus: "ReconciliationSucceeded",
        metadata: { revision: `main@sha1:${COMMIT}` },
      },
    ],
    inventory: { entries: [{ id: "shop_hello_apps_Deployment", v: "v1" }] },
    lastAppliedRevision: `main@sha1:${COMMIT}`,
    lastAttemptedRevision: `main@sha1:${COMMIT}`,
    observedGeneration: 3,
  },
}

export const OLD_KUSTOMIZATION = changed(KUSTOMIZATION, ({ status }) => {
  status.lastAppliedRevision = status.lastAttemptedRevision = `main@sha1:${OLD_COMMIT}`
})

/** Flux 2.7: upgraded with values that contain the digest. */
export const HELM_RELEASE = {
  apiVersion: "helm.toolkit.fluxcd.io/v2",
  kind: "HelmRelease",
  metadata: { name: "hello", namespace: "shop", generation: 6 },
  spec: {
    interval: "10m0s",
    chartRef: { kind: "OCIRepository", name: "hello" },
    values: { replicas: 2, image: { repository: REPOSITORY, tag: `1.4.0@${DIGEST}` } },
  },
  status: {
    conditions: [
      {
        type: "Ready",
        status: "True",
        reason: "UpgradeSucceeded",
        message: "Helm upgrade succeeded for release shop/hello.v9 with chart hello@2.1.0",
        observedGeneration: 6,
        lastTransitionTime: "2026-11-26T09:14:10Z",
      },
      { type: "Released", status: "True", reason: "UpgradeSucceeded", observedGeneration: 6 },
    ],
    history: [
      { name: "hello", namespace: "shop", version: 9, status: "deployed", chartName: "hello", chartVersion: "2.1.0" },
      { name: "hello", namespace: "shop", version: 8, status: "superseded", chartName: "hello", chartVersion: "2.1.0" },
    ],
    lastAttemptedGeneration: 6,
    lastAttemptedRevision: "2.1.0",
    lastAttemptedReleaseAction: "upgrade",
    observedGeneration: 6,
    storageNamespace: "shop",
  },
}

const TEMPLATE = {
  metadata: { labels: { app: "hello" } },
  spec: { containers: [{ name: "app", image: REF, ports: [{ containerPort: 8080 }] }] },
}

/** Argo Rollouts 1.8: the canary went through all steps. */
export const ROLLOUT = {
  apiVersion: "argoproj.io/v1alpha1",
  kind: "Rollout",
  metadata: { name: "hello", namespace: "shop", generation: 12, annotations: { "rollout.argoproj.io/revision": "5" } },
  spec: {
    replicas: 4,
    selector: { matchLabels: { app: "hello" } },
    strategy: { canary: { steps: [{ setWeight: 25 }, { pause: { duration: "30s" } }] } },
    template: TEMPLATE,
  },
  status: {
    HPAReplicas: 4,
    availableReplicas: 4,
    blueGreen: {},
    canary: {},
    conditions: [{ type: "Healthy", status: "True", reason: "RolloutHealthy", message: "Rollout is healthy" }],
    currentPodHash: "687d76d795",
    currentStepHash: "79c9bf6c45",
    currentStepIndex: 2,
    observedGeneration: "12",
    phase: "Healthy",
    readyReplicas: 4,
    replicas: 4,
    selector: "app=hello",
    stableRS: "687d76d795",
    updatedReplicas: 4,
  },
}

/** Kubernetes 1.34: all pods are new. */
export const DEPLOYMENT = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: {
    name: "hello",
    namespace: "shop",
    generation: 4,
    annotations: { "deployment.kubernetes.io/revision": "4" },
  },
  spec: { replicas: 2, progressDeadlineSeconds: 600, selector: { matchLabels: { app: "hello" } }, template: TEMPLATE },
  status: {
    availableReplicas: 2,
    conditions: [
      { type: "Available", status: "True", reason: "MinimumReplicasAvailable" },
      { type: "Progressing", status: "True", reason: "NewReplicaSetAvailable" },
    ],
    observedGeneration: 4,
    readyReplicas: 2,
    replicas: 2,
    updatedReplicas: 2,
  },
}
