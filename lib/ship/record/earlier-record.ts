import type { Digest } from "../../oci/reference.ts"
import { isHeld, type TagState } from "../../publish/tag-state.ts"
import type { AttestedStatement } from "../../sign/verification.ts"
import { ReleaseRecord, type TagRecord } from "./record.ts"
import type { BumpedPlace } from "./release-record.ts"

/** The latest record attested for a digest. Ignores records of other digests and of other schema versions. */
export function earlierRecord(statements: AttestedStatement[], digest: Digest): ReleaseRecord | undefined {
  const sha256 = digest.replace("sha256:", "")
  const about = statements.filter(({ subjects }) => subjects.some((subject) => subject.sha256 === sha256))
  for (const { predicate } of about.reverse()) {
    const record = ReleaseRecord.safeParse(predicate)
    if (record.success && record.data.image?.digest === digest) return record.data
  }
  return undefined
}

/** The tags, the copies, the bump and the deployment record that a run would make. */
export type ReleaseTarget = {
  tags: string[]
  replicas?: string[]
  chart?: { repository: string; version: string }
  bump?: BumpedPlace
  environment?: string
}

/** Whether an earlier run made all tags, copies and the bump of this one. */
export function isFinished(
  { ok, tags = [], replicas = [], chart, bump, deployment }: ReleaseRecord,
  target: ReleaseTarget,
): boolean {
  return (
    ok &&
    sameSet(
      tags.map(({ name }) => name),
      target.tags,
    ) &&
    (target.replicas ?? []).every((name) => replicas.some(({ repository }) => repository === name)) &&
    sameChart(chart, target.chart) &&
    sameBump(bump, target.bump) &&
    (!target.environment || bump?.status === "superseded" || isRecorded(deployment, target.environment))
  )
}

/** The record with the current state of its tags; undefined if one of them must be written. */
export function withCurrentTags(record: ReleaseRecord, states: TagState[]): ReleaseRecord | undefined {
  if (!states.every((state) => state.at === "itself" || isHeld(state))) return undefined
  const tags = record.tags?.map((tag): TagRecord => {
    const state = states.find(({ name }) => name === tag.name)
    if (state && isHeld(state)) return { name: tag.name, change: "superseded", newer: state.newer }
    return tag.change === "superseded" ? { name: tag.name, change: "unchanged" } : tag
  })
  return { ...record, ...(tags && { tags }) }
}

function sameChart(done: ReleaseRecord["chart"], target: ReleaseTarget["chart"]): boolean {
  if (!target) return true
  return done?.version === target.version && done.published.startsWith(`${target.repository}@`)
}

function sameBump(done: ReleaseRecord["bump"], target?: ReleaseTarget["bump"]): boolean {
  if (!done || done.status === "skipped" || done.status === "pending") return !target
  // only the forge knows whether a request is still open
  if (!target || done.status === "requested") return false
  const { repo, branch, path, imageName, edits = [], tag, kustomizeOptions = [], charts = [] } = done
  const places =
    repo === target.repo && branch === target.branch && path === target.path && imageName === target.imageName
  const built = sameSet(kustomizeOptions, target.kustomizeOptions ?? []) && sameSet(charts, target.charts ?? [])
  return places && tag === target.tag && sameSet(edits, target.edits ?? []) && built
}

function isRecorded(deployment: ReleaseRecord["deployment"], environment: string): boolean {
  return deployment?.status === "recorded" && deployment.environment === environment
}

function sameSet(some: string[], others: string[]): boolean {
  return some.length === others.length && some.every((one) => others.includes(one))
}
