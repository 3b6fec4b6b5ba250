/**
 * Edits of a GitOps repository's files, each a pure function from text to text.
 *
 * As a person writes them: a kind, a colon, and what is edited.
 *
 *     yaml:image.digest                                one value by path; which part of the reference it holds is told
 *     yaml:spec.containers[name=app].image             from its key (image, repository, registry, tag, digest, sha …)
 *     yaml:Deployment/web:spec.template.spec…          in the file's object of this kind and name
 *     yaml:&image                                      the value of an anchor, wherever the file uses it
 *     yaml:deploy.revision=tag                         the part said outright: ref, digest, hex (a digest without
 *                                                      "sha256:"), tag, pinned-tag (tag@digest), repository, registry, path
 *     json:containerDefinitions[name=app].image        the same in JSON
 *     env:APP_IMAGE                                    a key of a .env file, with =part as above
 *     helm:image                                       an image in values: one text, or registry, repository, tag, digest
 *     helmrelease:image                                the same below spec.values of a HelmRelease
 *     kustomize:ghcr.io/acme/app                       an entry of images: in a kustomization, by the name it matches
 *     flux:flux-system:app                             all that the marker {"$imagepolicy": "flux-system:app"} marks
 *     argocd-kustomize:ghcr.io/acme/app                kustomize.images of an Application (or ApplicationSet)
 *     argocd-helm:image                                its Helm values or parameters: image, or image.tag, image.digest …
 *
 * `Kind/name:` (or `Kind/namespace/name:`) may stand before what any YAML edit names, for files of several objects.
 */
import { quote, SlipwayError } from "../../error.ts"
import { type NewImage, Part } from "./new-image.ts"

/** What is edited, by the grammar above; `path`, `name` and `policy` are the text behind the kind. */
export type EditTarget =
  | { kind: "yaml" | "json"; path: string; part?: Part }
  | { kind: "env"; key: string; part?: Part }
  | { kind: "helm"; path: string }
  | { kind: "helmrelease"; path: string }
  | { kind: "argocd-helm"; path: string }
  | { kind: "kustomize"; name: string }
  | { kind: "argocd-kustomize"; name: string }
  | { kind: "flux"; policy: string }

/** A target and the image that goes there: `{ ...parseEdit("helm:image"), image: { ref } }`. */
export type Edit = EditTarget & { image: NewImage }

/** One value that differs, as a reader of the file sees it: aliases resolved, empty where there is no such value. */
export type Change = { path: string; before: string; after: string }

/**
 * The new text and what is new about it; without a change the text is the old one. Notes are for people. `pinned` tells
 * whether one of the values that the edit addresses holds the digest now: others may be about a name or a tag alone.
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
] as const

/** Reads an edit as a person writes it, by the grammar at the top of this file. */
export function parseEdit(text: string): EditTarget {
  const [, name = "", rest = ""] = text.match(/^([a-z-]+):(.+)$/s) ?? []
  const kind = KINDS.find((one) => one === name)
  if (!kind) throw invalidEdit(text, `one of ${KINDS.map((one) => `${one}:`).join(" ")} and what is edited`)
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
    fix: "Write an edit such as helm:image, yaml:image.digest, kustomize:ghcr.io/acme/app, flux:flux-system:app or env:APP_IMAGE.",
  })
}
