import { describe, expect, test } from "vitest"
import { Application, judgeApplication, judgeRollout, Rollout } from "../../lib/sync/argo.ts"
import {
  APPLICATION,
  COMMIT,
  changed,
  DEGRADED_APPLICATION,
  DIGEST,
  OLD_APPLICATION,
  OLD_COMMIT,
  OLD_REF,
  PROGRESSING_APPLICATION,
  ROLLOUT,
  WANTED,
} from "./objects.ts"

/** As Argo CD's API adds the health of members. */
function inline(application: { status: { health: { status: string } } }, message: string) {
  return changed(application, ({ status }) => {
    status.resources[0].health = { status: status.health.status, message }
  })
}

describe("application", () => {
  const CHART = "2.3.1"
  const judge = (object: unknown, wanted = WANTED as object) => judgeApplication(Application.parse(object), wanted)

  describe("live application", () => {
    test.each([
      {
        name: "Synced at the commit, Healthy, with the digest",
        object: APPLICATION,
        how: `Synced to ${COMMIT}, Healthy, runs ${DIGEST}`,
      },
      {
        name: "one of several sources at the commit",
        object: changed(APPLICATION, ({ spec, status }) => {
          spec.sources = [{ chart: "hello" }, spec.source]
          delete spec.source
          status.sync = { status: "Synced", revisions: [CHART, COMMIT] }
          status.operationState.syncResult = { revision: "", revisions: [CHART, COMMIT] }
        }),
        how: `Synced to ${CHART}, ${COMMIT}, Healthy, runs ${DIGEST}`,
      },
      {
        name: "a later commit with the digest",
        object: changed(APPLICATION, ({ status }) => {
          status.sync.revision = "f".repeat(40)
        }),
        how: `Synced to ${"f".repeat(40)}, Healthy, runs ${DIGEST}`,
      },
      {
        name: "a CronJob at the commit, without pods",
        object: changed(APPLICATION, ({ status }) => {
          status.summary = {}
        }),
        how: `Synced to ${COMMIT}, Healthy`,
      },
      {
        name: "an earlier sync that failed at another commit",
        object: changed(APPLICATION, ({ status }) => {
          status.operationState = { phase: "Failed", message: "x", syncResult: { revision: OLD_COMMIT } }
        }),
        how: `Synced to ${COMMIT}, Healthy, runs ${DIGEST}`,
      },
    ])("is live: $name", ({ object, how }) => {
      expect(judge(object)).toEqual({ kind: "live", how })
    })

    test("accepts the commit alone or the digest alone", () => {
      expect(judge(APPLICATION, { commit: COMMIT }).kind).toBe("live")
      expect(judge(APPLICATION, { image: WANTED.image }).kind).toBe("live")
      expect(judge(OLD_APPLICATION, { commit: COMMIT }).kind).toBe("waiting")
      expect(judge(OLD_APPLICATION, { image: WANTED.image }).kind).toBe("waiting")
    })
  })

  describe("waiting application", () => {
    test.each([
      {
        name: "still at the last release",
        object: OLD_APPLICATION,
        why: `at ${OLD_COMMIT}, not yet ${COMMIT}; runs ${OLD_REF}`,
      },
      {
        name: "still at the last release, which is Degraded",
        object: changed(OLD_APPLICATION, ({ status }) => {
          status.health = { status: "Degraded" }
        }),
        why: `at ${OLD_COMMIT}, not yet ${COMMIT}; runs ${OLD_REF}`,
      },
      {
        name: "unable to read the repository",
        object: changed(OLD_APPLICATION, ({ status }) => {
          status.sync = { status: "Unknown" }
          status.conditions = [{ type: "ComparisonError", message: "failed to list refs:\n  connection refused" }]
        }),
        why: `at no revision, not yet ${COMMIT}; runs ${OLD_REF}; ComparisonError: failed to list refs: connection refused`,
      },
      {
        name: "OutOfSync at the commit",
        object: changed(APPLICATION, ({ status }) => {
          status.sync.status = "OutOfSync"
        }),
        why: "OutOfSync",
      },
      {
        name: "OutOfSync at the commit, with what differs",
        object: changed(APPLICATION, ({ status }) => {
          status.sync.status = "OutOfSync"
          status.resources = [
            { kind: "Service", name: "hello", status: "Synced" },
            { kind: "Deployment", name: "hello", status: "OutOfSync" },
            { kind: "ConfigMap", name: "old", status: "OutOfSync", requiresPruning: true },
          ]
        }),
        why: "OutOfSync: Deployment hello, ConfigMap old to be pruned",
      },
      {
        name: "OutOfSync with automated sync that is disabled",
        object: changed(APPLICATION, ({ spec, status }) => {
          status.sync.status = "OutOfSync"
          spec.syncPolicy.automated.enabled = false
        }),
        why: "OutOfSync; its sync is not automated: start it with argocd app sync",
      },
      {
        name: "a sync to the commit while it is OutOfSync",
        object: changed(APPLICATION, ({ status }) => {
          status.sync.status = "OutOfSync"
          status.operationState.phase = "Running"
          status.operationState.message = "waiting for completion of hook batch/Job/migration"
        }),
        why: "the sync is running: waiting for completion of hook batch/Job/migration",
      },
      {
        name: "a sync to the commit that the status does not have yet",
        object: changed(OLD_APPLICATION, ({ status }) => {
          const operation = { sync: { revision: COMMIT } }
          status.operationState = { phase: "Running", message: "Retrying operation. Attempt #2", operation }
        }),
        why: "the sync is running: Retrying operation. Attempt #2",
      },
      {
        name: "OutOfSync without automated sync",
        object: changed(APPLICATION, ({ spec, status }) => {
          status.sync.status = "OutOfSync"
          spec.syncPolicy = {}
        }),
        why: "OutOfSync; its sync is not automated: start it with argocd app sync",
      },
      {
        name: "a sync that Argo CD retries",
        object: changed(APPLICATION, ({ status }) => {
          status.operationState = { phase: "Running", message: "Retrying attempt #1", syncResult: { revision: COMMIT } }
        }),
        why: "the sync is running: Retrying attempt #1",
      },
      {
        name: "new pods that start, of which the application says nothing",
        object: PROGRESSING_APPLICATION,
        why: "Progressing; the application does not contain the reason: wait for its workload too, or read Argo CD's API (--argocd-server)",
      },
      {
        name: "new pods that start",
        object: inline(PROGRESSING_APPLICATION, "Waiting for rollout to finish: 1 of 2 updated replicas are available"),
        why: "Progressing: Deployment hello: Waiting for rollout to finish: 1 of 2 updated replicas are available",
      },
      {
        name: "Healthy at the commit just before the pods change",
        object: changed(APPLICATION, ({ status }) => {
          status.summary.images = [OLD_REF]
        }),
        why: `Healthy, but its pods still run ${OLD_REF}`,
      },
      {
        name: "new, without a status",
        object: { ...APPLICATION, status: undefined },
        why: `at no revision, not yet ${COMMIT}; runs no such image`,
      },
    ])("waits: $name", ({ object, why }) => {
      expect(judge(object)).toEqual({ kind: "waiting", why })
    })
  })

  describe("failed application", () => {
    test.each([
      {
        name: "Degraded at the commit, without a reason",
        object: DEGRADED_APPLICATION,
        why: "Degraded; the application does not contain the reason: wait for its workload too, or read Argo CD's API (--argocd-server)",
      },
      {
        name: "Degraded at the commit, with the health of its members",
        object: inline(DEGRADED_APPLICATION, 'Deployment "hello" exceeded its progress deadline'),
        why: 'Degraded: Deployment hello: Deployment "hello" exceeded its progress deadline',
      },
      {
        name: "a failed sync of the commit without a retry",
        object: changed(OLD_APPLICATION, ({ status }) => {
          status.operationState = {
            phase: "Failed",
            message: "one or more objects failed",
            syncResult: { revision: COMMIT },
          }
        }),
        why: "the sync failed: one or more objects failed",
      },
      {
        name: "a failed sync of several sources",
        object: changed(OLD_APPLICATION, ({ status }) => {
          status.operationState = { phase: "Failed", syncResult: { revisions: [CHART, COMMIT] } }
        }),
        why: "the sync failed",
      },
      {
        name: "a sync whose message only counts what failed",
        object: changed(OLD_APPLICATION, ({ status }) => {
          const resources = [
            { kind: "Service", name: "hello", status: "Synced", message: "service/hello created (dry run)" },
            { kind: "Deployment", name: "hello", status: "SyncFailed", message: "spec.selector: Invalid value" },
            { kind: "Job", name: "migration", hookPhase: "Failed", message: "Job has reached the limit" },
          ]
          status.operationState = {
            phase: "Failed",
            message: "one or more objects failed to apply (dry run)",
            syncResult: { revision: COMMIT, resources },
          }
        }),
        why: "the sync failed: one or more objects failed to apply (dry run); Deployment hello: spec.selector: Invalid value; Job migration: Job has reached the limit",
      },
    ])("fails: $name", ({ object, why }) => {
      expect(judge(object)).toEqual({ kind: "failed", why })
    })
  })

  test("does not blame the release for a sync that Argo CD could not run", () => {
    const object = changed(OLD_APPLICATION, ({ status }) => {
      const message = "Failed to get destination cluster: cluster not found"
      status.operationState = { phase: "Error", message, syncResult: { revision: COMMIT } }
    })
    const why = "Argo CD could not run the sync: Failed to get destination cluster: cluster not found"
    expect(judge(object)).toEqual({ kind: "blocked", why })
  })
})

describe("rollout", () => {
  const HEALTHY = { kind: "live", how: "Healthy, pods 687d76d795 are the stable ones" }

  test.each([
    { name: "a finished canary", object: ROLLOUT, verdict: HEALTHY },
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
      verdict: { kind: "live", how: "scaled to 0 replicas: its template has the image, but no pod runs it" },
    },
    {
      name: "Healthy with the last release",
      object: changed(ROLLOUT, ({ spec }) => {
        spec.template.spec.containers[0].image = OLD_REF
      }),
      verdict: { kind: "waiting", why: `its template has ${OLD_REF}` },
    },
    {
      name: "Healthy with a new template that the controller has not observed",
      object: changed(ROLLOUT, ({ metadata }) => {
        metadata.generation = 13
      }),
      verdict: { kind: "waiting", why: "the controller has not observed its new template yet" },
    },
    {
      name: "a progressing canary",
      object: changed(ROLLOUT, ({ status }) => {
        Object.assign(status, {
          phase: "Progressing",
          message: "more replicas need to be updated",
          currentStepIndex: 0,
        })
        status.stableRS = "5b7c9f6d44"
      }),
      verdict: { kind: "waiting", why: "Progressing at step 0 of 2: more replicas need to be updated" },
    },
    {
      name: "a paused canary",
      object: changed(ROLLOUT, ({ status }) => {
        Object.assign(status, {
          phase: "Paused",
          message: "CanaryPauseStep",
          currentStepIndex: 1,
          controllerPause: true,
        })
        status.pauseConditions = [{ reason: "CanaryPauseStep", startTime: "2026-11-26T09:15:00Z" }]
      }),
      verdict: { kind: "waiting", why: "Paused at step 1 of 2: CanaryPauseStep" },
    },
    {
      name: "a pause that has just ended",
      object: changed(ROLLOUT, ({ status }) => {
        status.controllerPause = true
      }),
      verdict: { kind: "waiting", why: "about to resume after a pause" },
    },
    {
      name: "Healthy with other stable pods",
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
        kind: "blocked",
        why: "it has no template but refers to Deployment hello, so its digest is unknown",
      },
    },
  ])("judges a rollout: $name", ({ object, verdict }) => {
    expect(judgeRollout(Rollout.parse(object), WANTED)).toEqual(verdict)
  })
})
