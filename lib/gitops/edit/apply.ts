import { applyArgoHelm, applyArgoKustomize } from "./argocd.ts"
import { applyDotenv } from "./dotenv.ts"
import type { Edit, EditResult } from "./edit.ts"
import { applyFlux } from "./flux.ts"
import { applyHelm, applyHelmRelease } from "./helm.ts"
import { applyKustomize } from "./kustomization.ts"
import { requireTag } from "./new-image.ts"
import { applyYaml } from "./yaml-value.ts"

/** Applies an edit. The same edit on its own result changes nothing. Errors list what the file does have. */
export function applyEdit(text: string, edit: Edit): EditResult {
  if (edit.image.tag !== undefined) requireTag(edit.image.tag)
  switch (edit.kind) {
    case "yaml":
    case "json":
      return applyYaml(text, edit)
    case "env":
      return applyDotenv(text, edit)
    case "helm":
      return applyHelm(text, edit)
    case "helmrelease":
      return applyHelmRelease(text, edit)
    case "argocd-helm":
      return applyArgoHelm(text, edit)
    case "argocd-kustomize":
      return applyArgoKustomize(text, edit)
    case "kustomize":
      return applyKustomize(text, edit)
    case "flux":
      return applyFlux(text, edit)
  }
}
