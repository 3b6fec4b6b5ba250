import { z } from "zod"
import { parseJson } from "../config/file.ts"
import { Application, judgeApplication, judgeRollout, Rollout } from "./argo.ts"
import { HelmRelease, judgeHelmRelease, judgeKustomization, Kustomization } from "./flux.ts"
import {
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
  says,
  type Verdict,
  waitingVerdict,
} from "./resource.ts"

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
export function judgeDeployment(
  { metadata, spec, status }: z.infer<typeof Deployment>,
  { image }: DesiredRelease,
): Verdict {
  const images = imagesOf(spec.template)
  if (!image || !carries(images, image)) return waitingVerdict(`its template has ${images.join(", ")}`)
  if (status.observedGeneration < metadata.generation) return waitingVerdict("its new template is not observed yet")
  const progressing = conditionOf(status.conditions, "Progressing")
  if (progressing?.reason === "ProgressDeadlineExceeded")
    return failedVerdict(says("not progressing", conditionText(progressing)))
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

/** What an object, as the API answered it, says of the release. */
export function judge(kind: Kind, object: unknown, wanted: DesiredRelease): Verdict {
  return JUDGES[kind](object, wanted)
}

/** An object of another shape says nothing, which must never read as "live". */
function judgeOf<T>(schema: z.ZodType<T>, decide: (object: T, wanted: DesiredRelease) => Verdict): Judge {
  return (object, wanted) => {
    const parsed = schema.safeParse(object)
    if (parsed.success) return decide(parsed.data, wanted)
    const fields = parsed.error.issues.map(({ path }) => path.join(".") || "the whole").slice(0, 3)
    return failedVerdict(`the API answered something else than such an object: ${fields.join(", ")}`)
  }
}

/** What came of a read: an answer, or the code of what went wrong on the way. */
export type ApiResponse = { kind: "answer"; status: number; body: string } | { kind: "none"; code: string }

/** What a read says of the release. A server that is away may come back; one that refuses is believed in a while. */
export function judgeResponse(read: ApiResponse, resource: Resource, wanted: DesiredRelease): Verdict {
  if (read.kind === "none") return onTheWay(read.code)
  const { status, body } = read
  if (status === 200) return judge(resource.kind, parseJson(body), wanted)
  if (status === 429 || status >= 500) return waitingVerdict(says(`the API answered HTTP ${status}`, reasonIn(body)))
  return failedVerdict(refusal(read, resource))
}

function onTheWay(code: string): Verdict {
  if (/CERT|SELF_SIGNED|ISSUER|ERR_TLS/.test(code)) {
    return failedVerdict(
      `its certificate is not accepted (${code}): pass --ca-certificate, the authority that issued it`,
    )
  }
  if (code.startsWith("ERR_OSSL")) return failedVerdict(`the client certificate or its key cannot be read (${code})`)
  if (code === "ERR_INVALID_CHAR")
    return failedVerdict("the token has characters that no token has: pass its text alone")
  return waitingVerdict(`the API cannot be reached (${code})`)
}

function refusal({ status, body }: ApiResponse & { kind: "answer" }, resource: Resource): string {
  const said = says(`the API answered HTTP ${status}`, reasonIn(body))
  const what = resourceName(resource)
  if (status === 401) return `${said}; the token is not valid, or no longer`
  if (status === 403) return `${said}; the identity may not get ${what}`
  if (status === 404) return `${said}; there is no ${what}, or no such kind in this version`
  return said
}

/** https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/; Argo CD says it in `message`, too. */
function reasonIn(body: string): string | undefined {
  const status = parseJson(body) as { message?: unknown } | undefined
  return typeof status?.message === "string" ? status.message : undefined
}
