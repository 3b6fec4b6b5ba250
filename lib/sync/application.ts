import { z } from "zod"
import { carries, ofRepository } from "./pod-template.ts"
import { failed, live, says, type Verdict, type Wanted, waiting } from "./verdict.ts"

const Revisions = z.object({ revision: z.string().optional(), revisions: z.array(z.string()).optional() })

/** https://argo-cd.readthedocs.io/en/stable/operator-manual/application.yaml and its CRD: what is read of it. */
export const Application = z.object({
  spec: z.object({ syncPolicy: z.object({ automated: z.unknown().optional() }).nullish() }),
  status: z
    .object({
      sync: Revisions.extend({ status: z.string().default("Unknown") }).default({ status: "Unknown" }),
      health: z.object({ status: z.string().default("Unknown"), message: z.string().optional() }).prefault({}),
      operationState: z
        .object({ phase: z.string(), message: z.string().optional(), syncResult: Revisions.optional() })
        .optional(),
      conditions: z.array(z.object({ type: z.string(), message: z.string().optional() })).default([]),
      summary: z.object({ images: z.array(z.string()).default([]) }).prefault({}),
    })
    .prefault({}),
})
type Application = z.infer<typeof Application>

/**
 * An application is live when Argo CD compared the cluster with the wanted commit and found nothing to do, and all is
 * healthy. Of a later commit git alone knows whether it contains the wanted one; there the running digest is the proof.
 */
export function judgeApplication(application: Application, wanted: Wanted): Verdict {
  const { sync, health, operationState, summary } = application.status
  const arrived = wanted.commit !== undefined && revisionsOf(sync).includes(wanted.commit)
  const runs = wanted.image !== undefined && carries(summary.images, wanted.image)
  if (brokeAt(application, wanted)) return failed(says("the sync failed", operationState?.message))
  if (!arrived && !runs) return waiting(notYet(application, wanted))
  if (sync.status !== "Synced") return waiting(unsynced(application))
  if (/^(Running|Terminating)$/.test(operationState?.phase ?? "")) {
    return waiting(says("the sync is running", operationState?.message))
  }
  if (health.status === "Degraded") return failed(says("Degraded", health.message))
  if (health.status !== "Healthy") return waiting(says(health.status, health.message))
  const others = wanted.image && !runs ? ofRepository(summary.images, wanted.image) : []
  if (others.length > 0) return waiting(`Healthy, but its pods still run ${others.join(", ")}`)
  return live(`Synced to ${revisionsOf(sync).join(", ")}, Healthy${runs ? `, runs ${wanted.image?.digest}` : ""}`)
}

/** Argo CD tries a failed sync of the same commit again only if it is told to, and says Running as long as it does. */
function brokeAt({ status }: Application, { commit }: Wanted): boolean {
  const { operationState } = status
  if (!commit || !operationState?.syncResult) return false
  return /^(Failed|Error)$/.test(operationState.phase) && revisionsOf(operationState.syncResult).includes(commit)
}

function notYet({ status }: Application, { commit, image }: Wanted): string {
  const at = revisionsOf(status.sync).join(", ") || "no revision"
  const runs = image && ofRepository(status.summary.images, image).join(", ")
  const broken = status.conditions.find(({ type }) => type.endsWith("Error"))
  return [
    `at ${at}${commit ? `, not yet ${commit}` : ""}`,
    ...(image ? [`runs ${runs || "no such image"}`] : []),
    ...(broken ? [says(broken.type, broken.message)] : []),
  ].join("; ")
}

function unsynced({ spec, status }: Application): string {
  const manual = spec.syncPolicy?.automated ? "" : "; its sync is not automated, so somebody has to start it"
  return `${says(status.sync.status, status.conditions.find(({ type }) => type.endsWith("Error"))?.message)}${manual}`
}

/** One for each source where there are several. */
function revisionsOf({ revision, revisions }: z.infer<typeof Revisions>): string[] {
  return revisions?.length ? revisions : revision ? [revision] : []
}
