import { describe, expect, test } from "vitest"
import { parseEdit } from "../../../lib/gitops/edit/edit.ts"

describe("edit grammar", () => {
  test.each([
    { text: "helm:image", target: { kind: "helm", path: "image" } },
    { text: "yaml:a.b[name=x].c", target: { kind: "yaml", path: "a.b[name=x].c" } },
    { text: "yaml:a.b=tag", target: { kind: "yaml", path: "a.b", part: "tag" } },
    { text: "json:a", target: { kind: "json", path: "a" } },
    { text: "env:APP_IMAGE=hex", target: { kind: "env", key: "APP_IMAGE", part: "hex" } },
    { text: "kustomize:ghcr.io/acme/app", target: { kind: "kustomize", name: "ghcr.io/acme/app" } },
    { text: "flux:flux-system:app", target: { kind: "flux", policy: "flux-system:app" } },
    { text: "argocd-helm:image", target: { kind: "argocd-helm", path: "image" } },
    { text: "argocd-kustomize:app", target: { kind: "argocd-kustomize", name: "app" } },
    { text: "helmrelease:HelmRelease/app:image", target: { kind: "helmrelease", path: "HelmRelease/app:image" } },
  ])("parses $text", ({ text, target }) => expect(parseEdit(text)).toEqual(target))

  test.each([
    { text: "image.tag", expected: "one of yaml: json: env:" },
    { text: "toml:image", expected: "one of yaml: json: env:" },
    { text: "helm:", expected: "one of yaml: json: env:" },
    { text: "yaml:a=digset", expected: "one of ref, digest, hex, tag" },
  ])("refuses $text", ({ text, expected }) => {
    expect(() => parseEdit(text)).toThrow(`EDIT_INVALID: expected ${expected}`)
    expect(() => parseEdit(text)).toThrow(`got ${JSON.stringify(text)}`)
  })
})
