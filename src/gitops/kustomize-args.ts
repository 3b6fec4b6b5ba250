import { KUSTOMIZE } from "../config/tools.ts"
import { type ImageChange, imageText } from "./overlay-verdict.ts"

/** kustomize's own edit; it works on the kustomization of the folder in which it runs. */
export function setImageArgs(changes: ImageChange[]): string[] {
  return [KUSTOMIZE, "edit", "set", "image", ...changes.map((change) => `${change.image}=${imageText(change)}`)]
}

export function buildArgs(path: string): string[] {
  return [KUSTOMIZE, "build", path]
}
