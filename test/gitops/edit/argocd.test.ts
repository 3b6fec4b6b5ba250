import { describe, expect, test } from "vitest"
import { applyArgoHelm, applyArgoKustomize } from "../../../lib/gitops/edit/argocd.ts"
import { REF } from "./edit-cases.ts"

const image = { ref: REF }

describe("an Application's Helm parameters", () => {
  test("win over its values, as they do in Argo CD", () => {
    const text =
      'spec: {source: {helm: {parameters: [{name: image.digest, value: ""}], valuesObject: {image: {digest: ""}}}}}\n'
    const { changes } = applyArgoHelm(text, { kind: "argocd-helm", path: "image.digest", image })
    expect(changes.map(({ path }) => path)).toEqual(["spec.source.helm.parameters[name=image.digest].value"])
  })

  test("are looked for in every source", () => {
    const text = 'spec: {sources: [{chart: a}, {helm: {parameters: [{name: image.digest, value: ""}]}}]}\n'
    expect(applyArgoHelm(text, { kind: "argocd-helm", path: "image.digest", image }).changes).toHaveLength(1)
  })

  test.each(["image.tag", "image"])("that are image.tag alone take the spare tag with the digest (%s)", (path) => {
    const text = "spec: {source: {helm: {parameters: [{name: image.tag, value: v1}]}}}\n"
    const { changes } = applyArgoHelm(text, { kind: "argocd-helm", path, image: { ref: REF, spareTag: "v3" } })
    expect(changes.map(({ after }) => after)).toEqual([`v3@${REF.split("@")[1]}`])
  })

  test("leave a name that a global registry stands before", () => {
    const text =
      "spec: {source: {helm: {parameters: [{name: global.imageRegistry, value: ghcr.io}, {name: image.repository, value: acme/app}, {name: image.tag, value: v1}]}}}\n"
    const { changes } = applyArgoHelm(text, { kind: "argocd-helm", path: "image", image: { ref: REF, tag: "v2" } })
    expect(changes.map(({ path }) => path)).toEqual(["spec.source.helm.parameters[name=image.tag].value"])
  })

  test("of the same name twice are refused", () => {
    const text = "spec: {source: {helm: {parameters: [{name: image, value: a}, {name: image, value: b}]}}}\n"
    expect(() => applyArgoHelm(text, { kind: "argocd-helm", path: "image", image })).toThrow(
      /EDIT_INVALID: expected image once/,
    )
  })
})

test("an image of kustomize that two sources have needs its object's name", () => {
  const one = (name: string) =>
    `kind: Application\nmetadata: {name: ${name}}\nspec: {source: {kustomize: {images: [app]}}}\n`
  const text = `${one("a")}---\n${one("b")}`
  const edit = (name: string) => applyArgoKustomize(text, { kind: "argocd-kustomize", name, image })
  expect(() => edit("app")).toThrow(/EDIT_INVALID: expected app once/)
  expect(edit("Application/b:app").changes.map(({ path }) => path)).toEqual([
    "Application/b:spec.source.kustomize.images[0]",
  ])
})
