import { expect, test } from "vitest"
import { HelmRelease, judgeHelmRelease } from "../../lib/sync/helm-release.ts"
import { changed, DIGEST, HELM_RELEASE, OLD_DIGEST, WANTED } from "./objects.ts"

const FAILED = "Helm upgrade failed for release shop/hello with chart hello@2.1.0: context deadline exceeded"
const notReady = (...others: object[]) => [
  { type: "Ready", status: "False", reason: "UpgradeFailed", message: FAILED, observedGeneration: 6 },
  ...others,
]

test.each([
  { name: "upgraded", object: HELM_RELEASE, verdict: { kind: "live", how: "Ready: hello.v9 deployed" } },
  {
    name: "values with the digest in a list, apart from the repository",
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
    verdict: { kind: "waiting", why: `its values do not name ${DIGEST}` },
  },
  {
    name: "values from elsewhere",
    object: changed(HELM_RELEASE, ({ spec }) => {
      delete spec.values
    }),
    verdict: { kind: "waiting", why: `its values do not name ${DIGEST}` },
  },
  {
    name: "new values that Flux has not seen",
    object: changed(HELM_RELEASE, ({ metadata }) => {
      metadata.generation = 7
    }),
    verdict: { kind: "waiting", why: "its new values are not observed yet" },
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
    name: "a failed upgrade that is tried again",
    object: changed(HELM_RELEASE, ({ status }) => {
      status.conditions = notReady({ type: "Reconciling", status: "True", reason: "ProgressingWithRetry" })
    }),
    verdict: { kind: "waiting", why: `not Ready: UpgradeFailed: ${FAILED}` },
  },
  {
    name: "a failed upgrade that is not tried again",
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
])("$name", ({ object, verdict }) => {
  expect(judgeHelmRelease(HelmRelease.parse(object), WANTED)).toEqual(verdict)
})
