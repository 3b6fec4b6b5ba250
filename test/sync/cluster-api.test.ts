import { expect, test } from "vitest"
import { objectRequest, requireServed } from "../../lib/sync/cluster-api.ts"
import type { Api } from "../../lib/sync/kubeconfig.ts"
import { parseResources } from "../../lib/sync/resource.ts"

const server = "https://10.0.0.1:6443"
const token: Api = { kind: "kubernetes", server, identity: { kind: "token", token: "t" } }
const request = (api: Api, text: string) => parseResources([text]).map((resource) => objectRequest(api, resource))[0]

test.each([
  { text: "application/argocd/hello", path: "apis/argoproj.io/v1alpha1/namespaces/argocd/applications/hello" },
  {
    text: "kustomization/flux-system/apps",
    path: "apis/kustomize.toolkit.fluxcd.io/v1/namespaces/flux-system/kustomizations/apps",
  },
  { text: "helmrelease/shop/hello", path: "apis/helm.toolkit.fluxcd.io/v2/namespaces/shop/helmreleases/hello" },
  { text: "rollout/shop/hello", path: "apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/hello" },
  { text: "deployment/shop/hello", path: "apis/apps/v1/namespaces/shop/deployments/hello" },
])("reads $text from its path in the Kubernetes API", ({ text, path }) => {
  const headers = { accept: "application/json", authorization: "Bearer t" }
  expect(request(token, text)).toEqual({ url: `${server}/${path}`, headers })
})

test("sends no authorization header with a client certificate", () => {
  const certificate: Api = { ...token, identity: { kind: "certificate", certificate: "c", key: "k" } }
  expect(request(certificate, "deployment/shop/hello")?.headers).toEqual({ accept: "application/json" })
})

test("reads only applications from Argo CD's API, by name and namespace", () => {
  const argocd: Api = { ...token, kind: "argocd", server: "https://argocd.acme.example/argo" }
  expect(request(argocd, "application/team-a/hello")?.url).toBe(
    "https://argocd.acme.example/argo/api/v1/applications/hello?appNamespace=team-a",
  )
  const [application, rollout] = parseResources(["application/a/b", "rollout/a/b"])
  if (!application || !rollout) throw new Error("no resources")
  expect(() => requireServed(argocd, application)).not.toThrow()
  expect(() => requireServed(token, rollout)).not.toThrow()
  expect(() => requireServed(argocd, rollout)).toThrow(
    "OPTIONS_INVALID: expected an application with --argocd-server, got rollout/a/b.",
  )
})
