import { afterAll, beforeAll, expect } from "vitest"
import type { Release } from "../../lib/ship/ship.ts"
import { readSync } from "../../lib/sync/wait-for-sync.ts"
import {
  type ClusterDelivery,
  type GitopsController,
  REPOSITORY,
  startClusterDelivery,
  versions,
} from "./cluster-delivery.ts"
import { deployment } from "./deployment.ts"

/** A policy engine in front of the API. */
export type Admission = {
  name: string
  /** Starts it with the policy that Slipway writes for a signed image and its key. */
  start: (place: ClusterDelivery, ref: string) => Promise<void>
  /** How it refuses an unsigned image. */
  refusal: RegExp
}

/** What runs, and what the chapters before have left. */
type Story = {
  /** What a release is waited for with. */
  resources: string[]
  place: ClusterDelivery
  admission: Admission
  /** The image of the release that is live. */
  live: string
}

// the controller reports a Deployment that does not progress after two seconds
const MANIFEST = deployment("app").replace("spec:", "spec:\n  progressDeadlineSeconds: 2")
const FILE = "prod/kustomization.yaml"
const PATH = REPOSITORY.replace(/^[^/]*\//, "")

/** The default, because the failure of the release before stays in the cluster for some seconds. */
const SETTLE = 15

const LIVE = "/apis/apps/v1/namespaces/shop/deployments/app"

/**
 * The whole way of a release, with nothing between its parts that a test wrote: a source commit is built, scanned, signed and
 * published by `ship`, its digest committed to a git repository, applied by a GitOps controller, judged by a policy engine,
 * rolled out by Kubernetes' controllers, and waited for. Only the status of pods is the test's. Call it once in a file that
 * uses an engine; the story is there when the tests begin.
 */
export function useDeliveryStory(controller: GitopsController, admission: Admission): Story {
  const story = { resources: [controller.resource, "deployment/shop/app"], live: "", admission } as Story
  beforeAll(async () => {
    const read = { group: "apps", plural: "deployments" }
    // policy-controller reads no other format
    const settings = { test: false as const, sign: { format: "both" as const } }
    story.place = await startClusterDelivery({ manifest: MANIFEST, read, controller, settings })
  })
  afterAll(() => story.place?.stop())
  return story
}

type Chapter = { title: string; tell: (story: Story) => Promise<void> }

/** In this order, because each begins where the one before has ended. */
export const CHAPTERS: Chapter[] = [
  { title: "is live with its digest, and the record has the time from the commit", tell: firstRelease },
  { title: "is live too when a policy that Slipway wrote for the first one judges it", tell: judgedRelease },
  { title: "cannot be replaced by an unsigned image, and a wait for that has the policy's words", tell: unsignedImage },
  { title: "is rolled back if its pods do not start, with the cluster's words, and the run fails", tell: badRelease },
  { title: "gives way to the image before, at the commit of the rollback", tell: restoredRelease },
]

async function firstRelease(story: Story): Promise<void> {
  await liveRelease(story, "one")
}

async function judgedRelease(story: Story): Promise<void> {
  await story.admission.start(story.place, story.live)
  await liveRelease(story, "two")
}

async function liveRelease(story: Story, name: string): Promise<void> {
  const { place, resources } = story
  const [version] = versions(name)
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

/** Somebody commits the digest of one platform, which is in the repository but not signed itself. */
async function unsignedImage(story: Story): Promise<void> {
  const { place, resources, live, admission } = story
  const [name = "", digest = ""] = live.split("@")
  const { body } = await place.registry.manifest(PATH, digest)
  const unsigned = body.manifests?.[0]?.digest ?? ""
  const text = place.git.git("show", `main:${FILE}`)
  const commit = place.git.commit({ [FILE]: text.replace(digest, unsigned) })
  const sync = { ...(await place.sync(resources)), commit, ref: `${name}@${unsigned}` }
  const outcome = await readSync(sync)
  expect(outcome).toMatchObject({ status: "failed", resources: [{ state: "failed" }, { state: "waiting" }] })
  expect(outcome.resources[0]?.text).toMatch(admission.refusal)
  expect(await runningImage(story)).toBe(live)
  const restored = place.git.commit({ [FILE]: text })
  expect(await readSync({ ...sync, commit: restored, ref: live, settle: SETTLE })).toMatchObject({ status: "live" })
}

async function badRelease(story: Story): Promise<void> {
  const { place, resources, live } = story
  place.kubelet.starts = (image) => image === live
  const [version] = versions("three")
  const { record, error } = await place.deliver(version, resources)
  const tip = place.git.git("rev-parse", "main").trim()
  expect(String(error)).toMatch(/SYNC_FAILED: .*ProgressDeadlineExceeded: ReplicaSet "app-\w+" has timed out/)
  expect(String(error)).toContain(`Rolled back to ${live} by ${tip}.`)
  expect(record.sync).toMatchObject({ status: "failed", rollback: { ref: live, commit: tip } })
}

async function restoredRelease(story: Story): Promise<void> {
  const { place, resources, live } = story
  const commit = place.git.git("rev-parse", "main").trim()
  const outcome = await readSync({ ...(await place.sync(resources)), commit, ref: live, settle: SETTLE })
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
