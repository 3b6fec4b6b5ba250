import { z } from "zod"
import { Condition, conditionOf, wordsOf } from "./condition.ts"
import { carries, imagesOf, NO_PODS, PodTemplate } from "./pod-template.ts"
import { failed, live, says, type Verdict, type Wanted, waiting } from "./verdict.ts"

/** https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#deployment-status: what is read of it. */
export const Deployment = z.object({
  metadata: z.object({ generation: z.number().default(0) }),
  spec: z.object({
    replicas: z.number().default(1),
    paused: z.boolean().default(false),
    template: PodTemplate,
  }),
  status: z
    .object({
      observedGeneration: z.number().default(-1),
      replicas: z.number().default(0),
      updatedReplicas: z.number().default(0),
      availableReplicas: z.number().default(0),
      conditions: z.array(Condition).default([]),
    })
    .prefault({}),
})

/** As `kubectl rollout status` has it: all pods are new, none of the old is left, and all are available. */
export function judgeDeployment({ metadata, spec, status }: z.infer<typeof Deployment>, { image }: Wanted): Verdict {
  const images = imagesOf(spec.template)
  if (!image || !carries(images, image)) return waiting(`its template has ${images.join(", ")}`)
  if (status.observedGeneration < metadata.generation) return waiting("its new template is not observed yet")
  const progressing = conditionOf(status.conditions, "Progressing")
  if (progressing?.reason === "ProgressDeadlineExceeded") return failed(says("not progressing", wordsOf(progressing)))
  const { replicas, updatedReplicas, availableReplicas } = status
  const counts = `${updatedReplicas} of ${spec.replicas} pods are new, ${availableReplicas} available, ${replicas} in all`
  const done = updatedReplicas >= spec.replicas && replicas <= updatedReplicas && availableReplicas >= updatedReplicas
  if (done) return live(spec.replicas === 0 ? NO_PODS : counts)
  return waiting(spec.paused ? `paused: ${counts}` : counts)
}
