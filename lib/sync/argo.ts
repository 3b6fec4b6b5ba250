import { z } from "zod"
import {
  blockedVerdict,
  carries,
  type DesiredRelease,
  failedVerdict,
  imagesOf,
  liveVerdict,
  NO_PODS,
  ofRepository,
  PodTemplate,
  type Verdict,
  waitingVerdict,
  withMessage,
} from "./resource.ts"

const Revisions = z.object({ revision: z.string().optional(), revisions: z.array(z.string()).optional() })

const Health = z.object({ status: z.string().default("Unknown"), message: z.string().optional() })

/**
 * An object that an application consists of. Argo CD's API adds its health; in the Kubernetes API, only older releases and
 * those with `controller.resource.health.persist` have it.
 */
const Member = z.object({
  kind: z.string(),
  name: z.string(),
  status: z.string().optional(),
  health: Health.nullish(),
  requiresPruning: z.boolean().default(false),
})
type Member = z.infer<typeof Member>

/** A member after a sync: a hook has a phase, anything else a status. */
const SyncedMember = z.object({
  kind: z.string(),
  name: z.string(),
  status: z.string().optional(),
  hookPhase: z.string().optional(),
  message: z.string().optional(),
})

/** The last sync; `syncResult` is missing when a retry begins. */
const Operation = z.object({
  phase: z.string(),
  message: z.string().optional(),
  operation: z.object({ sync: Revisions.optional() }).optional(),
  syncResult: Revisions.extend({ resources: z.array(SyncedMember).default([]) }).optional(),
})
type Operation = z.infer<typeof Operation>

/** https://argo-cd.readthedocs.io/en/stable/operator-manual/application.yaml and its CRD: the fields that are read. */
export const Application = z.object({
  spec: z.object({
    syncPolicy: z.object({ automated: z.object({ enabled: z.boolean().default(true) }).nullish() }).nullish(),
  }),
  status: z
    .object({
      sync: Revisions.extend({ status: z.string().default("Unknown") }).default({ status: "Unknown" }),
      health: Health.omit({ message: true }).prefault({}),
      operationState: Operation.optional(),
      conditions: z.array(z.object({ type: z.string(), message: z.string().optional() })).default([]),
      resources: z.array(Member).default([]),
      summary: z.object({ images: z.array(z.string()).default([]) }).prefault({}),
    })
    .prefault({}),
})
type Application = z.infer<typeof Application>

/**
 * An application is live when it is Synced at the desired commit and Healthy. Only git knows whether a later commit
 * contains the desired one, so there the running digest decides.
 */
export function judgeApplication(application: Application, wanted: DesiredRelease): Verdict {
  const { sync, health, operationState, resources, summary } = application.status
  const arrived = wanted.commit !== undefined && revisionsOf(sync).includes(wanted.commit)
  const runs = wanted.image !== undefined && carries(summary.images, wanted.image)
  const attempted = operationState !== undefined && attempts(operationState, wanted)
  if (attempted && operationState.phase === "Failed")
    return failedVerdict(withMessage("the sync failed", operationMessage(operationState)))
  // an error of Argo CD before it applies anything: no cluster, no project, no manifests
  if (attempted && operationState.phase === "Error")
    return blockedVerdict(withMessage("Argo CD could not run the sync", operationMessage(operationState)))
  if ((arrived || runs || attempted) && /^(Running|Terminating)$/.test(operationState?.phase ?? ""))
    return waitingVerdict(withMessage("the sync is running", operationState && operationMessage(operationState)))
  if (!arrived && !runs) return waitingVerdict(missingRelease(application, wanted))
  if (sync.status !== "Synced") return waitingVerdict(outOfSync(application))
  if (health.status !== "Healthy") return unhealthy(health.status, resources)
  const others = wanted.image && !runs ? ofRepository(summary.images, wanted.image) : []
  if (others.length > 0) return waitingVerdict(`Healthy, but its pods still run ${others.join(", ")}`)
  return liveVerdict(
    `Synced to ${revisionsOf(sync).join(", ")}, Healthy${runs ? `, runs ${wanted.image?.digest}` : ""}`,
  )
}

/** Whether an operation is to the desired commit. While Argo CD retries a failed sync, the operation's phase is Running. */
function attempts({ operation, syncResult }: Operation, { commit }: DesiredRelease): boolean {
  return commit !== undefined && revisionsOf(syncResult ?? operation?.sync ?? {}).includes(commit)
}

/** The message of an operation, and what it refers to: after a dry run, only the members have the API's words. */
function operationMessage({ message = "", syncResult }: Operation): string {
  const failed = syncResult?.resources.filter(
    ({ status, hookPhase = "" }) => status === "SyncFailed" || /^(Failed|Error)$/.test(hookPhase),
  )
  const reasons = (failed ?? []).filter((member) => member.message && !message.includes(member.message))
  const texts = reasons.slice(0, MOST_MEMBERS).map((member) => `${nameOf(member)}: ${member.message}`)
  return [message, ...texts].filter(Boolean).join("; ")
}

function missingRelease({ status }: Application, { commit, image }: DesiredRelease): string {
  const at = revisionsOf(status.sync).join(", ") || "no revision"
  const runs = image && ofRepository(status.summary.images, image).join(", ")
  const broken = status.conditions.find(({ type }) => type.endsWith("Error"))
  return [
    `at ${at}${commit ? `, not yet ${commit}` : ""}`,
    ...(image ? [`runs ${runs || "no such image"}`] : []),
    ...(broken ? [withMessage(broken.type, broken.message)] : []),
  ].join("; ")
}

function outOfSync({ spec, status }: Application): string {
  const broken = status.conditions.find(({ type }) => type.endsWith("Error"))?.message
  const differing = status.resources.filter((member) => member.status === status.sync.status).slice(0, MOST_MEMBERS)
  const names = differing.map((member) => `${nameOf(member)}${member.requiresPruning ? " to be pruned" : ""}`)
  const manual =
    spec.syncPolicy?.automated?.enabled === true ? "" : "; its sync is not automated: start it with argocd app sync"
  return `${withMessage(status.sync.status, broken ?? names.join(", "))}${manual}`
}

/** Members in a text, which can be a hundred. */
const MOST_MEMBERS = 3

function nameOf({ kind, name }: Pick<Member, "kind" | "name">): string {
  return `${kind} ${name}`
}

function unhealthy(status: string, members: Member[]): Verdict {
  const reasons = healthReasons(members, status)
  const why = reasons ? withMessage(status, reasons) : `${status}; ${REASON_ELSEWHERE}`
  return status === "Degraded" ? failedVerdict(why) : waitingVerdict(why)
}

const REASON_ELSEWHERE =
  "the application does not contain the reason: wait for its workload too, or read Argo CD's API (--argocd-server)"

/** What Argo CD says of the members with this health. */
function healthReasons(members: Member[], status: string): string {
  const same = members.filter(({ health }) => health?.status === status && health.message?.trim())
  return same
    .slice(0, MOST_MEMBERS)
    .map((member) => withMessage(nameOf(member), member.health?.message))
    .join("; ")
}

/** One revision for each source. */
function revisionsOf({ revision, revisions }: z.infer<typeof Revisions>): string[] {
  return revisions?.length ? revisions : revision ? [revision] : []
}

/** https://argo-rollouts.readthedocs.io/en/stable/features/specification: the fields that are read. */
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

/** Requires the new pods to be the stable ones: until then a canary can be aborted. */
export function judgeRollout({ metadata, spec, status }: Rollout, { image }: DesiredRelease): Verdict {
  if (!spec.template) return blockedVerdict(externalTemplate(spec.workloadRef))
  const images = imagesOf(spec.template)
  if (!image || !carries(images, image)) return waitingVerdict(`its template has ${images.join(", ")}`)
  // the controller writes a number as text; up to release 0.9 it was a hash
  if (!(Number(status.observedGeneration) >= metadata.generation))
    return waitingVerdict("the controller has not observed its new template yet")
  if (status.controllerPause && !status.pauseConditions?.length) return waitingVerdict("about to resume after a pause")
  const state = withMessage(`${status.phase}${step({ spec, status })}`, status.message)
  if (status.phase === "Degraded") return failedVerdict(state)
  if (status.phase !== "Healthy") return waitingVerdict(state)
  if (!status.stableRS || status.stableRS !== status.currentPodHash)
    return waitingVerdict("its new pods are not the stable ones yet")
  return liveVerdict(spec.replicas === 0 ? NO_PODS : `Healthy, pods ${status.stableRS} are the stable ones`)
}

function step({ spec, status }: Pick<Rollout, "spec" | "status">): string {
  const steps = spec.strategy.canary?.steps.length
  return steps && typeof status.currentStepIndex === "number" ? ` at step ${status.currentStepIndex} of ${steps}` : ""
}

function externalTemplate(from?: { kind: string; name: string }): string {
  return `it has no template${from ? ` but refers to ${from.kind} ${from.name}` : ""}, so its digest is unknown`
}
