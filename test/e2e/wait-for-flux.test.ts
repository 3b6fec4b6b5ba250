import { randomUUID } from "node:crypto"
import { dag } from "@dagger.io/dagger"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { newRun } from "../../lib/engine/tool.ts"
import { bumpRepository } from "../../lib/gitops/bump-gitops.ts"
import { readSync } from "../../lib/sync/wait-for-sync.ts"
import { KUSTOMIZE_IMAGE } from "../../src/tool-images.ts"
import { expectAsRecorded } from "../recorded-objects.ts"
import { deployment } from "./deployment.ts"
import { FLUX_NAMESPACE, gitRepository, startFlux } from "./flux.ts"
import { applied, bumped, type FluxOverlay, OLD_REF, REPOSITORY, startFluxOverlay } from "./flux-overlay.ts"
import { statusText } from "./flux-status.ts"
import { type Kubernetes, startKubernetes } from "./kubernetes.ts"
import { useEngine } from "./session.ts"
import { toolImage } from "./slipway.ts"
import { unverified } from "./unverified.ts"

// Flux's own controllers before a real API: test/engine/up --with=kubernetes,flux builds them
useEngine()

const REF = `${REPOSITORY}@sha256:${"0a".repeat(32)}`

let api: Kubernetes
const overlays: FluxOverlay[] = []
beforeAll(async () => {
  api = await startKubernetes()
  await startFlux(api)
  const rbac = { apiVersion: "rbac.authorization.k8s.io/v1", metadata: { name: "slipway" } }
  const rules = [
    { apiGroups: ["kustomize.toolkit.fluxcd.io"], resources: ["kustomizations"], verbs: ["get"] },
    { apiGroups: ["apps"], resources: ["deployments"], verbs: ["get"] },
  ]
  const account = { name: "slipway", namespace: FLUX_NAMESPACE }
  await api.apply(
    { apiVersion: "v1", kind: "ServiceAccount", metadata: account },
    { ...rbac, kind: "ClusterRole", rules },
    {
      ...{ ...rbac, kind: "ClusterRoleBinding", subjects: [{ kind: "ServiceAccount", ...account }] },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "slipway" },
    },
  )
})
afterAll(async () => {
  await Promise.all(overlays.map(({ stop }) => stop()))
  await api?.stop()
})

async function overlay(wish: Parameters<typeof startFluxOverlay>[1]): Promise<FluxOverlay> {
  const started = await startFluxOverlay(api, wish)
  overlays.push(started)
  return started
}

/** An overlay whose first content Flux has applied. */
async function runningOverlay(wish: Parameters<typeof startFluxOverlay>[1]): Promise<FluxOverlay> {
  const started = await overlay(wish)
  await applied(started, started.first)
  return started
}

type Wait = { commit: string; workload?: boolean; timeout?: number; settle?: number }

/** The outcome of a wait, and what it says of the Kustomization; a wait that Flux must decide lasts as long as it needs. */
async function wait({ name }: FluxOverlay, { commit, workload = false, timeout = 60, settle = 1 }: Wait) {
  const outcome = await readSync({
    resources: [`kustomization/${FLUX_NAMESPACE}/${name}`, ...(workload ? [`deployment/${name}/app`] : [])],
    ...{ commit, ref: REF, timeout, settle },
    api: {
      server: api.url,
      token: dag.setSecret(randomUUID(), await api.tokenOf(FLUX_NAMESPACE, "slipway")),
      caCertificate: dag.file("ca.crt", api.authority),
    },
  })
  return { status: outcome.status, text: outcome.resources[0]?.text ?? "", workload: outcome.resources[1]?.text }
}

const asRecorded = (name: string, text: string) => expectAsRecorded("flux", name, text)

describe.concurrent("a wait for a Kustomization of Flux", () => {
  test("is live at the commit of bump-gitops, with and without the Deployment", async ({ expect }) => {
    const place = await runningOverlay({ name: "bumped" })
    const before = await statusText(place)
    const { git, token } = place
    const said = await bumpRepository({
      access: { repo: git.url("git.test"), token: dag.setSecret(randomUUID(), token), gitService: git.service() },
      options: { path: "prod", image: "app", branch: "main", timeout: 60, ref: REF },
      image: toolImage("KUSTOMIZEIMAGE") ?? KUSTOMIZE_IMAGE,
      run: newRun(),
      verify: unverified,
      dryRun: false,
    })
    const commit = git.git("rev-parse", "main").trim()
    expect(said).toContain(commit)
    expect(await wait(place, { commit, workload: true })).toEqual({
      ...{ status: "live", text: `Ready at main@sha1:${commit}` },
      workload: "1 of 1 pods are new, 1 available, 1 in all",
    })
    expect(await wait(place, { commit })).toMatchObject({ status: "live" })
    asRecorded("ready-before", before)
    asRecorded("ready", await statusText(place, commit))
  })

  test("fails with the reason that an overlay cannot be built", async ({ expect }) => {
    const place = await runningOverlay({ name: "broken" })
    const commit = place.git.commit({ "prod/kustomization.yaml": "resources: [missing.yaml]\n" })
    const { status, text } = await wait(place, { commit })
    expect(status).toBe("failed")
    expect(text).toMatch(/^not Ready: BuildFailed: .*missing\.yaml.*no such file or directory/)
    asRecorded("build-failed", await statusText(place, commit))
  })

  test("fails with the API's words about an object that it refuses", async ({ expect }) => {
    const place = await runningOverlay({ name: "refused" })
    const commit = place.git.commit({
      "prod/workload.yaml": deployment("app").replace("labels: { app: app }", "labels: { app: other }"),
    })
    const { status, text } = await wait(place, { commit })
    expect(status).toBe("failed")
    expect(text).toMatch(
      /^not Ready: ReconciliationFailed: Deployment\/refused\/app .*`selector` does not match template `labels`/,
    )
    asRecorded("reconciliation-failed", await statusText(place, commit))
  })

  test("fails with the health check's words, also while Flux tries again", async ({ expect }) => {
    const place = await runningOverlay({ name: "unhealthy", spec: { timeout: "30s", retryInterval: "20s" } })
    place.kubelet.starts = (image) => image === OLD_REF
    const commit = place.git.commit(bumped(place, REF))
    // no health check of Flux is shorter than 30 s, and no pause between two reads of the wait is longer than 15 s
    const { status, text } = await wait(place, { commit, settle: 20, timeout: 240 })
    expect(status, text).toBe("failed")
    expect(text).toMatch(
      /^not Ready: HealthCheckFailed: health check failed after .*: timeout waiting for: \[Deployment\/unhealthy\/app status: 'InProgress'/,
    )
  })

  test("fails with the health check's words as soon as the Deployment has failed", async ({ expect }) => {
    const manifest = deployment("app").replace("spec:", "spec:\n  progressDeadlineSeconds: 1")
    const place = await runningOverlay({ name: "stuck", manifest })
    place.kubelet.starts = (image) => image === OLD_REF
    const commit = place.git.commit(bumped(place, REF))
    const { status, text } = await wait(place, { commit })
    expect(status).toBe("failed")
    expect(text).toMatch(/^not Ready: HealthCheckFailed: .*Deployment\/stuck\/app status: 'Failed'/)
    asRecorded("health-check-failed", await statusText(place, commit))
  })

  test("tells that it is suspended", async ({ expect }) => {
    const place = await runningOverlay({ name: "suspended" })
    await place.apply({ suspend: true })
    const commit = place.git.commit(bumped(place, REF))
    const at = `main@sha1:${place.first}`
    expect(await wait(place, { commit })).toMatchObject({
      ...{ status: "blocked", text: `suspended at ${at}: resume it with flux resume` },
    })
    asRecorded("suspended", await statusText(place, commit))
  })

  test("is live if it was suspended after the commit was ready", async ({ expect }) => {
    const place = await runningOverlay({ name: "suspended-later" })
    const commit = place.git.commit(bumped(place, REF))
    await applied(place, commit)
    await place.apply({ suspend: true })
    expect(await wait(place, { commit })).toMatchObject({ status: "live" })
    asRecorded("suspended-ready", await statusText(place, commit))
  })

  test("waits for a source that has no artifact, with Flux's words", async ({ expect }) => {
    const place = await overlay({ name: "never-fetched", token: "wrong" })
    const { status, text } = await wait(place, { commit: place.first, timeout: 5 })
    expect(status).toBe("late")
    expect(text).toContain(`at no revision, not yet ${place.first}; its source is GitRepository/${FLUX_NAMESPACE}/`)
    expect(text).toContain(": ArtifactFailed: Source artifact not found")
    asRecorded("artifact-missing", await statusText(place, place.first))
  })

  test.each([
    { name: "refused-login", change: { token: "wrong" } },
    { name: "no-branch", change: { branch: "gone" } },
  ])("names the source that does not get to the commit: $name", async ({ name, change }) => {
    const place = await runningOverlay({ name })
    const access = { name, url: place.git.url("127.0.0.1"), username: "x-access-token", token: place.token }
    await api.apply(...gitRepository({ ...access, ...change }))
    const commit = place.git.commit(bumped(place, REF))
    const { status, text } = await wait(place, { commit, timeout: 5 })
    expect(status).toBe("late")
    expect(text).toContain(`at main@sha1:${place.first}, not yet ${commit}`)
    expect(text).toMatch(new RegExp(`; its source is GitRepository/${FLUX_NAMESPACE}/${name}$`))
  })

  test("waits for another Kustomization that it depends on", async ({ expect }) => {
    const place = await overlay({ name: "dependent", spec: { dependsOn: [{ name: "nothing" }] } })
    const { status, text } = await wait(place, { commit: place.first, timeout: 4 })
    expect(status).toBe("late")
    expect(text).toContain("DependencyNotReady: dependency 'flux-system/nothing' not found")
    asRecorded("dependency-not-ready", await statusText(place, place.first))
  })

  test("waits for a commit that Flux has skipped or left behind", async ({ expect }) => {
    const place = await runningOverlay({ name: "later" })
    const commit = place.git.commit(bumped(place, REF))
    await applied(place, commit)
    const later = place.git.commit(bumped(place, OLD_REF))
    await applied(place, later)
    const { status, text } = await wait(place, { commit, timeout: 3 })
    expect(status).toBe("late")
    expect(text).toContain(`at main@sha1:${later}, not yet ${commit}`)
  })

  test("does not blame a release for a later commit that fails", async ({ expect }) => {
    const place = await runningOverlay({ name: "later-broken" })
    const commit = place.git.commit(bumped(place, REF))
    await applied(place, commit)
    const later = place.git.commit({ "prod/kustomization.yaml": "resources: [missing.yaml]\n" })
    await expect
      .poll(async () => (await place.read()).status.lastAttemptedRevision, { timeout: 60_000 })
      .toContain(later)
    const { status, text } = await wait(place, { commit, timeout: 3 })
    expect(status).toBe("late")
    expect(text).toMatch(`at main@sha1:${commit}`)
    expect(text).toMatch(`; attempted main@sha1:${later};`)
  })

  test("does not blame a release for a Kustomization that Flux refuses", async ({ expect }) => {
    const place = await runningOverlay({ name: "stalled" })
    await place.apply({ sourceRef: { kind: "GitRepository", name: "deploy", namespace: "default" } })
    const commit = place.git.commit(bumped(place, REF))
    const { status, text } = await wait(place, { commit })
    expect(status).toBe("blocked")
    expect(text).toContain("can't access 'GitRepository/default/deploy', cross-namespace references have been blocked")
    asRecorded("stalled", await statusText(place, commit))
  })

  test("waits for an overlay whose path is not in the commit", async ({ expect }) => {
    const place = await overlay({ name: "no-path", spec: { path: "./elsewhere" } })
    const { status, text } = await wait(place, { commit: place.first, timeout: 4 })
    expect(status).toBe("late")
    expect(text).toContain("ArtifactFailed: kustomization path not found")
    asRecorded("path-missing", await statusText(place, place.first))
  })
})
