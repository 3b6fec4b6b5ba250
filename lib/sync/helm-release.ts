import { z } from "zod"
import { Condition, conditionOf, holds, wordsOf } from "./condition.ts"
import { failed, live, says, type Verdict, type Wanted, waiting } from "./verdict.ts"

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
export function judgeHelmRelease({ metadata, spec, status }: z.infer<typeof HelmRelease>, wanted: Wanted): Verdict {
  const digest = wanted.image?.digest ?? ""
  const ready = conditionOf(status.conditions, "Ready")
  const words = ready && wordsOf(ready)
  if (!strings(spec.values).some((text) => text.includes(digest))) return waiting(`its values do not name ${digest}`)
  const observed = (ready?.observedGeneration ?? status.observedGeneration) >= metadata.generation
  if (!observed || !ready) return waiting(spec.suspend ? "suspended" : "its new values are not observed yet")
  if (ready.status === "True" && !holds(status.conditions, "Reconciling")) {
    const [release] = status.history
    return live(says("Ready", release ? `${release.name}.v${release.version} ${release.status}` : words))
  }
  if (holds(status.conditions, "Stalled")) return failed(says("Stalled", words))
  if (spec.suspend) return failed(says("suspended", words))
  return waiting(says("not Ready", words))
}

/** Every text in the values, at any depth: where the image stands is the chart's affair. */
function strings(value: unknown): string[] {
  if (typeof value === "string") return [value]
  return value && typeof value === "object" ? Object.values(value).flatMap(strings) : []
}
