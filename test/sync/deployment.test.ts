import { expect, test } from "vitest"
import { Deployment, judgeDeployment } from "../../lib/sync/deployment.ts"
import { changed, DEPLOYMENT, DIGEST, OLD_REF, WANTED } from "./objects.ts"

test.each([
  {
    name: "all pods new",
    object: DEPLOYMENT,
    verdict: { kind: "live", how: "2 of 2 pods are new, 2 available, 2 in all" },
  },
  {
    name: "the digest of a mirror, with a tag",
    object: changed(DEPLOYMENT, ({ spec }) => {
      spec.template.spec.containers[0].image = `mirror.acme.internal/hello:1.4.0@${DIGEST}`
    }),
    verdict: { kind: "live", how: "2 of 2 pods are new, 2 available, 2 in all" },
  },
  {
    name: "scaled to zero",
    object: changed(DEPLOYMENT, ({ spec, status }) => {
      spec.replicas = 0
      for (const count of ["replicas", "updatedReplicas", "availableReplicas"]) delete status[count]
    }),
    verdict: { kind: "live", how: "scaled to 0 replicas: its template has the image, and no pod runs it" },
  },
  {
    name: "scaled to zero, an old pod left",
    object: changed(DEPLOYMENT, ({ spec, status }) => {
      spec.replicas = 0
      Object.assign(status, { replicas: 1, updatedReplicas: 0, availableReplicas: 0 })
    }),
    verdict: { kind: "waiting", why: "0 of 0 pods are new, 0 available, 1 in all" },
  },
  {
    name: "the last release",
    object: changed(DEPLOYMENT, ({ spec }) => {
      spec.template.spec.containers[0].image = OLD_REF
    }),
    verdict: { kind: "waiting", why: `its template has ${OLD_REF}` },
  },
  {
    name: "a new template that nobody has acted on",
    object: changed(DEPLOYMENT, ({ metadata }) => {
      metadata.generation = 5
    }),
    verdict: { kind: "waiting", why: "its new template is not observed yet" },
  },
  {
    name: "one pod new",
    object: changed(DEPLOYMENT, ({ status }) => {
      Object.assign(status, { updatedReplicas: 1, replicas: 3 })
    }),
    verdict: { kind: "waiting", why: "1 of 2 pods are new, 2 available, 3 in all" },
  },
  {
    name: "an old pod left",
    object: changed(DEPLOYMENT, ({ status }) => {
      Object.assign(status, { replicas: 3, availableReplicas: 3 })
    }),
    verdict: { kind: "waiting", why: "2 of 2 pods are new, 3 available, 3 in all" },
  },
  {
    name: "new pods that are not available",
    object: changed(DEPLOYMENT, ({ status }) => {
      status.availableReplicas = 1
    }),
    verdict: { kind: "waiting", why: "2 of 2 pods are new, 1 available, 2 in all" },
  },
  {
    name: "paused on its way",
    object: changed(DEPLOYMENT, ({ spec, status }) => {
      spec.paused = true
      status.updatedReplicas = 0
    }),
    verdict: { kind: "waiting", why: "paused: 0 of 2 pods are new, 2 available, 2 in all" },
  },
  {
    name: "pods that never started",
    object: changed(DEPLOYMENT, ({ status }) => {
      Object.assign(status, { updatedReplicas: 1, replicas: 3 })
      status.conditions[1] = {
        type: "Progressing",
        status: "False",
        reason: "ProgressDeadlineExceeded",
        message: 'ReplicaSet "hello-7d4" has timed out progressing.',
      }
    }),
    verdict: {
      kind: "failed",
      why: 'not progressing: ProgressDeadlineExceeded: ReplicaSet "hello-7d4" has timed out progressing.',
    },
  },
])("$name", ({ object, verdict }) => {
  expect(judgeDeployment(Deployment.parse(object), WANTED)).toEqual(verdict)
})
