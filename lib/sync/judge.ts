import { z } from "zod"
import { parseJson } from "../config/file.ts"
import { Application, judgeApplication, judgeRollout, Rollout } from "./argo.ts"
import { HelmRelease, judgeHelmRelease, judgeKustomization, Kustomization } from "./flux.ts"
import {
  blockedVerdict,
  Condition,
  carries,
  conditionOf,
  conditionText,
  type DesiredRelease,
  failedVerdict,
  imagesOf,
  type Kind,
  liveVerdict,
  NO_PODS,
  PodTemplate,
  type Resource,
  resourceName,
  type Verdict,
  waitingVerdict,
  withMessage,
} from "./resource.ts"

/** https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#deployment-status: the fields that are read. */
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

/** The conditions of `kubectl rollout status`: all pods are new, no old pod is left, and all are available. */
export function judgeDeployment(
  { metadata, spec, status }: z.infer<typeof Deployment>,
  { image }: DesiredRelease,
): Verdict {
  const images = imagesOf(spec.template)
  if (!image || !carries(images, image)) return waitingVerdict(`its template has ${images.join(", ")}`)
  if (status.observedGeneration < metadata.generation)
    return waitingVerdict("the controller has not observed its new template yet")
  const progressing = conditionOf(status.conditions, "Progressing")
  if (progressing?.reason === "ProgressDeadlineExceeded")
    return failedVerdict(withMessage("not progressing", conditionText(progressing)))
  const { replicas, updatedReplicas, availableReplicas } = status
  const counts = `${updatedReplicas} of ${spec.replicas} pods are new, ${availableReplicas} available, ${replicas} in all`
  const done = updatedReplicas >= spec.replicas && replicas <= updatedReplicas && availableReplicas >= updatedReplicas
  if (done) return liveVerdict(spec.replicas === 0 ? NO_PODS : counts)
  return waitingVerdict(spec.paused ? `paused: ${counts}` : counts)
}

type Judge = (object: unknown, wanted: DesiredRelease) => Verdict

const JUDGES: Record<Kind, Judge> = {
  application: judgeOf(Application, judgeApplication),
  kustomization: judgeOf(Kustomization, judgeKustomization),
  helmrelease: judgeOf(HelmRelease, judgeHelmRelease),
  rollout: judgeOf(Rollout, judgeRollout),
  deployment: judgeOf(Deployment, judgeDeployment),
}

/** Judges an object in the API's response. */
export function judge(kind: Kind, object: unknown, wanted: DesiredRelease): Verdict {
  return JUDGES[kind](object, wanted)
}

/** An object of another shape ends the wait, because it must never read as "live". */
function judgeOf<T>(schema: z.ZodType<T>, decide: (object: T, wanted: DesiredRelease) => Verdict): Judge {
  return (object, wanted) => {
    const parsed = schema.safeParse(object)
    if (parsed.success) return decide(parsed.data, wanted)
    const fields = parsed.error.issues.map(({ path }) => path.join(".") || "fields").slice(0, 3)
    return blockedVerdict(`the API returned another object, without valid ${fields.join(", ")}`)
  }
}

/** The result of a read: a response, or the code of the connection's error. */
export type ApiResponse = { kind: "response"; status: number; body: string } | { kind: "none"; code: string }

/** Judges a read. An unreachable server means waiting; a refusal ends the wait after the settle time. */
export function judgeResponse(read: ApiResponse, resource: Resource, wanted: DesiredRelease): Verdict {
  if (read.kind === "none") return connectionError(read.code)
  const { status, body } = read
  if (status === 200) return judge(resource.kind, parseJson(body), wanted)
  if (status === 429 || status >= 500)
    return waitingVerdict(withMessage(`the API returned HTTP ${status}`, reasonIn(body)))
  return blockedVerdict(refusal(read, resource))
}

function connectionError(code: string): Verdict {
  if (/CERT|SELF_SIGNED|ISSUER|ERR_TLS/.test(code)) {
    return blockedVerdict(
      `the API's certificate is not trusted (${code}): pass its authority as --cluster-ca-certificate`,
    )
  }
  if (code.startsWith("ERR_OSSL")) return blockedVerdict(`the client certificate or its key cannot be read (${code})`)
  if (code === "ERR_INVALID_CHAR")
    return blockedVerdict("the token contains invalid characters: pass only its text as --cluster-token")
  return waitingVerdict(`the API cannot be reached (${code})`)
}

function refusal({ status, body }: ApiResponse & { kind: "response" }, resource: Resource): string {
  const text = withMessage(`the API returned HTTP ${status}`, reasonIn(body))
  const name = resourceName(resource)
  if (status === 401) return `${text}; the token is invalid or expired`
  if (status === 403) return `${text}; the identity has no permission to get ${name}${hidden(body)}`
  if (status === 404) return `${text}; ${name} or its API version does not exist`
  return text
}

/** Argo CD's API refuses an application that does not exist like one that the identity may not get. */
function hidden(body: string): string {
  return reasonIn(body) === "permission denied" ? ", or it does not exist" : ""
}

/** https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/; Argo CD uses `message`, too. */
function reasonIn(body: string): string | undefined {
  const status = parseJson(body) as { message?: unknown } | undefined
  return typeof status?.message === "string" ? status.message : undefined
}
