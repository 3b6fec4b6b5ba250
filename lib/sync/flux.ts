import { z } from "zod"
import {
  blockedVerdict,
  Condition,
  conditionOf,
  conditionText,
  type DesiredRelease,
  failedVerdict,
  holds,
  liveVerdict,
  type Verdict,
  waitingVerdict,
  withMessage,
} from "./resource.ts"

/** https://fluxcd.io/flux/components/kustomize/kustomizations/#kustomization-status: the fields that are read. */
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

/** Reasons of a Kustomization that waits for another, which is not a failure. */
const WAITING = /^(DependencyNotReady|Progressing|ProgressingWithRetry)$/

/** Requires Ready at exactly the desired commit: Flux does not report images, so a later commit proves nothing. */
export function judgeKustomization(
  { metadata, spec, status }: Kustomization,
  { commit = "" }: DesiredRelease,
): Verdict {
  const { conditions, lastAppliedRevision, lastAttemptedRevision } = status
  const ready = conditionOf(conditions, "Ready")
  const applied = [lastAppliedRevision, status.lastAppliedOriginRevision].map(commitOf).includes(commit)
  const observed = status.observedGeneration >= metadata.generation
  if (applied && observed && ready?.status === "True") return liveVerdict(`Ready at ${lastAppliedRevision}`)
  if (holds(conditions, "Stalled"))
    return failedVerdict(withMessage("Stalled", conditionOf(conditions, "Stalled")?.message))
  if (spec.suspend)
    return blockedVerdict(`suspended at ${lastAppliedRevision ?? "no revision"}: resume it with flux resume`)
  const ours = commitOf(lastAttemptedRevision) === commit
  const broken = ready?.status === "False" && !WAITING.test(ready.reason ?? "")
  if (ours && broken) return failedVerdict(withMessage("not Ready", conditionText(ready)))
  const at = lastAppliedRevision ?? "no revision"
  return waitingVerdict(
    withMessage(applied ? `at ${at}` : `at ${at}, not yet ${commit}`, ready && conditionText(ready)),
  )
}

/** main@sha1:<commit>, or main/<commit> before Flux 2.0; an artifact's origin revision has the same form. */
function commitOf(revision = ""): string {
  return revision.replace(/^.*[:/]/, "")
}

/** https://fluxcd.io/flux/components/helm/helmreleases/#helmrelease-status: the fields that are read. */
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
 * Its revision is the chart's version, not a commit, so the values tell whether the bump has arrived. A failure counts
 * once Flux stops retrying (Stalled).
 */
export function judgeHelmRelease(
  { metadata, spec, status }: z.infer<typeof HelmRelease>,
  wanted: DesiredRelease,
): Verdict {
  const digest = wanted.image?.digest ?? ""
  const ready = conditionOf(status.conditions, "Ready")
  const text = ready && conditionText(ready)
  if (!strings(spec.values).some((text) => text.includes(digest)))
    return waitingVerdict(`its values do not contain ${digest}`)
  const observed = (ready?.observedGeneration ?? status.observedGeneration) >= metadata.generation
  if (!observed || !ready)
    return waitingVerdict(spec.suspend ? "suspended" : "Flux has not observed its new values yet")
  if (ready.status === "True" && !holds(status.conditions, "Reconciling")) {
    const [release] = status.history
    return liveVerdict(withMessage("Ready", release ? `${release.name}.v${release.version} ${release.status}` : text))
  }
  if (holds(status.conditions, "Stalled")) return failedVerdict(withMessage("Stalled", text))
  if (spec.suspend) return failedVerdict(withMessage("suspended", text))
  return waitingVerdict(withMessage("not Ready", text))
}

/** Every text in the values at any depth, because each chart has another place for the image. */
function strings(value: unknown): string[] {
  if (typeof value === "string") return [value]
  return value && typeof value === "object" ? Object.values(value).flatMap(strings) : []
}
