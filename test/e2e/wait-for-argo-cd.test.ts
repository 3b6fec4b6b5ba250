import { randomUUID } from "node:crypto"
import { dag } from "@dagger.io/dagger"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { newRun } from "../../lib/engine/tool.ts"
import { bumpRepository } from "../../lib/gitops/bump-gitops.ts"
import { readSync, type SyncInput } from "../../lib/sync/wait-for-sync.ts"
import { KUSTOMIZE_IMAGE } from "../../src/tool-images.ts"
import { leaks } from "../leak/search.ts"
import { expectAsRecorded } from "../recorded-objects.ts"
import { COMMIT, OLD_COMMIT } from "../sync/objects.ts"
import { ARGO_CD_NAMESPACE, type ArgoCd, READER, startArgoCd } from "./argo-cd.ts"
import { type ArgoCdOverlay, startArgoCdOverlay, synced, untilStatus } from "./argo-cd-overlay.ts"
import { selfSigned } from "./certificate.ts"
import { deployment } from "./deployment.ts"
import { bumped, OLD_REF, REPOSITORY } from "./flux-overlay.ts"
import { steadyText } from "./flux-status.ts"
import { type Kubernetes, startKubernetes } from "./kubernetes.ts"
import { useEngine } from "./session.ts"
import { toolImage } from "./slipway.ts"
import { unverified } from "./unverified.ts"

// Argo CD's own controllers, API and Redis before a real API: test/engine/up --with=kubernetes,argo-cd builds them
useEngine()

const DIGEST = `sha256:${"0a".repeat(32)}`
const REF = `${REPOSITORY}@${DIGEST}`

let api: Kubernetes
let argo: ArgoCd
const overlays: ArgoCdOverlay[] = []
beforeAll(async () => {
  api = await startKubernetes()
  argo = await startArgoCd(api, { ci: "*", narrow: "tokens" })
  await api.apply(...READER)
})
afterAll(async () => {
  await Promise.all(overlays.map(({ stop }) => stop()))
  await api?.stop()
})

type Wish = Parameters<typeof startArgoCdOverlay>[1]

async function overlay(wish: Wish): Promise<ArgoCdOverlay> {
  const started = await startArgoCdOverlay(api, wish)
  overlays.push(started)
  return started
}

/** An overlay whose first content runs. */
async function runningOverlay(wish: Wish): Promise<ArgoCdOverlay> {
  const started = await overlay(wish)
  await synced(started, started.first)
  return started
}

type Wait = { commit: string; ref?: string; timeout?: number; settle?: number }
type Access = SyncInput["api"]
const secret = (text: string) => dag.setSecret(randomUUID(), text)

async function throughKubernetes(): Promise<Access> {
  const token = secret(await api.tokenOf(ARGO_CD_NAMESPACE, "slipway"))
  return { server: api.url, token, caCertificate: dag.file("ca.crt", api.authority) }
}

async function throughArgoCd(token?: string, authority: string | undefined = argo.authority): Promise<Access> {
  const caCertificate = authority ? dag.file("ca.crt", authority) : undefined
  return { argocdServer: argo.url, token: secret(token ?? (await argo.tokenOf("ci"))), caCertificate }
}

async function waitBy(access: Access, name: string, { timeout = 60, settle = 1, ref = REF, ...rest }: Wait) {
  const resources = [`application/${ARGO_CD_NAMESPACE}/${name}`]
  const outcome = await readSync({ resources, ref, timeout, settle, ...rest, api: access })
  return `${outcome.status}: ${outcome.resources[0]?.text}`
}

/** The outcomes by the Kubernetes API and by Argo CD's, which read one object. */
async function waits({ name }: ArgoCdOverlay, wait: Wait): Promise<{ kubernetes: string; argocd: string }> {
  const [kubernetes, argocd] = await Promise.all([
    waitBy(await throughKubernetes(), name, wait),
    waitBy(await throughArgoCd(), name, wait),
  ])
  return { kubernetes, argocd }
}

const both = (text: unknown) => ({ kubernetes: text, argocd: text })

/** The application as Argo CD and the API wrote it, for the unit tests. */
async function statusText({ read, first, name, git }: ArgoCdOverlay, commit?: string): Promise<string> {
  const names = {
    [first]: OLD_COMMIT,
    [commit ?? first]: COMMIT,
    [git.url("127.0.0.1")]: "https://git.test/deploy.git",
  }
  const object = await read()
  delete object.metadata.generation // counts the writes of the status too
  return steadyText(object, { ...names, [name]: "hello", " (cached)": "" })
}

const asRecorded = (name: string, text: string) => expectAsRecorded("argo-cd", name, text)
const manual = "its sync is not automated: start it with argocd app sync"
/** Fails at once: by default, Argo CD tries again for two and a half minutes. */
const ONCE = { syncPolicy: { automated: { prune: true }, retry: { limit: 0 } } }
const REFUSED = deployment("app").replace("labels: { app: app }", "labels: { app: other }")
const STUCK = deployment("app").replace("spec:", "spec:\n  progressDeadlineSeconds: 1")

describe.concurrent("a wait for an application of Argo CD", () => {
  test("is live at the commit of bump-gitops", async ({ expect }) => {
    const place = await runningOverlay({ name: "bumped" })
    const { git, token } = place
    asRecorded("synced-before", await statusText(place))
    await bumpRepository({
      access: { repo: git.url("git.test"), token: secret(token), gitService: git.service() },
      options: { path: "prod", image: "app", branch: "main", timeout: 60, ref: REF },
      image: toolImage("KUSTOMIZEIMAGE") ?? KUSTOMIZE_IMAGE,
      run: newRun(),
      verify: unverified,
      dryRun: false,
    })
    const commit = git.git("rev-parse", "main").trim()
    expect(await waits(place, { commit })).toEqual(both(`live: Synced to ${commit}, Healthy, runs ${DIGEST}`))
    asRecorded("synced", await statusText(place, commit))
  })

  test("is live at a later commit with the digest", async ({ expect }) => {
    const place = await runningOverlay({ name: "later" })
    const commit = place.git.commit(bumped(place, REF))
    const later = place.git.commit({ "README.md": "later\n" })
    await synced(place, later)
    expect(await waits(place, { commit })).toEqual(both(`live: Synced to ${later}, Healthy, runs ${DIGEST}`))
  })

  test("waits for a commit that Argo CD does not have", async ({ expect }) => {
    const place = await runningOverlay({ name: "older" })
    const text = `late: at ${place.first}, not yet ${COMMIT}; runs ${OLD_REF}`
    expect(await waits(place, { commit: COMMIT, timeout: 2 })).toEqual(both(text))
  })

  test("is live if one of several sources is at the commit", async ({ expect }) => {
    const files = { "extra/kustomization.yaml": "resources: [config.yaml]\n", "extra/config.yaml": config("extra") }
    const place = await runningOverlay({ name: "several", files })
    await place.change({ source: null, sources: [place.source("extra"), place.source("prod")] })
    const commit = place.git.commit(bumped(place, REF))
    expect(await waits(place, { commit })).toEqual(
      both(`live: Synced to ${commit}, ${commit}, Healthy, runs ${DIGEST}`),
    )
    asRecorded("several-sources", await statusText(place, commit))
  })

  test.each([
    { name: "manual", syncPolicy: null },
    { name: "disabled", syncPolicy: { automated: { enabled: false } } },
  ])("says that a sync is not automated: $name", async ({ name, syncPolicy }) => {
    const place = await runningOverlay({ name })
    await place.change({ syncPolicy })
    const commit = place.git.commit(bumped(place, REF))
    await untilStatus(place, ({ sync }) => sync.revision === commit)
    expect(await waits(place, { commit, timeout: 2 })).toEqual(both(`late: OutOfSync: Deployment app; ${manual}`))
    asRecorded(`out-of-sync-${name}`, await statusText(place, commit))
  })

  test("says what must be pruned", async ({ expect }) => {
    const place = await runningOverlay({ name: "pruned" })
    await place.change({ syncPolicy: { automated: { prune: false } } })
    const more = { "prod/config.yaml": config("old") }
    const list = place.git.git("show", "main:prod/kustomization.yaml").replace("[workload", "[config.yaml, workload")
    await synced(place, place.git.commit({ ...more, "prod/kustomization.yaml": list }))
    const commit = place.git.commit({ "prod/kustomization.yaml": list.replace("config.yaml, ", "") })
    await untilStatus(place, ({ sync }) => sync.revision === commit)
    const text = "late: OutOfSync: ConfigMap old to be pruned"
    expect(await waits(place, { commit, ref: OLD_REF, timeout: 2 })).toEqual(both(text))
  })

  test("fails with the API's words about an object that it refuses", async ({ expect }) => {
    const place = await runningOverlay({ name: "refused", spec: ONCE })
    const commit = place.git.commit({ ...bumped(place, REF), "prod/workload.yaml": REFUSED })
    const words = /^failed: the sync failed: .*`selector` does not match template `labels`/
    expect(await waits(place, { commit })).toEqual(both(expect.stringMatching(words)))
    asRecorded("sync-failed", await statusText(place, commit))
  })

  test("says what Argo CD tries again", async ({ expect }) => {
    const place = await runningOverlay({ name: "retried" })
    const commit = place.git.commit({ ...bumped(place, REF), "prod/workload.yaml": REFUSED })
    await untilStatus(place, ({ operationState }) => operationState?.retryCount >= 1)
    const words = /^late: the sync is running: .*`selector` does not match template `labels`.* Retrying attempt #\d at /
    expect(await waits(place, { commit, timeout: 2 })).toEqual(both(expect.stringMatching(words)))
    asRecorded("sync-retried", await statusText(place, commit))
  })

  test("says why an overlay cannot be built", async ({ expect }) => {
    const place = await runningOverlay({ name: "broken" })
    const commit = place.git.commit({ "prod/kustomization.yaml": "resources: [missing.yaml]\n" })
    await untilStatus(place, ({ conditions }) => conditions?.length > 0)
    const words = /^late: .*ComparisonError: .*kustomize build .*missing\.yaml/
    expect(await waits(place, { commit, timeout: 2 })).toEqual(both(expect.stringMatching(words)))
    asRecorded("comparison-error", await statusText(place, commit))
  })

  test("says what a running sync waits for", async ({ expect }) => {
    const place = await runningOverlay({ name: "hooked" })
    // with an image that changes too, because a hook alone is no difference that Argo CD syncs
    const list = bumped(place, REF)["prod/kustomization.yaml"]?.replace("[workload", "[job.yaml, workload") ?? ""
    const commit = place.git.commit({ "prod/kustomization.yaml": list, "prod/job.yaml": HOOK })
    const started = ({ operationState }: { operationState?: { phase: string; message?: string } }) =>
      operationState?.phase === "Running" && operationState.message?.includes("hook")
    await untilStatus(place, started)
    const text = "late: the sync is running: waiting for completion of hook batch/Job/migration"
    expect(await waits(place, { commit, timeout: 2 })).toEqual(both(text))
    asRecorded("sync-running", await statusText(place, commit))
  })

  test("fails with the reason for Degraded, or where it is", async ({ expect }) => {
    const place = await runningOverlay({ name: "degraded", manifest: STUCK })
    place.kubelet.starts = (image) => image === OLD_REF
    const commit = place.git.commit(bumped(place, REF))
    expect(await waits(place, { commit })).toEqual({
      argocd: 'failed: Degraded: Deployment app: Deployment "app" exceeded its progress deadline',
      kubernetes: expect.stringMatching(/^failed: Degraded; the application does not contain the reason: /),
    })
    asRecorded("degraded", await statusText(place, commit))
  })

  test("says what new pods wait for", async ({ expect }) => {
    const place = await runningOverlay({ name: "progressing" })
    place.kubelet.starts = (image) => image === OLD_REF
    const commit = place.git.commit(bumped(place, REF))
    await untilStatus(place, ({ health }) => health.status === "Progressing")
    const { kubernetes, argocd } = await waits(place, { commit, timeout: 4 })
    expect(kubernetes).toMatch(/^late: Progressing; the application does not contain the reason: /)
    expect(argocd).toMatch(/^late: Progressing: Deployment app: Waiting for rollout to finish: /)
  })

  test("says that a Deployment is paused", async ({ expect }) => {
    const place = await runningOverlay({ name: "suspended" })
    const paused = deployment("app").replace("spec:", "spec:\n  paused: true")
    const commit = place.git.commit({ ...bumped(place, REF), "prod/workload.yaml": paused })
    await untilStatus(place, ({ health }) => health.status === "Suspended")
    expect(await waits(place, { commit, timeout: 4 })).toEqual({
      argocd: "late: Suspended: Deployment app: Deployment is paused",
      kubernetes: expect.stringMatching(/^late: Suspended; the application does not contain the reason: /),
    })
    asRecorded("suspended", await statusText(place, commit))
  })
})

function config(name: string): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\n`
}

/** A Job before the sync, which nothing runs here. */
const HOOK = `apiVersion: batch/v1
kind: Job
metadata: { name: migration, annotations: { argocd.argoproj.io/hook: PreSync } }
spec: { template: { spec: { restartPolicy: Never, containers: [{ name: app, image: app }] } } }
`

describe("the access to Argo CD's API", () => {
  let place: ArgoCdOverlay
  beforeAll(async () => {
    place = await runningOverlay({ name: "tokens" })
  })

  const asked = async (access: Access, name = "tokens") =>
    waitBy(access, name, { commit: place.first, ref: OLD_REF, timeout: 5 })

  test("is a token of a role that may get this application alone", async () => {
    const narrow = await argo.tokenOf("narrow")
    expect(await asked(await throughArgoCd(narrow))).toMatch(/^live: /)
    const refused = await asked(await throughArgoCd(narrow), "another")
    expect(refused).toBe(
      "blocked: the API returned HTTP 403: permission denied; the identity has no permission to get application/argocd/another, or it does not exist",
    )
  })

  test.each([
    { name: "that was not issued", token: async () => "not-a-token" },
    { name: "of another Argo CD", token: async () => (await argo.tokenOf("ci")).replace(/[^.]+$/, "AAAA") },
    { name: "that has expired", token: expiredToken },
  ])("is refused with a token $name", async ({ token: issue }) => {
    const token = await issue()
    const refused = await asked(await throughArgoCd(token))
    expect(refused).toMatch(/^blocked: the API returned HTTP 401: .*; the token is invalid or expired$/)
    expect(leaks(refused, { token })).toEqual([])
  })

  test("is refused without the authority of its certificate, or with another one", async () => {
    for (const authority of ["", selfSigned("IP:127.0.0.1").certificate])
      expect(await asked(await throughArgoCd("never-sent", authority))).toMatch(
        /^blocked: the API's certificate is not trusted /,
      )
  })
})

async function expiredToken(): Promise<string> {
  const token = await argo.tokenOf("ci", 1)
  await new Promise((resolve) => setTimeout(resolve, 2500))
  return token
}
