import { dag } from "@dagger.io/dagger"
import { Scanner } from "../../../src/enums.ts"
import type { BuildReading } from "../../build/reading.ts"
import { databaseVolume, mountVolume, type SkippedVolume, testVolume, type Volume } from "../../cache/volume.ts"
import { readOptionalFile } from "../../config/file.ts"
import { resolveAnyBases } from "../../dockerfile/base-images.ts"
import { type CacheMount, cacheMounts } from "../../dockerfile/cache-mounts.ts"
import { findStage, platformArgs } from "../../dockerfile/stages.ts"
import { volumeName } from "../../scan/offline.ts"
import type { ScanOptions } from "../../scan/scan-layout.ts"
import type { TestPlan } from "../../test/plan.ts"

type AnyVolume = Volume | SkippedVolume

/** The volumes that the plans' commands use. A stage of a Dockerfile has those of its RUN instructions: see buildVolumes. */
export async function testVolumes(plans: TestPlan[]): Promise<AnyVolume[]> {
  return await Promise.all(plans.flatMap((plan) => (plan.kind === "image" ? [imageVolume(plan)] : [])))
}

async function imageVolume(plan: Extract<TestPlan, { kind: "image" }>): Promise<AnyVolume> {
  const image = dag.container().from(plan.image)
  const user = await image.user()
  if (isNumeric(user)) return testVolume(plan, user || undefined)
  const passwd = (await readOptionalFile(image.rootfs(), "etc/passwd")) ?? ""
  const owner = ownerOf(user, passwd)
  if (owner) return testVolume(plan, owner)
  return { kind: "test", name: plan.name, reason: `the user ${user} of ${plan.image} is not in its /etc/passwd` }
}

function isNumeric(user: string): boolean {
  return /^(?:\d+(?::\d+)?)?$/.test(user)
}

/** The owner as the engine resolves it, which is part of a volume's identity. A group by name is not resolved. */
export function ownerOf(user: string, passwd: string): string | undefined {
  const [name, group] = user.split(":")
  const [, , uid, gid] =
    passwd
      .split("\n")
      .map((line) => line.split(":"))
      .find(([known]) => known === name) ?? []
  if (uid === undefined || gid === undefined) return undefined
  if (group === undefined) return `${uid}:${gid}`
  return /^\d+$/.test(group) ? `${uid}:${group}` : undefined
}

/** The volumes of the Dockerfile's cache mounts, for the image and for the stages that tests are built in. */
export async function buildVolumes(reading: BuildReading, plans: TestPlan[]): Promise<AnyVolume[]> {
  const mounts = reading.perPlatform.flatMap(({ platform, file, target }) => {
    const args = { ...platformArgs({ target: platform, build: reading.build }), ...reading.request.buildArgs }
    const stages = [target, ...plans.flatMap((plan) => testStage(plan, file.stages, reading.request) ?? [])]
    return stages.flatMap((stage) => cacheMounts(file, stage, { args }))
  })
  if (mounts.length === 0) return []
  const bases = await resolveAnyBases(reading.bases).catch(() => [])
  const digests = new Map(bases.map(({ name, digest }) => [name, digest]))
  return mounts.map((mount) => volumeOf(mount, digests.get(mount.base)))
}

/** The volume that the scanner downloads its database into; none for a database that the caller gives. */
export function databaseVolumes(
  { scanner, databases, dbRepositories }: Pick<ScanOptions, "scanner" | "databases" | "dbRepositories">,
  now: Date,
): Volume[] {
  if (databases[scanner]) return []
  const name = scanner === Scanner.TRIVY ? "trivy" : "grype"
  return [databaseVolume({ scanner: name, volume: volumeName(name, dbRepositories), day: dayOf(now) })]
}

/** Databases have a new version at least each day. */
function dayOf(now: Date): string {
  return now.toISOString().slice(0, 10)
}

type Stages = BuildReading["perPlatform"][number]["file"]["stages"]

function testStage(plan: TestPlan, stages: Stages, { dockerfile, context }: BuildReading["request"]) {
  if (plan.kind !== "dockerfile" || plan.dockerfile !== dockerfile || plan.path !== context) return undefined
  return findStage(stages, plan.target)
}

function volumeOf(mount: CacheMount, digest = ""): AnyVolume {
  if (mount.skipped) return { kind: "build", name: mount.id || mount.stage, reason: mount.skipped }
  return mountVolume(mount, digest)
}
