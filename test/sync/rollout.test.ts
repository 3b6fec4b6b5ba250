import { expect, test } from "vitest"
import { judgeRollout, Rollout } from "../../lib/sync/rollout.ts"
import { changed, OLD_REF, ROLLOUT, WANTED } from "./objects.ts"

const HEALTHY = { kind: "live", how: "Healthy, pods 687d76d795 are the stable ones" }

test.each([
  { name: "a canary that is through", object: ROLLOUT, verdict: HEALTHY },
  {
    name: "a blue-green rollout",
    object: changed(ROLLOUT, ({ spec }) => {
      spec.strategy = { blueGreen: { activeService: "hello" } }
    }),
    verdict: HEALTHY,
  },
  {
    name: "an init container with the digest",
    object: changed(ROLLOUT, ({ spec }) => {
      spec.template.spec = {
        ...spec.template.spec,
        initContainers: spec.template.spec.containers,
        containers: [{ image: "x" }],
      }
    }),
    verdict: HEALTHY,
  },
  {
    name: "scaled to zero",
    object: changed(ROLLOUT, ({ spec }) => {
      spec.replicas = 0
    }),
    verdict: { kind: "live", how: "scaled to 0 replicas: its template has the image, and no pod runs it" },
  },
  {
    name: "healthy with the last release",
    object: changed(ROLLOUT, ({ spec }) => {
      spec.template.spec.containers[0].image = OLD_REF
    }),
    verdict: { kind: "waiting", why: `its template has ${OLD_REF}` },
  },
  {
    name: "a new template that its controller has not seen, healthy still",
    object: changed(ROLLOUT, ({ metadata }) => {
      metadata.generation = 13
    }),
    verdict: { kind: "waiting", why: "its new template is not observed yet" },
  },
  {
    name: "a canary on its way",
    object: changed(ROLLOUT, ({ status }) => {
      Object.assign(status, { phase: "Progressing", message: "more replicas need to be updated", currentStepIndex: 0 })
      status.stableRS = "5b7c9f6d44"
    }),
    verdict: { kind: "waiting", why: "Progressing at step 0 of 2: more replicas need to be updated" },
  },
  {
    name: "a paused canary",
    object: changed(ROLLOUT, ({ status }) => {
      Object.assign(status, { phase: "Paused", message: "CanaryPauseStep", currentStepIndex: 1, controllerPause: true })
      status.pauseConditions = [{ reason: "CanaryPauseStep", startTime: "2026-11-26T09:15:00Z" }]
    }),
    verdict: { kind: "waiting", why: "Paused at step 1 of 2: CanaryPauseStep" },
  },
  {
    name: "a pause that somebody has just ended",
    object: changed(ROLLOUT, ({ status }) => {
      status.controllerPause = true
    }),
    verdict: { kind: "waiting", why: "about to go on after a pause" },
  },
  {
    name: "healthy by its word, with other stable pods",
    object: changed(ROLLOUT, ({ status }) => {
      status.stableRS = "5b7c9f6d44"
    }),
    verdict: { kind: "waiting", why: "its new pods are not the stable ones yet" },
  },
  {
    name: "an aborted canary",
    object: changed(ROLLOUT, ({ status }) => {
      Object.assign(status, { phase: "Degraded", abort: true, currentStepIndex: 0, stableRS: "5b7c9f6d44" })
      status.message = 'RolloutAborted: Rollout aborted update to revision 5: Metric "error-rate" assessed Failed'
    }),
    verdict: {
      kind: "failed",
      why: 'Degraded at step 0 of 2: RolloutAborted: Rollout aborted update to revision 5: Metric "error-rate" assessed Failed',
    },
  },
  {
    name: "another workload's template",
    object: changed(ROLLOUT, ({ spec }) => {
      spec.workloadRef = { apiVersion: "apps/v1", kind: "Deployment", name: "hello" }
      delete spec.template
    }),
    verdict: {
      kind: "failed",
      why: "it has no template of its own but that of Deployment hello, so its digest cannot be told",
    },
  },
])("$name", ({ object, verdict }) => {
  expect(judgeRollout(Rollout.parse(object), WANTED)).toEqual(verdict)
})
