import { z } from "zod"
import { Condition, conditionOf, holds, wordsOf } from "./condition.ts"
import { failed, live, says, type Verdict, type Wanted, waiting } from "./verdict.ts"

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
export function judgeKustomization({ metadata, spec, status }: Kustomization, { commit = "" }: Wanted): Verdict {
  const { conditions, lastAppliedRevision, lastAttemptedRevision } = status
  const ready = conditionOf(conditions, "Ready")
  const applied = [lastAppliedRevision, status.lastAppliedOriginRevision].map(commitOf).includes(commit)
  const observed = status.observedGeneration >= metadata.generation
  if (applied && observed && ready?.status === "True") return live(`Ready at ${lastAppliedRevision}`)
  if (holds(conditions, "Stalled")) return failed(says("Stalled", conditionOf(conditions, "Stalled")?.message))
  if (spec.suspend) return failed(`suspended at ${lastAppliedRevision ?? "no revision"}: flux resume has it go on`)
  const ours = commitOf(lastAttemptedRevision) === commit
  const broken = ready?.status === "False" && !PATIENT.test(ready.reason ?? "")
  if (ours && broken) return failed(says("not Ready", wordsOf(ready)))
  const at = lastAppliedRevision ?? "no revision"
  return waiting(says(applied ? `at ${at}` : `at ${at}, not yet ${commit}`, ready && wordsOf(ready)))
}

/** main@sha1:<commit>; before Flux 2.0 main/<commit>; an artifact in a registry has its commit beside it in the same form. */
function commitOf(revision = ""): string {
  return revision.replace(/^.*[:/]/, "")
}
