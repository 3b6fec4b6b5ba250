import { randomUUID } from "node:crypto"
import { dag } from "@dagger.io/dagger"
import { afterEach, describe, expect, test } from "vitest"
import type { ConstructorArguments } from "../construct.ts"
import { leaks } from "../leak/search.ts"
import {
  APPLICATION,
  COMMIT,
  changed,
  DEGRADED_APPLICATION,
  DIGEST,
  KUSTOMIZATION,
  OLD_APPLICATION,
  OLD_KUSTOMIZATION,
  PROGRESSING_APPLICATION,
  REF,
} from "../sync/objects.ts"
import { selfSigned } from "./certificate.ts"
import { daggerCall } from "./dagger-call.ts"
import { type FakeCluster, kubeconfig, startCluster, TOKEN } from "./fake-cluster.ts"
import { useEngine } from "./session.ts"
import { slipway } from "./slipway.ts"

// kubernetes.test.ts and ship-sync.test.ts have a real API; this fake has what is not built: Argo CD, Flux, faults
useEngine()

const APP = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/hello"
const APPS = "/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/flux-system/kustomizations/apps"
const secret = (value: string) => dag.setSecret(randomUUID(), value)

let cluster: FakeCluster
afterEach(() => cluster?.stop())

type Wait = { resources?: string[]; authority?: string | null; timeout?: number; settle?: number }

/** Passes the Kubernetes API's address and a token, like the command line. */
function wait({ resources = ["application/argocd/hello"], authority, ...time }: Wait = {}) {
  const ca = authority === null ? undefined : dag.file("ca.crt", authority ?? cluster.authority)
  const { timeout = 60, settle = 1 } = time
  const to = { clusterServer: cluster.url, clusterToken: secret(TOKEN), clusterCaCertificate: ca }
  return slipway(to).cluster.waitForSync(resources, COMMIT, REF, timeout, settle)
}

describe("wait for a release", () => {
  test("waits until Argo CD reports Healthy, although the last release was Degraded", async () => {
    const before = changed(OLD_APPLICATION, ({ status }) => {
      status.health = { status: "Degraded" }
    })
    cluster = await startCluster({ [APP]: [before, 503, PROGRESSING_APPLICATION, APPLICATION] })
    const answer = await wait({ settle: 0 })
    expect(answer).toMatch(/^LIVE after \d+ s: ghcr\.io\/acme\/hello@sha256:0a/)
    expect(answer).toContain(`application/argocd/hello: Synced to ${COMMIT}, Healthy, runs ${DIGEST}`)
    expect(cluster.asked).toEqual(Array(4).fill(`GET ${APP}`))
  })

  test("waits for Flux's commit, with a client certificate", async () => {
    const client = selfSigned("DNS:ci")
    cluster = await startCluster({ [APPS]: [OLD_KUSTOMIZATION, KUSTOMIZATION] }, client)
    const base64 = (text: string) => Buffer.from(text).toString("base64")
    const user = { "client-certificate-data": base64(client.certificate), "client-key-data": base64(client.key) }
    const resources = ["kustomization/flux-system/apps"]
    const answer = await slipway({ kubeconfig: secret(kubeconfig(cluster, user)) }).cluster.waitForSync(
      resources,
      COMMIT,
      REF,
    )
    expect(answer.split("\n").slice(1)).toEqual([`kustomization/flux-system/apps: Ready at main@sha1:${COMMIT}`])
    expect(cluster.asked).toHaveLength(2)
  })

  test("waits through Argo CD's API", async () => {
    cluster = await startCluster({ "/api/v1/applications/hello?appNamespace=argocd": [APPLICATION] })
    const authority = dag.file("ca.crt", cluster.authority)
    const to = { argocdServer: cluster.url, clusterToken: secret(`${TOKEN}\n`), clusterCaCertificate: authority }
    expect(await slipway(to).cluster.waitForSync(["application/argocd/hello"], COMMIT)).toContain("LIVE")
  })
})

describe("wait without success", () => {
  test("says where the reason for a Degraded application is", async () => {
    cluster = await startCluster({ [APP]: [PROGRESSING_APPLICATION, DEGRADED_APPLICATION] })
    await expect(wait()).rejects.toThrow(
      /^SYNC_FAILED: .* got application\/argocd\/hello: Degraded; the application does not contain the reason: .*\. Fix /,
    )
    expect(cluster.asked.length).toBeGreaterThan(1)
  })

  test("sends no token to a server with an untrusted certificate", async () => {
    cluster = await startCluster({ [APP]: [APPLICATION] })
    await expect(wait({ authority: null })).rejects.toThrow(
      /SYNC_FAILED: .* certificate is not trusted .*--cluster-ca-certificate/,
    )
    const other = selfSigned("IP:127.0.0.1").certificate
    await expect(wait({ authority: other })).rejects.toThrow(/SYNC_FAILED: .* certificate is not trusted/)
    expect(cluster.asked).toEqual([])
  })

  test("waits for an unreachable server until the timeout", async () => {
    cluster = await startCluster({})
    await cluster.stop()
    await expect(wait({ timeout: 3 })).rejects.toThrow(/^SYNC_TIMEOUT: .*the API cannot be reached \(ECONNREFUSED\)/)
  })

  test("refuses invalid options before the first read", async () => {
    cluster = await startCluster({ [APP]: [APPLICATION] })
    const exec = { exec: { command: "aws", args: ["eks", "get-token"] } }
    const by = (access: ConstructorArguments, resources = ["application/argocd/hello"]) =>
      slipway(access).cluster.waitForSync(resources, COMMIT, REF)
    await expect(by({ kubeconfig: secret(kubeconfig(cluster, exec)) })).rejects.toThrow(/^OPTIONS_INVALID: .*with exec/)
    await expect(by({})).rejects.toThrow(/^OPTIONS_INVALID: .* got none without --cluster-token/)
    const one = { kubeconfig: secret(kubeconfig(cluster, { token: TOKEN })) }
    await expect(by({ ...one, clusterServer: cluster.url })).rejects.toThrow(
      /got --kubeconfig and --cluster-server without --cluster-token/,
    )
    await expect(by(one, [])).rejects.toThrow(/^OPTIONS_INVALID/)
    expect(cluster.asked).toEqual([])
  })
})

test("reads again on every call, on the command line through the caller's network", async () => {
  cluster = await startCluster({ [APP]: [PROGRESSING_APPLICATION, APPLICATION] })
  const where = ["--kubeconfig=env:KUBECONFIG_TEXT", `--cluster-service=tcp://127.0.0.1:${cluster.port}`]
  const args = [
    "-vvvv",
    ...where,
    "cluster",
    "wait-for-sync",
    "--resources=application/argocd/hello",
    `--commit=${COMMIT}`,
    `--ref=${REF}`,
  ]
  const env = { KUBECONFIG_TEXT: kubeconfig(cluster, { token: TOKEN }) }
  const first = await daggerCall(args, { env })
  expect(first.code, first.stderr).toBe(0)
  expect(first.stdout).toMatch(/^LIVE after [1-9]\d* s: /)
  expect(cluster.asked).toHaveLength(2)
  const again = await daggerCall(args, { env })
  expect(again.stdout).toMatch(/^LIVE after 0 s: /)
  expect(cluster.asked).toHaveLength(3)
  expect(leaks(first.stdout + first.stderr + again.stderr, { TOKEN })).toEqual([])
})
