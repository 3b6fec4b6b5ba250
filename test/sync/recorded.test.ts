import { expect, test } from "vitest"
import { Application, judgeApplication } from "../../lib/sync/argo.ts"
import { judgeKustomization, Kustomization } from "../../lib/sync/flux.ts"
import { recordedNames, recordedObject } from "../recorded-objects.ts"
import { WANTED } from "./objects.ts"

type Expected = Record<string, { kind: string; text: RegExp }>

// Flux 1.9 wrote these objects: test/e2e/wait-for-flux.test.ts records them
const FLUX: Expected = {
  ready: { kind: "live", text: /^Ready at main@sha1:/ },
  "ready-before": { kind: "waiting", text: /^at main@sha1:0+1, not yet / },
  "suspended-ready": { kind: "live", text: /^Ready at main@sha1:/ },
  suspended: { kind: "blocked", text: /^suspended at main@sha1:0+1: resume it with flux resume$/ },
  stalled: { kind: "blocked", text: /^Stalled: AccessDenied: .* cross-namespace references have been blocked$/ },
  "build-failed": { kind: "failed", text: /^not Ready: BuildFailed: .*missing\.yaml.*no such file/ },
  "reconciliation-failed": {
    kind: "failed",
    text: /^not Ready: ReconciliationFailed: Deployment\/apps\/app dry-run failed/,
  },
  "health-check-failed": {
    kind: "failed",
    text: /^not Ready: HealthCheckFailed: .*Deployment\/apps\/app status: 'Failed'/,
  },
  "artifact-missing": { kind: "waiting", text: /^at no revision, .*: ArtifactFailed: Source artifact not found/ },
  "dependency-not-ready": { kind: "waiting", text: /^at no revision, .*: DependencyNotReady: .*\/nothing' not found/ },
  "path-missing": { kind: "waiting", text: /^at no revision, .*: ArtifactFailed: kustomization path not found/ },
}

// Argo CD 3.2 wrote these, in the Kubernetes API: test/e2e/wait-for-argo-cd.test.ts records them
const ARGO_CD: Expected = {
  synced: { kind: "live", text: /^Synced to 1f0e9d\w+, Healthy, runs sha256:/ },
  "several-sources": { kind: "live", text: /^Synced to 1f0e9d\w+, 1f0e9d\w+, Healthy, runs sha256:/ },
  "synced-before": { kind: "waiting", text: /^Healthy, but its pods still run ghcr\.io\/acme\/hello@sha256:(0b)+$/ },
  "out-of-sync-manual": { kind: "waiting", text: /^OutOfSync: Deployment app; its sync is not automated: / },
  "out-of-sync-disabled": { kind: "waiting", text: /^OutOfSync: Deployment app; its sync is not automated: / },
  "comparison-error": { kind: "waiting", text: /^at main, not yet 1f0e9d\w+; .*; ComparisonError: .*missing\.yaml/ },
  "sync-running": {
    kind: "waiting",
    text: /^the sync is running: waiting for completion of hook batch\/Job\/migration$/,
  },
  "sync-retried": { kind: "waiting", text: /^the sync is running: one or more objects failed to apply, reason: / },
  "sync-failed": {
    kind: "failed",
    text: /^the sync failed: one or more objects failed to apply, reason: .*is invalid/,
  },
  degraded: { kind: "failed", text: /^Degraded; the application does not contain the reason: .*--argocd-server\)$/ },
  suspended: { kind: "waiting", text: /^Suspended; the application does not contain the reason: / },
}

test.each([
  ...recordedNames("flux").map((name) => ({ name, controller: "flux", expected: FLUX[name] })),
  ...recordedNames("argo-cd").map((name) => ({ name, controller: "argo-cd", expected: ARGO_CD[name] })),
])("judges what a controller wrote: $controller, $name", ({ name, controller, expected }) => {
  const object = recordedObject(controller, name)
  const verdict =
    controller === "flux"
      ? judgeKustomization(Kustomization.parse(object), WANTED)
      : judgeApplication(Application.parse(object), WANTED)
  const text = "why" in verdict ? verdict.why : verdict.how
  expect({ kind: verdict.kind, text }).toEqual({
    kind: expected?.kind,
    text: expect.stringMatching(expected?.text ?? "no expectation"),
  })
})
