import { describe, expect, test } from "vitest"
import { applyArgoHelm, applyArgoKustomize } from "../../../lib/gitops/edit/argocd.ts"
import { REF } from "./edit-cases.ts"

const image = { ref: REF }

describe("Helm parameters of an Application", () => {
  test("edits parameters instead of values, as Argo CD prefers them", () => {
    const text =
      'spec: {source: {helm: {parameters: [{name: image.digest, value: ""}], valuesObject: {image: {digest: ""}}}}}\n'
    const { changes } = applyArgoHelm(text, { kind: "argocd-helm", path: "image.digest", image })
    expect(changes.map(({ path }) => path)).toEqual(["spec.source.helm.parameters[name=image.digest].value"])
  })

  test("finds parameters in every source", () => {
    const text = 'spec: {sources: [{chart: a}, {helm: {parameters: [{name: image.digest, value: ""}]}}]}\n'
    expect(applyArgoHelm(text, { kind: "argocd-helm", path: "image.digest", image }).changes).toHaveLength(1)
  })

  test.each(["image.tag", "image"])("writes the spare tag with the digest to a single image.tag (%s)", (path) => {
    const text = "spec: {source: {helm: {parameters: [{name: image.tag, value: v1}]}}}\n"
    const { changes } = applyArgoHelm(text, { kind: "argocd-helm", path, image: { ref: REF, spareTag: "v3" } })
    expect(changes.map(({ after }) => after)).toEqual([`v3@${REF.split("@")[1]}`])
  })

  test("keeps a name below a global registry", () => {
    const text =
      "spec: {source: {helm: {parameters: [{name: global.imageRegistry, value: ghcr.io}, {name: image.repository, value: acme/app}, {name: image.tag, value: v1}]}}}\n"
    const { changes } = applyArgoHelm(text, { kind: "argocd-helm", path: "image", image: { ref: REF, tag: "v2" } })
    expect(changes.map(({ path }) => path)).toEqual(["spec.source.helm.parameters[name=image.tag].value"])
  })

  test("refuses two parameters of the same name", () => {
    const text = "spec: {source: {helm: {parameters: [{name: image, value: a}, {name: image, value: b}]}}}\n"
    expect(() => applyArgoHelm(text, { kind: "argocd-helm", path: "image", image })).toThrow(
      /EDIT_INVALID: expected image in one place/,
    )
  })
})

test("requires the object's name for a kustomize image in two sources", () => {
  const one = (name: string) =>
    `kind: Application\nmetadata: {name: ${name}}\nspec: {source: {kustomize: {images: [app]}}}\n`
  const text = `${one("a")}---\n${one("b")}`
  const edit = (name: string) => applyArgoKustomize(text, { kind: "argocd-kustomize", name, image })
  expect(() => edit("app")).toThrow(/EDIT_INVALID: expected app in one place/)
  expect(edit("Application/b:app").changes.map(({ path }) => path)).toEqual([
    "Application/b:spec.source.kustomize.images[0]",
  ])
})
