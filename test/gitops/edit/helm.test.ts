import { describe, expect, test } from "vitest"
import { applyHelm, applyHelmRelease, openEmbeddedFile } from "../../../lib/gitops/edit/helm.ts"
import { spliceText } from "../../../lib/gitops/edit/splice.ts"
import { locate, parseAddress } from "../../../lib/gitops/edit/yaml/cursor.ts"
import { parseYaml } from "../../../lib/gitops/edit/yaml/document.ts"
import { applyYaml } from "../../../lib/gitops/edit/yaml-value.ts"
import { NEW, REF } from "./edit-cases.ts"

describe("embedded", () => {
  const open = (text: string) => openEmbeddedFile(locate(parseYaml(text), parseAddress("v")))

  describe("document in a text", () => {
    test.each([
      { name: "a literal block", text: "v: |\n  a: 1\n  b: x\n", is: "v: |\n  a: 1\n  b: y\n" },
      { name: "a stripped literal block", text: "v: |-\n    b: x", is: "v: |-\n    b: y" },
      {
        name: "a literal block with an indentation indicator",
        text: "v: |2\n    b: x\nw: 1\n",
        is: "v: |2\n    b: y\nw: 1\n",
      },
      {
        name: "a literal block with blank lines",
        text: "v: |\n  # said\n\n  b: x\n",
        is: "v: |\n  # said\n\n  b: y\n",
      },
    ])("edits $name in place", ({ text, is }) => {
      const { file, outward } = open(text)
      const at = file.text.indexOf("x")
      expect(spliceText(text, [outward({ start: at, end: at + 1, text: "y" })])).toBe(is)
    })

    test.each(["v: x\n", 'v: "a: 1"\n', "v: >\n  a: 1\n", "v: {a: 1}\n"])("refuses %j as a document", (text) => {
      expect(() => open(text)).toThrow(/EDIT_INVALID: expected a document in a literal block \(\|\) at v/)
    })
  })
})

describe("helm", () => {
  const image = { ref: REF }

  describe("image in values", () => {
    test("refuses an aliased image by its path", () => {
      const text = "x: &i {repository: a.b/c, digest: d}\napi: {image: *i}\nweb: {image: *i}\n"
      expect(() => applyHelm(text, { kind: "helm", path: "api.image.digest", image })).toThrow(
        /shared through the anchor &i/,
      )
    })

    test("changes only repository and digest", () => {
      const text = "image: {repository: a.b/c, digest: d, pullPolicy: Always}\n"
      const { changes } = applyHelm(text, { kind: "helm", path: "image", image })
      expect(changes.map(({ path }) => path)).toEqual(["image.repository", "image.digest"])
    })
  })

  describe("registry of an image", () => {
    test.each([
      { name: "below global", text: "global: {imageRegistry: ghcr.io}\nweb:\n" },
      { name: "further below global", text: "global: {image: {registry: ghcr.io/}}\nweb:\n" },
      { name: "at the root of the values", text: "dockerRegistry: ghcr.io\nweb:\n" },
    ])("does not repeat a registry $name in the repository", ({ text }) => {
      const values = `${text}  image: {repository: acme/app, tag: v1}\n`
      const edited = applyHelm(values, { kind: "helm", path: "web.image", image: { ref: REF, tag: "v2" } })
      expect(edited.text).toBe(values.replace("v1", `v2@sha256:${NEW}`))
      const name = applyYaml(values, { kind: "yaml", path: "web.image.repository", image })
      expect(name.text).toBe(values)
    })

    test("writes the registry into the repository if the global one differs", () => {
      const values = "global: {imageRegistry: old.example}\nimage: {repository: acme/app, digest: ''}\n"
      expect(applyHelm(values, { kind: "helm", path: "image", image }).text).toContain("repository: ghcr.io/acme/app")
    })
  })

  test("does not write to the tag of another image", () => {
    const text = "image: registry.example/acme/api\nimageTag: v1\ninitImage: ghcr.io/acme/app\n"
    const edited = applyHelm(text, { kind: "helm", path: "initImage", image: { ref: REF, tag: "v2" } })
    expect(edited.text).toBe(text.replace("acme/app", `acme/app:v2@sha256:${NEW}`))
  })

  describe("image of a HelmRelease", () => {
    test("finds an image only below spec.values", () => {
      const text = "image: {digest: d}\nspec: {values: {image: {digest: d}}}\n"
      const { changes } = applyHelmRelease(text, { kind: "helmrelease", path: "image", image })
      expect(changes.map(({ path }) => path)).toEqual(["spec.values.image.digest"])
    })

    test("refuses a missing image", () => {
      expect(() => applyHelmRelease("spec: {values: {a: 1}}\n", { kind: "helmrelease", path: "image", image })).toThrow(
        /IMAGE_NOT_FOUND/,
      )
      expect(() => applyHelmRelease("spec: {}\n", { kind: "helmrelease", path: "image", image })).toThrow(
        /IMAGE_NOT_FOUND/,
      )
    })
  })
})
