import { expect, test } from "vitest"
import { readLook } from "../../lib/sync/look.ts"
import { DEPLOYMENT, WANTED } from "./objects.ts"

const resource = { kind: "deployment" as const, namespace: "shop", name: "hello" }
const answer = (status: number, body: unknown) => ({ kind: "answer" as const, status, body: JSON.stringify(body) })
const none = (code: string) => ({ kind: "none" as const, code })
/** https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/ */
const said = (code: number, reason: string, message: string) =>
  answer(code, { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", code, reason, message })

test("an object is judged", () => {
  expect(readLook(answer(200, DEPLOYMENT), resource, WANTED).kind).toBe("live")
})

test.each([
  {
    read: said(503, "ServiceUnavailable", "apiserver is shutting down"),
    why: "the API answered HTTP 503: apiserver is shutting down",
  },
  { read: { ...answer(502, ""), body: "<html>bad gateway</html>" }, why: "the API answered HTTP 502" },
  { read: said(429, "TooManyRequests", "retry"), why: "the API answered HTTP 429: retry" },
  { read: none("ECONNREFUSED"), why: "the API cannot be reached (ECONNREFUSED)" },
  { read: none("no answer in time"), why: "the API cannot be reached (no answer in time)" },
])("is waited for when $why", ({ read, why }) => {
  expect(readLook(read, resource, WANTED)).toEqual({ kind: "waiting", why })
})

test.each([
  {
    read: said(401, "Unauthorized", "Unauthorized"),
    why: "the API answered HTTP 401: Unauthorized; the token is not valid, or no longer",
  },
  {
    read: said(403, "Forbidden", 'User "ci" cannot get resource "deployments"'),
    why: 'the API answered HTTP 403: User "ci" cannot get resource "deployments"; the identity may not get deployment/shop/hello',
  },
  {
    read: said(404, "NotFound", 'deployments.apps "hello" not found'),
    why: 'the API answered HTTP 404: deployments.apps "hello" not found; there is no deployment/shop/hello, or no such kind in this version',
  },
  {
    read: { ...answer(404, ""), body: "404 page not found\n" },
    why: "the API answered HTTP 404; there is no deployment/shop/hello, or no such kind in this version",
  },
  { read: { ...answer(302, ""), body: "" }, why: "the API answered HTTP 302" },
  {
    read: { ...answer(200, ""), body: "<html>log in</html>" },
    why: "the API answered something else than such an object: the whole",
  },
  {
    read: none("SELF_SIGNED_CERT_IN_CHAIN"),
    why: "its certificate is not accepted (SELF_SIGNED_CERT_IN_CHAIN): pass --ca-certificate, the authority that issued it",
  },
  {
    read: none("ERR_TLS_CERT_ALTNAME_INVALID"),
    why: "its certificate is not accepted (ERR_TLS_CERT_ALTNAME_INVALID): pass --ca-certificate, the authority that issued it",
  },
  {
    read: none("ERR_OSSL_PEM_NO_START_LINE"),
    why: "the client certificate or its key cannot be read (ERR_OSSL_PEM_NO_START_LINE)",
  },
  {
    read: none("ERR_INVALID_CHAR"),
    why: "the token has characters that no token has: pass its text alone",
  },
])("has failed when $why", ({ read, why }) => {
  expect(readLook(read, resource, WANTED)).toEqual({ kind: "failed", why })
})
