import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { Release } from "../../lib/ship/ship.ts"
import { type ClusterDelivery, startClusterDelivery, versions } from "./cluster-delivery.ts"
import { deployment } from "./deployment.ts"
import { useEngine } from "./session.ts"

// A real kube-apiserver with its controllers: test/engine/up --with=kubernetes builds them
useEngine()

// the controller reports a Deployment that does not progress after two seconds
const MANIFEST = deployment("app").replace("spec:", "spec:\n  progressDeadlineSeconds: 2")
const LIVE = "/apis/apps/v1/namespaces/shop/deployments/app"
const RESOURCES = ["deployment/shop/app"]
const VERSIONS = versions("one", "two")

let place: ClusterDelivery
beforeAll(async () => {
  place = await startClusterDelivery({ manifest: MANIFEST, read: { group: "apps", plural: "deployments" } })
})
afterAll(() => place?.stop())

const commits = () => Number(place.git.git("rev-list", "--count", "main"))

describe("a release that is waited for", () => {
  let first: Release

  test("is live when the Deployment runs it, and the record has the time from the commit", async () => {
    first = await place.deliver(VERSIONS[0], RESOURCES)
    expect(first.error).toBeUndefined()
    expect(first.record.sync).toMatchObject({
      status: "live",
      resources: [{ name: "deployment/shop/app", text: "1 of 1 pods are new, 1 available, 1 in all" }],
    })
    expect(first.record.sync?.commitToLive).toBeGreaterThan(0)
    expect(first.record.stages.at(-1)?.name).toBe("sync")
  })

  test("is rolled back if it does not start, with the controller's words, and the run fails", async () => {
    const before = first.record.published ?? ""
    place.kubelet.starts = (image) => image === before
    const { record, error } = await place.deliver(VERSIONS[1], RESOURCES)
    const tip = place.git.git("rev-parse", "main").trim()
    expect(String(error)).toMatch(/SYNC_FAILED: .*ProgressDeadlineExceeded: ReplicaSet "app-\w+" has timed out/)
    expect(String(error)).toContain(`Rolled back to ${before} by ${tip}.`)
    expect(record.failure).toMatchObject({ stage: "sync", code: "SYNC_FAILED" })
    expect(record.sync).toMatchObject({ status: "failed", rollback: { ref: before, commit: tip } })
    const kustomization = place.git.git("show", "main:prod/kustomization.yaml")
    expect(kustomization).toContain(before.split("@")[1])
    expect(kustomization).not.toContain(record.image?.digest)
    expect(commits()).toBe(4)
    const message = place.git.git("log", "-1", "--format=%B", "main")
    expect(message).toMatch(/ProgressDeadlineExceeded: ReplicaSet "app-\w+" has timed out progressing\./)
    expect(message).toContain("Slipway-Kind: rollback")
  })

  test("leaves the cluster with the image before", async () => {
    await expect
      .poll(() => place.api.ask("GET", LIVE).then(({ body }) => body), { timeout: 20_000 })
      .toMatchObject({
        spec: { template: { spec: { containers: [{ image: first.record.published }] } } },
        status: { replicas: 1, updatedReplicas: 1, availableReplicas: 1 },
      })
    expect(place.overlay?.applied).toHaveLength(4)
  })

  test("is held when it is delivered again", async () => {
    place.kubelet.starts = () => true
    const { record, error } = await place.deliver(VERSIONS[1], RESOURCES)
    expect(error).toBeUndefined()
    expect(record.bump?.status).toBe("superseded")
    expect(record.sync?.status).toBe("skipped")
    expect(commits()).toBe(4)
  })

  test("is not taken back if the cluster refuses to tell how it fares", async () => {
    const [third] = versions("three") // made now, because a held release gives way only to a newer commit
    const before = commits()
    const { record, error } = await place.deliver(third, RESOURCES, -120)
    expect(String(error)).toMatch(/SYNC_FAILED: .* HTTP 401: Unauthorized; the token is invalid or expired/)
    expect(record.sync).toMatchObject({ status: "blocked" })
    expect(record.sync?.rollback).toBeUndefined()
    expect(commits()).toBe(before + 1)
  })
})
