import { setTimeout as sleep } from "node:timers/promises"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { Release } from "../../lib/ship/ship.ts"
import { readSync } from "../../lib/sync/wait-for-sync.ts"
import { type ClusterDelivery, startClusterDelivery, versions } from "./cluster-delivery.ts"
import { freePort } from "./git-server.ts"
import { crdsOf, type Kubernetes } from "./kubernetes.ts"
import { MERGE } from "./kubernetes-api.ts"
import { useEngine } from "./session.ts"

// Argo Rollouts' own controller: test/engine/up --with=kubernetes,argo-rollouts builds it
useEngine()

/** A canary of half of the pods, which waits until somebody promotes it. */
const MANIFEST = `apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: { name: app }
spec:
  replicas: 2
  selector: { matchLabels: { app: app } }
  strategy: { canary: { steps: [{ setWeight: 50 }, { pause: {} }] } }
  template:
    metadata: { labels: { app: app } }
    spec: { containers: [{ name: app, image: app }] }
`
const LIVE = "/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/app"
const RESOURCE = "rollout/shop/app"
const VERSIONS = versions("one", "two")

let place: ClusterDelivery
beforeAll(async () => {
  const prepare = async (api: Kubernetes) => {
    await api.apply(...crdsOf("argo-rollouts"))
    const [metrics, health] = await Promise.all([freePort(), freePort()])
    const ports = [`--metricsPort=${metrics}`, `--healthzPort=${health}`]
    api.run("rollouts", (kubeconfig) => [`--kubeconfig=${kubeconfig}`, "--leader-elect=false", ...ports])
  }
  place = await startClusterDelivery({
    manifest: MANIFEST,
    read: { group: "argoproj.io", plural: "rollouts" },
    prepare,
  })
})
afterAll(() => place?.stop())

const commits = () => Number(place.git.git("rev-list", "--count", "main"))
const status = async () => (await place.api.ask("GET", LIVE)).body.status

/** The patches of `kubectl argo rollouts promote` and `abort`. */
const PROMOTE = { status: { pauseConditions: null } }
const ABORT = { status: { abort: true } }

/** Waits until the canary of a new image is paused, then changes its status. */
async function atPause(patch: object): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    const { phase, pauseConditions } = (await status()) ?? {}
    if (phase === "Paused" && pauseConditions?.length) {
      const { status: code } = await place.api.ask("PATCH", `${LIVE}/status`, { body: patch, type: MERGE })
      expect(code).toBe(200)
      return
    }
    await sleep(200)
  }
  throw new Error(`expected a paused canary, got ${JSON.stringify(await status())}`)
}

describe("a canary that is waited for", () => {
  let first: Release

  test("is live when it is promoted", async () => {
    ;[first] = await Promise.all([place.deliver(VERSIONS[0], [RESOURCE]), atPause(PROMOTE)])
    expect(first.error).toBeUndefined()
    expect(first.record.sync).toMatchObject({ status: "live", resources: [{ name: RESOURCE }] })
    expect(first.record.sync?.resources[0]?.text).toMatch(/^Healthy, pods \w+ are the stable ones$/)
  })

  test("is rolled back if it is aborted, with the controller's words, and the run fails", async () => {
    const before = first.record.published ?? ""
    const [{ record, error }] = await Promise.all([place.deliver(VERSIONS[1], [RESOURCE]), atPause(ABORT)])
    const tip = place.git.git("rev-parse", "main").trim()
    const words = "Degraded at step 0 of 2: RolloutAborted: Rollout aborted update to revision 3"
    expect(String(error)).toContain(
      `SYNC_FAILED: expected ${RESOURCE} to go live within 60 s, got ${RESOURCE}: ${words}`,
    )
    expect(String(error)).toContain(`Rolled back to ${before} by ${tip}.`)
    expect(record.sync).toMatchObject({ status: "failed", rollback: { ref: before, commit: tip } })
    const message = place.git.git("log", "-1", "--format=%B", "main")
    expect(message).toContain(words)
    expect(message).toContain("Slipway-Kind: rollback")
    expect(commits()).toBe(4)
  })

  test("leaves the cluster healthy with the image before", async () => {
    await expect
      .poll(() => place.api.ask("GET", LIVE).then(({ body }) => body), { timeout: 60_000 })
      .toMatchObject({
        spec: { template: { spec: { containers: [{ image: first.record.published }] } } },
        status: { phase: "Healthy" },
      })
  })

  test("is waited for while it is paused, and live when it is promoted", async () => {
    // the held release, as a person would deploy it again
    const { body } = await place.api.ask("GET", LIVE)
    const digest = `sha256:${"0c".repeat(32)}`
    const ref = `${first.record.published?.split("@")[0]}@${digest}`
    body.spec.template.spec.containers[0].image = ref
    await place.api.ask("PATCH", LIVE, { body: { spec: { template: body.spec.template } }, type: MERGE })
    const sync = await place.sync([RESOURCE])
    const paused = await readSync({ ...sync, ref, timeout: 5 })
    expect(paused).toMatchObject({ status: "late", resources: [{ state: "waiting" }] })
    expect(paused.resources[0]?.text).toBe("Paused at step 1 of 2: CanaryPauseStep")
    const [live] = await Promise.all([readSync({ ...sync, ref }), atPause(PROMOTE)])
    expect(live.status).toBe("live")
  })
})
