/**
 * Edits of a GitOps repository's files, each a pure function from text to text.
 *
 * An edit is a kind, a colon and an address:
 *
 *     yaml:image.digest                                one value by path; its key tells its part of the reference
 *     yaml:spec.containers[name=app].image             (image, repository, registry, tag, digest, sha …)
 *     yaml:Deployment/web:spec.template.spec…          in the file's object of this kind and name
 *     yaml:&image                                      the value of an anchor, and all its aliases
 *     yaml:deploy.revision=tag                         an explicit part: ref, digest, hex (a digest without
 *                                                      "sha256:"), tag, pinned-tag (tag@digest), repository, registry, path
 *     json:containerDefinitions[name=app].image        the same in JSON
 *     env:APP_IMAGE                                    a key of a .env file, with =part as above
 *     helm:image                                       an image in values: one text, or registry, repository, tag, digest
 *     helmrelease:image                                the same below spec.values of a HelmRelease
 *     kustomize:ghcr.io/acme/app                       an entry of images: in a kustomization, by the name it matches
 *     flux:flux-system:app                             all values with the marker {"$imagepolicy": "flux-system:app"}
 *     argocd-kustomize:ghcr.io/acme/app                kustomize.images of an Application (or ApplicationSet)
 *     argocd-helm:image                                its Helm values or parameters: image, or image.tag, image.digest …
 *     chart:web                                        version and digest of a Helm chart, wherever the file takes it from:
 *                                                      Argo CD's Application, Flux's OCIRepository, HelmRelease …
 *
 * In files of several objects, `Kind/name:` (or `Kind/namespace/name:`) may precede the address of any YAML edit.
 */
import { quote, SlipwayError } from "../../error.ts"
import { type NewImage, Part } from "./new-image.ts"

/** A parsed edit; `path`, `name` and `policy` are the text after the kind. */
export type EditTarget =
  | { kind: "yaml" | "json"; path: string; part?: Part }
  | { kind: "env"; key: string; part?: Part }
  | { kind: "helm"; path: string }
  | { kind: "helmrelease"; path: string }
  | { kind: "argocd-helm"; path: string }
  | { kind: "kustomize"; name: string }
  | { kind: "argocd-kustomize"; name: string }
  | { kind: "flux"; policy: string }
  | { kind: "chart"; name: string }

/** A target and its new image: `{ ...parseEdit("helm:image"), image: { ref } }`. */
export type Edit = EditTarget & { image: NewImage }

/** A changed value with aliases resolved; empty where there is no value. */
export type Change = { path: string; before: string; after: string }

/**
 * The new text and its changes; without a change the text is the old one. `pinned` tells whether an addressed value holds
 * the digest now, since an edit may address only a name or a tag.
 */
export type EditResult = { text: string; changes: Change[]; notes: string[]; pinned: boolean }

const KINDS = [
  "yaml",
  "json",
  "env",
  "helm",
  "helmrelease",
  "argocd-helm",
  "kustomize",
  "argocd-kustomize",
  "flux",
  "chart",
] as const

/** Parses an edit by the grammar at the top of this file. */
export function parseEdit(text: string): EditTarget {
  const [, name = "", rest = ""] = text.match(/^([a-z-]+):(.+)$/s) ?? []
  const kind = KINDS.find((one) => one === name)
  if (!kind) throw invalidEdit(text, `one of ${KINDS.map((one) => `${one}:`).join(" ")} and an address`)
  switch (kind) {
    case "yaml":
    case "json":
      return { kind, ...splitPart(text, rest) }
    case "env": {
      const { path, part } = splitPart(text, rest)
      return { kind, key: path, ...(part && { part }) }
    }
    case "helm":
    case "helmrelease":
    case "argocd-helm":
      return { kind, path: rest }
    case "kustomize":
    case "argocd-kustomize":
    case "chart":
      return { kind, name: rest }
    case "flux":
      return { kind, policy: rest }
  }
}

function splitPart(text: string, rest: string): { path: string; part?: Part } {
  const [, path, name] = rest.match(/^(.+)=([^\]=]*)$/s) ?? []
  if (!path) return { path: rest }
  const part = Part.safeParse(name)
  if (part.success) return { path, part: part.data }
  throw invalidEdit(text, `one of ${Part.options.join(", ")} after the "="`)
}

function invalidEdit(text: string, expected: string): SlipwayError {
  return new SlipwayError("EDIT_INVALID", {
    expected,
    got: quote(text),
    fix: "Set --edits to one such as helm:image, yaml:image.digest, kustomize:ghcr.io/acme/app, flux:flux-system:app or env:APP_IMAGE.",
  })
}
