import { z } from "zod"
import {
  Condition,
  conditionOf,
  conditionText,
  type DesiredRelease,
  failedVerdict,
  holds,
  liveVerdict,
  says,
  type Verdict,
  waitingVerdict,
} from "./resource.ts"

/** https://fluxcd.io/flux/components/kustomize/kustomizations/#kustomization-status: what is read of it. */
export const Kustomization = z.object({
  metadata: z.object({ generation: z.number().default(0) }),
  spec: z.object({ suspend: z.boolean().default(false) }),
  status: z
    .object({
      conditions: z.array(Condition).default([]),
      observedGeneration: z.number().default(-1),
      lastAppliedRevision: z.string().optional(),
      lastAppliedOriginRevision: z.string().optional(),
      lastAttemptedRevision: z.string().optional(),
    })
    .prefault({}),
})
type Kustomization = z.infer<typeof Kustomization>

/** Waits for others, which is no failure of its own. */
const PATIENT = /^(DependencyNotReady|Progressing|ProgressingWithRetry)$/

/** Ready at the wanted commit. Flux says nothing of images, so of a later commit nothing can be told. */
export function judgeKustomization(
  { metadata, spec, status }: Kustomization,
  { commit = "" }: DesiredRelease,
): Verdict {
  const { conditions, lastAppliedRevision, lastAttemptedRevision } = status
  const ready = conditionOf(conditions, "Ready")
  const applied = [lastAppliedRevision, status.lastAppliedOriginRevision].map(commitOf).includes(commit)
  const observed = status.observedGeneration >= metadata.generation
  if (applied && observed && ready?.status === "True") return liveVerdict(`Ready at ${lastAppliedRevision}`)
  if (holds(conditions, "Stalled")) return failedVerdict(says("Stalled", conditionOf(conditions, "Stalled")?.message))
  if (spec.suspend)
    return failedVerdict(`suspended at ${lastAppliedRevision ?? "no revision"}: flux resume has it go on`)
  const ours = commitOf(lastAttemptedRevision) === commit
  const broken = ready?.status === "False" && !PATIENT.test(ready.reason ?? "")
  if (ours && broken) return failedVerdict(says("not Ready", conditionText(ready)))
  const at = lastAppliedRevision ?? "no revision"
  return waitingVerdict(says(applied ? `at ${at}` : `at ${at}, not yet ${commit}`, ready && conditionText(ready)))
}

/** main@sha1:<commit>; before Flux 2.0 main/<commit>; an artifact in a registry has its commit beside it in the same form. */
function commitOf(revision = ""): string {
  return revision.replace(/^.*[:/]/, "")
}

/** https://fluxcd.io/flux/components/helm/helmreleases/#helmrelease-status: what is read of it. */
export const HelmRelease = z.object({
  metadata: z.object({ generation: z.number().default(0) }),
  spec: z.object({ suspend: z.boolean().default(false), values: z.unknown().optional() }),
  status: z
    .object({
      conditions: z.array(Condition).default([]),
      observedGeneration: z.number().default(-1),
      history: z.array(z.object({ name: z.string(), version: z.number(), status: z.string() })).default([]),
    })
    .prefault({}),
})

/**
 * Its revision is the chart's, not a commit's, so the values tell whether the bump has arrived. A failure counts when Flux
 * has given up (Stalled); before that it tries again or rolls back.
 */
export function judgeHelmRelease(
  { metadata, spec, status }: z.infer<typeof HelmRelease>,
  wanted: DesiredRelease,
): Verdict {
  const digest = wanted.image?.digest ?? ""
  const ready = conditionOf(status.conditions, "Ready")
  const words = ready && conditionText(ready)
  if (!strings(spec.values).some((text) => text.includes(digest)))
    return waitingVerdict(`its values do not name ${digest}`)
  const observed = (ready?.observedGeneration ?? status.observedGeneration) >= metadata.generation
  if (!observed || !ready) return waitingVerdict(spec.suspend ? "suspended" : "its new values are not observed yet")
  if (ready.status === "True" && !holds(status.conditions, "Reconciling")) {
    const [release] = status.history
    return liveVerdict(says("Ready", release ? `${release.name}.v${release.version} ${release.status}` : words))
  }
  if (holds(status.conditions, "Stalled")) return failedVerdict(says("Stalled", words))
  if (spec.suspend) return failedVerdict(says("suspended", words))
  return waitingVerdict(says("not Ready", words))
}

/** Every text in the values, at any depth: where the image stands is the chart's affair. */
function strings(value: unknown): string[] {
  if (typeof value === "string") return [value]
  return value && typeof value === "object" ? Object.values(value).flatMap(strings) : []
}
