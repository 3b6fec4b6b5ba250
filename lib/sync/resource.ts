import { LABEL, OBJECT_NAME } from "../config/argument.ts"
import { quote, SlipwayError } from "../error.ts"
import type { Wanted } from "./verdict.ts"

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

const SHAPE_WORDS = `KIND/NAMESPACE/NAME with one of ${Object.keys(KINDS).join(", ")}`
const SHAPE_FIX =
  "Name what deploys the image, such as application/argocd/hello, kustomization/flux-system/apps or rollout/shop/hello."

/** At least one: to wait for nothing would always succeed. */
export function parseResources(texts: string[]): Resource[] {
  if (texts.length > 0) return texts.map(parseResource)
  throw new SlipwayError("OPTIONS_INVALID", { expected: SHAPE_WORDS, got: "none", fix: SHAPE_FIX })
}

/** KIND/NAMESPACE/NAME; the namespace is always said, since each tool has another default. */
function parseResource(text: string): Resource {
  const [, kind = "", namespace = "", name = ""] = text.match(SHAPE) ?? []
  if (Object.hasOwn(KINDS, kind)) return { kind: kind as Kind, namespace, name }
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: SHAPE_WORDS,
    got: quote(text),
    fix: SHAPE_FIX,
  })
}

export function resourceName({ kind, namespace, name }: Resource): string {
  return `${kind}/${namespace}/${name}`
}

/** Refuses to wait for what this kind of resource cannot show. */
export function requireTellable(resource: Resource, wanted: Wanted): void {
  const needs: readonly ("commit" | "image")[] = KINDS[resource.kind].needs
  if (needs.some((need) => wanted[need])) return
  const ways = needs.map((need) => (need === "commit" ? "the commit" : "the image's ref")).join(" or ")
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: `${ways} to wait for in ${resourceName(resource)}`,
    got: wanted.commit ? "a commit alone" : wanted.image ? "a ref alone" : "neither",
    fix: "bump-gitops and ship print the commit, publish prints the ref: pass both, then any kind can be waited for.",
  })
}
