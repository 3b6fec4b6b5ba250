import { describe, expect, test } from "vitest"
import { Deployment, judge, judgeDeployment, judgeResponse } from "../../lib/sync/judge.ts"
import type { Kind } from "../../lib/sync/resource.ts"
import {
  APPLICATION,
  changed,
  DEPLOYMENT,
  DIGEST,
  HELM_RELEASE,
  KUSTOMIZATION,
  OLD_REF,
  ROLLOUT,
  WANTED,
} from "./objects.ts"

describe("deployment", () => {
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
      verdict: { kind: "live", how: "scaled to 0 replicas: its template has the image, but no pod runs it" },
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
      name: "a new template that the controller has not observed",
      object: changed(DEPLOYMENT, ({ metadata }) => {
        metadata.generation = 5
      }),
      verdict: { kind: "waiting", why: "the controller has not observed its new template yet" },
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
      name: "paused during the rollout",
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
  ])("judges a Deployment: $name", ({ object, verdict }) => {
    expect(judgeDeployment(Deployment.parse(object), WANTED)).toEqual(verdict)
  })
})

describe("judge", () => {
  const OBJECTS: Record<Kind, object> = {
    application: APPLICATION,
    kustomization: KUSTOMIZATION,
    helmrelease: HELM_RELEASE,
    rollout: ROLLOUT,
    deployment: DEPLOYMENT,
  }
  const kinds = Object.keys(OBJECTS) as Kind[]

  test.each(kinds)("judges a live %s", (kind) => {
    expect(judge(kind, OBJECTS[kind], WANTED).kind).toBe("live")
  })

  test.each(kinds)("fails another object than a %s", (kind) => {
    for (const other of [undefined, "OK", {}, { kind: "List", items: [OBJECTS[kind]] }]) {
      expect(judge(kind, other, WANTED)).toMatchObject({
        kind: "blocked",
        why: expect.stringContaining("returned another object"),
      })
    }
  })

  test("names the invalid fields", () => {
    const verdict = judge("deployment", { ...DEPLOYMENT, spec: { replicas: "two" } }, WANTED)
    expect(verdict).toEqual({
      kind: "blocked",
      why: "the API returned another object, without valid spec.replicas, spec.template",
    })
  })
})

describe("read", () => {
  const resource = { kind: "deployment" as const, namespace: "shop", name: "hello" }
  const response = (status: number, body: unknown) => ({
    kind: "response" as const,
    status,
    body: JSON.stringify(body),
  })
  const none = (code: string) => ({ kind: "none" as const, code })
  /** https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/ */
  const statusResponse = (code: number, reason: string, message: string) =>
    response(code, { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", code, reason, message })

  test("judges the object of a successful read", () => {
    expect(judgeResponse(response(200, DEPLOYMENT), resource, WANTED).kind).toBe("live")
  })

  test.each([
    {
      read: statusResponse(503, "ServiceUnavailable", "apiserver is shutting down"),
      why: "the API returned HTTP 503: apiserver is shutting down",
    },
    { read: { ...response(502, ""), body: "<html>bad gateway</html>" }, why: "the API returned HTTP 502" },
    { read: statusResponse(429, "TooManyRequests", "retry"), why: "the API returned HTTP 429: retry" },
    { read: none("ECONNREFUSED"), why: "the API cannot be reached (ECONNREFUSED)" },
    { read: none("timeout"), why: "the API cannot be reached (timeout)" },
  ])("waits after: $why", ({ read, why }) => {
    expect(judgeResponse(read, resource, WANTED)).toEqual({ kind: "waiting", why })
  })

  test.each([
    {
      read: statusResponse(401, "Unauthorized", "Unauthorized"),
      why: "the API returned HTTP 401: Unauthorized; the token is invalid or expired",
    },
    {
      read: statusResponse(403, "Forbidden", 'User "ci" cannot get resource "deployments"'),
      why: 'the API returned HTTP 403: User "ci" cannot get resource "deployments"; the identity has no permission to get deployment/shop/hello',
    },
    {
      read: { ...response(403, ""), body: '{"error":"permission denied","code":7,"message":"permission denied"}' },
      why: "the API returned HTTP 403: permission denied; the identity has no permission to get deployment/shop/hello, or it does not exist",
    },
    {
      read: statusResponse(404, "NotFound", 'deployments.apps "hello" not found'),
      why: 'the API returned HTTP 404: deployments.apps "hello" not found; deployment/shop/hello or its API version does not exist',
    },
    {
      read: { ...response(404, ""), body: "404 page not found\n" },
      why: "the API returned HTTP 404; deployment/shop/hello or its API version does not exist",
    },
    { read: { ...response(302, ""), body: "" }, why: "the API returned HTTP 302" },
    {
      read: { ...response(200, ""), body: "<html>log in</html>" },
      why: "the API returned another object, without valid fields",
    },
    {
      read: none("SELF_SIGNED_CERT_IN_CHAIN"),
      why: "the API's certificate is not trusted (SELF_SIGNED_CERT_IN_CHAIN): pass its authority as --cluster-ca-certificate",
    },
    {
      read: none("ERR_TLS_CERT_ALTNAME_INVALID"),
      why: "the API's certificate is not trusted (ERR_TLS_CERT_ALTNAME_INVALID): pass its authority as --cluster-ca-certificate",
    },
    {
      read: none("ERR_OSSL_PEM_NO_START_LINE"),
      why: "the client certificate or its key cannot be read (ERR_OSSL_PEM_NO_START_LINE)",
    },
    {
      read: none("ERR_INVALID_CHAR"),
      why: "the token contains invalid characters: pass only its text as --cluster-token",
    },
  ])("fails after: $why", ({ read, why }) => {
    expect(judgeResponse(read, resource, WANTED)).toEqual({ kind: "blocked", why })
  })
})
