import { describe, expect, test } from "vitest"
import { HelmRelease, judgeHelmRelease, judgeKustomization, Kustomization } from "../../lib/sync/flux.ts"
import {
  COMMIT,
  changed,
  DIGEST,
  HELM_RELEASE,
  KUSTOMIZATION,
  OLD_COMMIT,
  OLD_DIGEST,
  OLD_KUSTOMIZATION,
  WANTED,
} from "./objects.ts"

describe("kustomization", () => {
  const ready = (status: string, reason: string, message: string) => [{ type: "Ready", status, reason, message }]

  test.each([
    {
      name: "ready at the commit",
      object: KUSTOMIZATION,
      verdict: { kind: "live", how: `Ready at main@sha1:${COMMIT}` },
    },
    {
      name: "ready at an artifact of the commit",
      object: changed(KUSTOMIZATION, ({ status }) => {
        status.lastAppliedRevision = `latest@sha256:${"0c".repeat(32)}`
        status.lastAppliedOriginRevision = `main@sha1:${COMMIT}`
      }),
      verdict: { kind: "live", how: `Ready at latest@sha256:${"0c".repeat(32)}` },
    },
    {
      name: "ready at the commit in the form before Flux 2.0",
      object: changed(KUSTOMIZATION, ({ status }) => {
        status.lastAppliedRevision = `release/1.x/${COMMIT}`
      }),
      verdict: { kind: "live", how: `Ready at release/1.x/${COMMIT}` },
    },
    {
      name: "suspended after it was ready",
      object: changed(KUSTOMIZATION, ({ spec }) => {
        spec.suspend = true
      }),
      verdict: { kind: "live", how: `Ready at main@sha1:${COMMIT}` },
    },
    {
      name: "ready at the last release",
      object: OLD_KUSTOMIZATION,
      verdict: {
        kind: "waiting",
        why: `at main@sha1:${OLD_COMMIT}, not yet ${COMMIT}; its source is GitRepository/flux-system/flux-system`,
      },
    },
    {
      name: "another commit with the same end",
      object: changed(KUSTOMIZATION, ({ status }) => {
        status.conditions = []
        status.lastAppliedRevision = `main@sha1:ff${COMMIT}`
      }),
      verdict: { kind: "waiting", why: `at main@sha1:ff${COMMIT}, not yet ${COMMIT}` },
    },
    {
      name: "ready for an older generation",
      object: changed(KUSTOMIZATION, ({ metadata }) => {
        metadata.generation = 4
      }),
      verdict: {
        kind: "waiting",
        why: `at main@sha1:${COMMIT}: ReconciliationSucceeded: Applied revision: main@sha1:${COMMIT}`,
      },
    },
    {
      name: "being applied",
      object: changed(OLD_KUSTOMIZATION, ({ status }) => {
        status.lastAttemptedRevision = `main@sha1:${COMMIT}`
        status.conditions = ready("Unknown", "Progressing", "Reconciliation in progress")
      }),
      verdict: {
        ...{ kind: "waiting", retrying: true },
        why: `at main@sha1:${OLD_COMMIT}, not yet ${COMMIT}: Progressing: Reconciliation in progress`,
      },
    },
    {
      name: "waiting for another",
      object: changed(OLD_KUSTOMIZATION, ({ status }) => {
        status.lastAttemptedRevision = `main@sha1:${COMMIT}`
        status.conditions = ready("False", "DependencyNotReady", "dependency 'flux-system/infra' is not ready")
      }),
      verdict: {
        kind: "waiting",
        why: `at main@sha1:${OLD_COMMIT}, not yet ${COMMIT}: DependencyNotReady: dependency 'flux-system/infra' is not ready`,
      },
    },
    {
      name: "broken at the last release",
      object: changed(OLD_KUSTOMIZATION, ({ status }) => {
        status.conditions = ready("False", "HealthCheckFailed", "timeout waiting for: [Deployment/shop/hello]")
      }),
      verdict: {
        kind: "waiting",
        why: `at main@sha1:${OLD_COMMIT}, not yet ${COMMIT}; its source is GitRepository/flux-system/flux-system: HealthCheckFailed: timeout waiting for: [Deployment/shop/hello]`,
      },
    },
    {
      name: "pods of the commit that stay unhealthy",
      object: changed(OLD_KUSTOMIZATION, ({ status }) => {
        status.lastAttemptedRevision = `main@sha1:${COMMIT}`
        status.conditions = ready("False", "HealthCheckFailed", "timeout waiting for: [Deployment/shop/hello]")
      }),
      verdict: { kind: "failed", why: "not Ready: HealthCheckFailed: timeout waiting for: [Deployment/shop/hello]" },
    },
    {
      name: "stalled",
      object: changed(OLD_KUSTOMIZATION, ({ status }) => {
        status.conditions = [{ type: "Stalled", status: "True", reason: "AccessDenied", message: "can't access" }]
      }),
      verdict: { kind: "blocked", why: "Stalled: AccessDenied: can't access" },
    },
    {
      name: "suspended at the last release",
      object: changed(OLD_KUSTOMIZATION, ({ spec }) => {
        spec.suspend = true
      }),
      verdict: { kind: "blocked", why: `suspended at main@sha1:${OLD_COMMIT}: resume it with flux resume` },
    },
    {
      name: "new, without a status",
      object: { ...KUSTOMIZATION, status: undefined },
      verdict: {
        kind: "waiting",
        why: `at no revision, not yet ${COMMIT}; its source is GitRepository/flux-system/flux-system`,
      },
    },
  ])("judges a Kustomization: $name", ({ object, verdict }) => {
    expect(judgeKustomization(Kustomization.parse(object), WANTED)).toEqual(verdict)
  })
})

describe("helm release", () => {
  const FAILED = "Helm upgrade failed for release shop/hello with chart hello@2.1.0: context deadline exceeded"
  const notReady = (...others: object[]) => [
    { type: "Ready", status: "False", reason: "UpgradeFailed", message: FAILED, observedGeneration: 6 },
    ...others,
  ]

  test.each([
    { name: "upgraded", object: HELM_RELEASE, verdict: { kind: "live", how: "Ready: hello.v9 deployed" } },
    {
      name: "values with the digest in a list, separate from the repository",
      object: changed(HELM_RELEASE, ({ spec }) => {
        spec.values = { services: [{ image: { digest: DIGEST } }] }
      }),
      verdict: { kind: "live", how: "Ready: hello.v9 deployed" },
    },
    {
      name: "ready with the last release's values",
      object: changed(HELM_RELEASE, ({ spec }) => {
        spec.values.image.tag = `1.3.0@${OLD_DIGEST}`
      }),
      verdict: { kind: "waiting", why: `its values do not contain ${DIGEST}` },
    },
    {
      name: "values from elsewhere",
      object: changed(HELM_RELEASE, ({ spec }) => {
        delete spec.values
      }),
      verdict: { kind: "waiting", why: `its values do not contain ${DIGEST}` },
    },
    {
      name: "new values that Flux has not observed",
      object: changed(HELM_RELEASE, ({ metadata }) => {
        metadata.generation = 7
      }),
      verdict: { kind: "waiting", why: "Flux has not observed its new values yet" },
    },
    {
      name: "ready, and about to upgrade",
      object: changed(HELM_RELEASE, ({ status }) => {
        status.conditions.push({ type: "Reconciling", status: "True", reason: "Progressing" })
      }),
      verdict: {
        kind: "waiting",
        why: "not Ready: UpgradeSucceeded: Helm upgrade succeeded for release shop/hello.v9 with chart hello@2.1.0",
      },
    },
    {
      name: "a failed upgrade that Flux retries",
      object: changed(HELM_RELEASE, ({ status }) => {
        status.conditions = notReady({ type: "Reconciling", status: "True", reason: "ProgressingWithRetry" })
      }),
      verdict: { kind: "waiting", why: `not Ready: UpgradeFailed: ${FAILED}` },
    },
    {
      name: "a failed upgrade without a retry",
      object: changed(HELM_RELEASE, ({ status }) => {
        status.conditions = notReady({ type: "Stalled", status: "True", reason: "RetriesExceeded" })
      }),
      verdict: { kind: "failed", why: `Stalled: UpgradeFailed: ${FAILED}` },
    },
    {
      name: "suspended before the upgrade",
      object: changed(HELM_RELEASE, ({ spec, status }) => {
        spec.suspend = true
        status.conditions = notReady()
      }),
      verdict: { kind: "failed", why: `suspended: UpgradeFailed: ${FAILED}` },
    },
  ])("judges a HelmRelease: $name", ({ object, verdict }) => {
    expect(judgeHelmRelease(HelmRelease.parse(object), WANTED)).toEqual(verdict)
  })
})
