import { afterAll, beforeAll, expect } from "vitest"
import type { Release } from "../../lib/ship/ship.ts"
import { readSync } from "../../lib/sync/wait-for-sync.ts"
import { type ClusterDelivery, type GitopsController, startClusterDelivery, versions } from "./cluster-delivery.ts"
import { deployment } from "./deployment.ts"

/** A policy engine in front of the API. */
export type Admission = {
  name: string
  /** Starts it with the policies that Slipway writes for the repository and its key. */
  start: (place: ClusterDelivery) => Promise<void>
  /** What it says of an unsigned image. */
  refusal: RegExp
}

/** What runs, and what the chapters before have left. */
type Story = {
  /** What a release is waited for with. */
  resources: string[]
  place: ClusterDelivery
  admission?: Admission
  /** The image of the release that is live. */
  live: string
}

// the controller reports a Deployment that does not progress after two seconds
const MANIFEST = deployment("app").replace("spec:", "spec:\n  progressDeadlineSeconds: 2")
const LIVE = "/apis/apps/v1/namespaces/shop/deployments/app"

/**
 * The whole way of a release, with nothing between its parts that a test wrote: a source commit is built, scanned, signed and
 * published by `ship`, its digest committed to a git repository, applied by a GitOps controller, judged by a policy engine,
 * rolled out by Kubernetes' controllers, and waited for. Only the status of pods is the test's. Call it once in a file that
 * uses an engine; the story is there when the tests begin.
 */
export function useDeliveryStory(controller: GitopsController, admission?: Admission): Story {
  const story = { resources: [controller.resource, "deployment/shop/app"], live: "", admission } as Story
  beforeAll(async () => {
    const read = { group: "apps", plural: "deployments" }
    story.place = await startClusterDelivery({ manifest: MANIFEST, read, controller })
    await admission?.start(story.place)
  })
  afterAll(() => story.place?.stop())
  return story
}

type Chapter = { title: string; tell: (story: Story) => Promise<void> }

/** In this order, because each begins where the one before has ended. */
export const CHAPTERS: Chapter[] = [
  { title: "is live with its digest, and the record has the time from the commit", tell: firstRelease },
  { title: "is rolled back if its pods do not start, with the cluster's words, and the run fails", tell: badRelease },
  { title: "gives way to the image before, at the commit of the rollback", tell: restoredRelease },
]

async function firstRelease(story: Story): Promise<void> {
  const { place, resources } = story
  const [version] = versions("one")
  const begun = Date.now()
  const release = await place.deliver(version, resources)
  expect(release.error).toBeUndefined()
  const states = resources.map((name) => ({ name, state: "live" }))
  expect(release.record.sync).toMatchObject({ status: "live", resources: states })
  const { commitToLive = 0 } = release.record.sync ?? {}
  expect(commitToLive).toBeGreaterThan(0)
  expect(commitToLive).toBeLessThanOrEqual((Date.now() - begun) / 1000 + 2)
  story.live = imageOf(release)
  expect(story.live).toContain(`@${release.record.image?.digest}`)
  expect(await runningImage(story)).toBe(story.live)
}

async function badRelease(story: Story): Promise<void> {
  const { place, resources, live } = story
  place.kubelet.starts = (image) => image === live
  const [version] = versions("two")
  const { record, error } = await place.deliver(version, resources)
  const tip = place.git.git("rev-parse", "main").trim()
  expect(String(error)).toMatch(/SYNC_FAILED: .*ProgressDeadlineExceeded: ReplicaSet "app-\w+" has timed out/)
  expect(String(error)).toContain(`Rolled back to ${live} by ${tip}.`)
  expect(record.sync).toMatchObject({ status: "failed", rollback: { ref: live, commit: tip } })
}

async function restoredRelease(story: Story): Promise<void> {
  const { place, resources, live } = story
  const commit = place.git.git("rev-parse", "main").trim()
  const outcome = await readSync({ ...(await place.sync(resources)), commit, ref: live })
  expect(outcome).toMatchObject({ status: "live" })
  expect(await runningImage(story)).toBe(live)
}

async function runningImage({ place }: Story): Promise<string> {
  const { body } = await place.api.ask("GET", LIVE)
  expect(body.status).toMatchObject({ replicas: 1, updatedReplicas: 1, availableReplicas: 1 })
  return body.spec.template.spec.containers[0].image
}

function imageOf({ record }: Release): string {
  return record.published ?? ""
}
