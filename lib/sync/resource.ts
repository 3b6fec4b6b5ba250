import { z } from "zod"
import { LABEL, OBJECT_NAME } from "../config/argument.ts"
import { quote, SlipwayError } from "../error.ts"
import { parseDigestRef, splitDigestRef } from "../oci/reference.ts"

/** What can be waited for, and where the Kubernetes API has it. */
export const KINDS = {
  application: { path: "apis/argoproj.io/v1alpha1", plural: "applications", needs: ["commit", "image"] },
  kustomization: { path: "apis/kustomize.toolkit.fluxcd.io/v1", plural: "kustomizations", needs: ["commit"] },
  helmrelease: { path: "apis/helm.toolkit.fluxcd.io/v2", plural: "helmreleases", needs: ["image"] },
  rollout: { path: "apis/argoproj.io/v1alpha1", plural: "rollouts", needs: ["image"] },
  deployment: { path: "apis/apps/v1", plural: "deployments", needs: ["image"] },
} as const

export type Kind = keyof typeof KINDS
export type Resource = { kind: Kind; namespace: string; name: string }

const SHAPE = new RegExp(`^([a-z]+)/(${LABEL})/(${OBJECT_NAME})$`)

const RESOURCE_FORM = `KIND/NAMESPACE/NAME with one of ${Object.keys(KINDS).join(", ")}`
const RESOURCE_FIX =
  "Name what deploys the image, such as application/argocd/hello, kustomization/flux-system/apps or rollout/shop/hello."

/** At least one: to wait for nothing would always succeed. */
export function parseResources(texts: string[]): Resource[] {
  if (texts.length > 0) return texts.map(parseResource)
  throw new SlipwayError("OPTIONS_INVALID", { expected: RESOURCE_FORM, got: "none", fix: RESOURCE_FIX })
}

/** KIND/NAMESPACE/NAME; the namespace is always said, since each tool has another default. */
function parseResource(text: string): Resource {
  const [, kind = "", namespace = "", name = ""] = text.match(SHAPE) ?? []
  if (Object.hasOwn(KINDS, kind)) return { kind: kind as Kind, namespace, name }
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: RESOURCE_FORM,
    got: quote(text),
    fix: RESOURCE_FIX,
  })
}

export function resourceName({ kind, namespace, name }: Resource): string {
  return `${kind}/${namespace}/${name}`
}

/** Refuses to wait for what this kind of resource cannot show. */
export function requireVerifiable(resource: Resource, wanted: DesiredRelease): void {
  const needs: readonly ("commit" | "image")[] = KINDS[resource.kind].needs
  if (needs.some((need) => wanted[need])) return
  const ways = needs.map((need) => (need === "commit" ? "the commit" : "the image's ref")).join(" or ")
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: `${ways} to wait for in ${resourceName(resource)}`,
    got: wanted.commit ? "a commit alone" : wanted.image ? "a ref alone" : "neither",
    fix: "bump-gitops and ship print the commit, publish prints the ref: pass both, then any kind can be waited for.",
  })
}

/** The commit is compared as a whole: the start of one may be that of another, too. */
export function parseDesiredRelease({ commit, ref }: { commit?: string; ref?: string }): DesiredRelease {
  if (commit !== undefined && !/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(commit)) throw shortCommit(commit)
  return { ...(commit && { commit }), ...(ref !== undefined && { image: desiredImage(ref) }) }
}

function desiredImage(ref: string): DesiredRelease["image"] {
  const { repository, digest } = splitDigestRef(parseDigestRef(ref))
  return { repository: repository.name, digest }
}

function shortCommit(commit: string): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: "the whole commit of the GitOps repository, 40 or 64 hex digits",
    got: quote(commit),
    fix: "Pass the commit as bump-gitops or ship printed it; a branch's name or a short form can mean another one.",
  })
}

/** What one look at a resource says of the release that is waited for. */
export type Verdict = { kind: "live"; how: string } | { kind: "waiting"; why: string } | { kind: "failed"; why: string }

/** The release: the commit of the GitOps repository that asks for it, and the image, as far as the caller named them. */
export type DesiredRelease = { commit?: string; image?: DesiredImage }
type DesiredImage = { repository: string; digest: string }

export function liveVerdict(how: string): Verdict {
  return { kind: "live", how }
}

export function waitingVerdict(why: string): Verdict {
  return { kind: "waiting", why }
}

export function failedVerdict(why: string): Verdict {
  return { kind: "failed", why }
}

/** A controller's own words on one line, and not the whole of a log. */
export function oneLine(text: string): string {
  const line = text.replace(/\s+/g, " ").trim()
  return line.length > 300 ? `${line.slice(0, 300)}…` : line
}

/** What a resource says of itself, with its reason if it gives one. */
export function says(state: string, message?: string): string {
  return message?.trim() ? `${state}: ${oneLine(message)}` : state
}

// https://github.com/kubernetes/community/blob/master/contributors/devel/sig-architecture/api-conventions.md#typical-status-properties
export const Condition = z.object({
  type: z.string(),
  status: z.string(),
  reason: z.string().optional(),
  message: z.string().optional(),
  observedGeneration: z.number().optional(),
})
export type Condition = z.infer<typeof Condition>

export function conditionOf(conditions: Condition[], type: string): Condition | undefined {
  return conditions.find((condition) => condition.type === type)
}

export function holds(conditions: Condition[], type: string): boolean {
  return conditionOf(conditions, type)?.status === "True"
}

/** A condition's reason and words, in one. */
export function conditionText({ reason, message }: Pick<Condition, "reason" | "message">): string | undefined {
  return [reason, message].filter(Boolean).join(": ") || undefined
}

const Containers = z.array(z.object({ image: z.string().default("") })).default([])

/** The part of a workload that names its images. */
export const PodTemplate = z.object({
  spec: z.object({ containers: Containers, initContainers: Containers }),
})
export type PodTemplate = z.infer<typeof PodTemplate>

/** A workload that is scaled to zero has arrived, but nobody must read that as a release that runs. */
export const NO_PODS = "scaled to 0 replicas: its template has the image, and no pod runs it"

export function imagesOf({ spec }: PodTemplate): string[] {
  return [...spec.initContainers, ...spec.containers].map(({ image }) => image)
}

/** Content has one name everywhere, so a mirror's repository counts as well. */
export function carries(images: string[], { digest }: DesiredImage): boolean {
  return images.some((image) => image.endsWith(`@${digest}`))
}

/** The others that have the wanted image's repository, whatever tag or digest. */
export function ofRepository(images: string[], { repository }: DesiredImage): string[] {
  return images.filter((image) => image.replace(/@.*$/, "").replace(/:[^/:]+$/, "") === repository)
}
