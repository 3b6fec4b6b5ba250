import { describe, expect, test } from "vitest"
import { applyHelm, applyHelmRelease } from "../../../lib/gitops/edit/helm.ts"
import { REF } from "./edit-cases.ts"

const image = { ref: REF }

describe("an image in values", () => {
  test("that is an alias is refused by its own path, since others share it", () => {
    const text = "x: &i {repository: a.b/c, digest: d}\napi: {image: *i}\nweb: {image: *i}\n"
    expect(() => applyHelm(text, { kind: "helm", path: "api.image.digest", image })).toThrow(
      /shared through the anchor &i/,
    )
  })

  test("changes repository and digest, and nothing else", () => {
    const text = "image: {repository: a.b/c, digest: d, pullPolicy: Always}\n"
    const { changes } = applyHelm(text, { kind: "helm", path: "image", image })
    expect(changes.map(({ path }) => path)).toEqual(["image.repository", "image.digest"])
  })
})

describe("an image of a HelmRelease", () => {
  test("is looked for below spec.values alone", () => {
    const text = "image: {digest: d}\nspec: {values: {image: {digest: d}}}\n"
    const { changes } = applyHelmRelease(text, { kind: "helmrelease", path: "image", image })
    expect(changes.map(({ path }) => path)).toEqual(["spec.values.image.digest"])
  })

  test("that is not there is refused", () => {
    expect(() => applyHelmRelease("spec: {values: {a: 1}}\n", { kind: "helmrelease", path: "image", image })).toThrow(
      /IMAGE_NOT_FOUND/,
    )
    expect(() => applyHelmRelease("spec: {}\n", { kind: "helmrelease", path: "image", image })).toThrow(
      /IMAGE_NOT_FOUND/,
    )
  })
})
