import { z } from "zod"
import { LABEL, OBJECT_NAME } from "../config/argument.ts"
import { quote, SlipwayError } from "../error.ts"
import { parseDigestRef, splitDigestRef } from "../oci/reference.ts"

/** The supported kinds, and their paths in the Kubernetes API. */
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
  "Set --resources to the objects that deploy the image, such as application/argocd/hello, kustomization/flux-system/apps or rollout/shop/hello."

/** Requires at least one resource, because a wait for none would always succeed. */
export function parseResources(texts: string[]): Resource[] {
  if (texts.length > 0) return texts.map(parseResource)
  throw new SlipwayError("OPTIONS_INVALID", { expected: RESOURCE_FORM, got: "none", fix: RESOURCE_FIX })
}

/** KIND/NAMESPACE/NAME; the namespace is required, because each tool has another default. */
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

/** Refuses a release that this kind of resource does not report. */
export function requireVerifiable(resource: Resource, wanted: DesiredRelease): void {
  const needs: readonly ("commit" | "image")[] = KINDS[resource.kind].needs
  if (needs.some((need) => wanted[need])) return
  const flags = needs.map((need) => (need === "commit" ? "--commit" : "--ref")).join(" or ")
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: `${flags} for ${resourceName(resource)}`,
    got: wanted.commit ? "--commit alone" : wanted.image ? "--ref alone" : "neither",
    fix: "Pass both, which suffices for any kind: bump-gitops and ship print the commit, publish prints the ref.",
  })
}

/** Requires a full commit, because an abbreviation may match another one. */
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
    expected: "a full commit of the GitOps repository, 40 or 64 hex digits",
    got: quote(commit),
    fix: "Set --commit to the commit that bump-gitops or ship printed, not to a branch or an abbreviation.",
  })
}

/**
 * The state of the release in a resource. A failed release may be taken back; "blocked" also ends the wait, but tells nothing
 * about the release, such as an API that refuses the read.
 */
export type Verdict =
  | { kind: "live"; how: string }
  | { kind: "waiting"; why: string; retrying?: true }
  | { kind: "failed" | "blocked"; why: string }

/** The desired release: its commit in the GitOps repository and its image, as far as the caller passes them. */
export type DesiredRelease = { commit?: string; image?: DesiredImage }
type DesiredImage = { repository: string; digest: string }

export function liveVerdict(how: string): Verdict {
  return { kind: "live", how }
}

export function waitingVerdict(why: string): Verdict {
  return { kind: "waiting", why }
}

/** A controller may repeat an attempt that failed: a failure that was seen before has not passed. */
export function retryingVerdict(why: string): Verdict {
  return { kind: "waiting", why, retrying: true }
}

export function failedVerdict(why: string): Verdict {
  return { kind: "failed", why }
}

export function blockedVerdict(why: string): Verdict {
  return { kind: "blocked", why }
}

/** Argo CD writes 290 characters before it names the file that kustomize cannot read. */
const LONGEST_LINE = 500

/** Joins a controller's message into one line of limited length. */
export function oneLine(text: string): string {
  const line = text.replace(/\s+/g, " ").trim()
  return line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}…` : line
}

/** A state with the controller's message, if any. */
export function withMessage(state: string, message?: string): string {
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

/** A condition's reason and message. */
export function conditionText({ reason, message }: Pick<Condition, "reason" | "message">): string | undefined {
  return [reason, message].filter(Boolean).join(": ") || undefined
}

const Containers = z.array(z.object({ image: z.string().default("") })).default([])

/** The part of a workload that names its images. */
export const PodTemplate = z.object({
  spec: z.object({ containers: Containers, initContainers: Containers }),
})
export type PodTemplate = z.infer<typeof PodTemplate>

/** A workload scaled to zero is live, but its text must not suggest that the release runs. */
export const NO_PODS = "scaled to 0 replicas: its template has the image, but no pod runs it"

export function imagesOf({ spec }: PodTemplate): string[] {
  return [...spec.initContainers, ...spec.containers].map(({ image }) => image)
}

/** Compares digests only, so that a mirror's repository matches. */
export function carries(images: string[], { digest }: DesiredImage): boolean {
  return images.some((image) => image.endsWith(`@${digest}`))
}

/** The images of the same repository, with any tag or digest. */
export function ofRepository(images: string[], { repository }: DesiredImage): string[] {
  return images.filter((image) => image.replace(/@.*$/, "").replace(/:[^/:]+$/, "") === repository)
}
