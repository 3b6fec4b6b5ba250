import { expect, test } from "vitest"
import { judgeKustomization, Kustomization } from "../../lib/sync/flux.ts"
import { recordedNames, recordedObject } from "../recorded-objects.ts"
import { WANTED } from "./objects.ts"

// Flux 1.9 wrote these objects: test/e2e/wait-for-flux.test.ts records them
const FLUX: Record<string, { kind: string; text: RegExp }> = {
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

test.each(recordedNames("flux"))("judges a Kustomization that Flux wrote: %s", (name) => {
  const verdict = judgeKustomization(Kustomization.parse(recordedObject("flux", name)), WANTED)
  const text = "why" in verdict ? verdict.why : verdict.how
  expect({ kind: verdict.kind, text }).toEqual({
    kind: FLUX[name]?.kind,
    text: expect.stringMatching(FLUX[name]?.text ?? "?"),
  })
})
