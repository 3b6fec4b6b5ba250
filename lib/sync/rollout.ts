import { z } from "zod"
import { carries, imagesOf, NO_PODS, PodTemplate } from "./pod-template.ts"
import { failed, live, says, type Verdict, type Wanted, waiting } from "./verdict.ts"

/** https://argo-rollouts.readthedocs.io/en/stable/features/specification: what is read of it. */
export const Rollout = z.object({
  metadata: z.object({ generation: z.number().default(0) }),
  spec: z.object({
    replicas: z.number().nullish(),
    template: PodTemplate.optional(),
    workloadRef: z.object({ kind: z.string(), name: z.string() }).optional(),
    strategy: z.object({ canary: z.object({ steps: z.array(z.unknown()).default([]) }).nullish() }).prefault({}),
  }),
  status: z
    .object({
      observedGeneration: z.string().default(""),
      phase: z.string().default("Progressing"),
      message: z.string().optional(),
      currentPodHash: z.string().default(""),
      stableRS: z.string().default(""),
      currentStepIndex: z.number().nullish(),
      controllerPause: z.boolean().default(false),
      pauseConditions: z.array(z.unknown()).nullish(),
    })
    .prefault({}),
})
type Rollout = z.infer<typeof Rollout>

/** Healthy with the new pods as the stable ones: before that a canary is an attempt, which can still be taken back. */
export function judgeRollout({ metadata, spec, status }: Rollout, { image }: Wanted): Verdict {
  if (!spec.template) return failed(borrowed(spec.workloadRef))
  const images = imagesOf(spec.template)
  if (!image || !carries(images, image)) return waiting(`its template has ${images.join(", ")}`)
  // a text of digits, as the controller writes it; of release 0.9 and before it was a hash
  if (!(Number(status.observedGeneration) >= metadata.generation))
    return waiting("its new template is not observed yet")
  if (status.controllerPause && !status.pauseConditions?.length) return waiting("about to go on after a pause")
  const state = says(`${status.phase}${step({ spec, status })}`, status.message)
  if (status.phase === "Degraded") return failed(state)
  if (status.phase !== "Healthy") return waiting(state)
  if (!status.stableRS || status.stableRS !== status.currentPodHash)
    return waiting("its new pods are not the stable ones yet")
  return live(spec.replicas === 0 ? NO_PODS : `Healthy, pods ${status.stableRS} are the stable ones`)
}

function step({ spec, status }: Pick<Rollout, "spec" | "status">): string {
  const steps = spec.strategy.canary?.steps.length
  return steps && typeof status.currentStepIndex === "number" ? ` at step ${status.currentStepIndex} of ${steps}` : ""
}

function borrowed(from?: { kind: string; name: string }): string {
  return `it has no template of its own${from ? ` but that of ${from.kind} ${from.name}` : ""}, so its digest cannot be told`
}
