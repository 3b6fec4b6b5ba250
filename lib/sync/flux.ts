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
  retryingVerdict,
  type Verdict,
  waitingVerdict,
  withMessage,
} from "./resource.ts"

/** https://fluxcd.io/flux/components/kustomize/kustomizations/#kustomization-status: the fields that are read. */
export const Kustomization = z.object({
  metadata: z.object({ namespace: z.string().default(""), generation: z.number().default(0) }),
  spec: z.object({
    suspend: z.boolean().default(false),
    sourceRef: z.object({ kind: z.string(), name: z.string(), namespace: z.string().optional() }).optional(),
  }),
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

/** Reasons that tell nothing about a commit: its source or another Kustomization is not ready, or a newer commit arrived. */
const WAITING =
  /^(DependencyNotReady|ArtifactFailed|DirCreationFailed|HealthCheckCanceled|Progressing|ProgressingWithRetry)$/

/**
 * Requires Ready at exactly the desired commit: Flux does not report images, so a later commit proves nothing. A suspended
 * Kustomization keeps the status of the generation before.
 */
export function judgeKustomization(kustomization: Kustomization, { commit = "" }: DesiredRelease): Verdict {
  const { metadata, spec, status } = kustomization
  const { conditions, lastAppliedRevision: at = "no revision" } = status
  const ready = conditionOf(conditions, "Ready")
  const applied = [at, status.lastAppliedOriginRevision].map(commitOf).includes(commit)
  const observed = spec.suspend || status.observedGeneration >= metadata.generation
  if (applied && observed && ready?.status === "True") return liveVerdict(`Ready at ${at}`)
  const stalled = conditionOf(conditions, "Stalled")
  // what Flux refuses is the Kustomization, whatever the commit is
  if (stalled?.status === "True") return blockedVerdict(withMessage("Stalled", conditionText(stalled)))
  if (spec.suspend) return blockedVerdict(`suspended at ${at}: resume it with flux resume`)
  if (commitOf(status.lastAttemptedRevision) !== commit) return waitingVerdict(missingCommit(kustomization, commit))
  if (ready?.status === "False" && !WAITING.test(ready.reason ?? ""))
    return failedVerdict(withMessage("not Ready", conditionText(ready)))
  const why = withMessage(applied ? `at ${at}` : `at ${at}, not yet ${commit}`, progress(status))
  return ready?.status === "Unknown" ? retryingVerdict(why) : waitingVerdict(why)
}

/** What Flux does at present, else why it does nothing. */
function progress({ conditions }: Kustomization["status"]): string | undefined {
  const ready = conditionOf(conditions, "Ready")
  const active = ready?.status === "Unknown" ? conditionOf(conditions, "Reconciling") : undefined
  return conditionText(active ?? ready ?? {})
}

/** Without a failure of its own, a Kustomization does not tell why a commit does not come: its source does. */
function missingCommit({ metadata, spec, status }: Kustomization, commit: string): string {
  const { lastAppliedRevision: at = "no revision", lastAttemptedRevision: tried } = status
  const { sourceRef } = spec
  const from = sourceRef && `${sourceRef.kind}/${sourceRef.namespace ?? metadata.namespace}/${sourceRef.name}`
  const ready = conditionOf(status.conditions, "Ready")?.status === "True"
  const where = commitOf(at) === commit ? `at ${at}` : `at ${at}, not yet ${commit}`
  const what = [where, tried && tried !== at && `attempted ${tried}`, from && `its source is ${from}`].filter(Boolean)
  return withMessage(what.join("; "), ready ? undefined : progress(status))
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
