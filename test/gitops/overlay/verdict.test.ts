import { describe, expect, test } from "vitest"
import { parseManifests } from "../../../lib/gitops/overlay/manifests.ts"
import {
  type ImageName,
  imageTexts,
  judgeOverlay,
  parseImageName,
  splitImage,
  unreachedNotes,
} from "../../../lib/gitops/overlay/verdict.ts"
import { parseDigestRef } from "../../../lib/oci/reference.ts"

describe("image name", () => {
  test.each(["web", "acme/web", "ghcr.io/acme/web", "localhost:5000/web", "my.registry/a/b/c", "WEB_IMAGE"])(
    "takes %s",
    (text) => {
      expect(parseImageName(text)).toBe(text)
    },
  )

  test.each([
    { name: "a tag", text: "acme/web:v1" },
    { name: "a digest", text: `acme/web@sha256:${"0".repeat(64)}` },
    { name: "nothing", text: "" },
    { name: "an equals sign, which kustomize would take for the new name", text: "a=b" },
    { name: "a pattern", text: ".*" },
    { name: "an open bracket, on which kustomize 5.8.1 panics", text: "app(" },
    { name: "an option", text: "--help" },
    { name: "a space", text: "acme web" },
  ])("refuses $name", ({ text }) => {
    expect(() => parseImageName(text)).toThrow("OPTIONS_INVALID: expected an image's name")
  })

  const digest = `sha256:${"0a".repeat(32)}`

  test.each([
    { text: "web", parts: { name: "web" } },
    { text: "web:v1", parts: { name: "web", tag: "v1" } },
    { text: "localhost:5000/web", parts: { name: "localhost:5000/web" } },
    { text: `localhost:5000/web:v1@${digest}`, parts: { name: "localhost:5000/web", tag: "v1", digest } },
    { text: `ghcr.io/acme/web@${digest}`, parts: { name: "ghcr.io/acme/web", digest } },
    { text: "PLACEHOLDER", parts: { name: "PLACEHOLDER" } },
    { text: "not an image", parts: undefined },
    { text: "$(IMAGE)", parts: undefined },
  ])("splits $text", ({ text, parts }) => {
    expect(splitImage(text)).toEqual(parts)
  })
})

describe("overlay verdict", () => {
  const old = `ghcr.io/acme/web@sha256:${"00".repeat(32)}`
  const ref = parseDigestRef(`ghcr.io/acme/web@sha256:${"0a".repeat(32)}`)
  const image = parseImageName("acme/web")

  function judge(before: string[], after: string[], knownAs: [ImageName, string[]][] = []) {
    const render = (images: string[]) =>
      parseManifests(
        images.map((text, index) => `kind: Pod\nmetadata: {name: p${index}}\nimage: ${text}\n`).join("---\n"),
      )
    return judgeOverlay(
      { path: "apps/web", before: render(before), after: render(after) },
      { changes: [{ image, ref }], knownAs: new Map(knownAs) },
    ).map(({ object }) => object)
  }

  test.each([
    { name: "the image by its own name", before: ["acme/web"], after: [ref], changed: ["Pod/p0"] },
    { name: "with a tag", before: ["acme/web:v1"], after: [ref], changed: ["Pod/p0"] },
    { name: "an earlier digest of the new name", before: [old], after: [ref], changed: ["Pod/p0"] },
    { name: "an earlier tag of the new name", before: ["ghcr.io/acme/web:v1"], after: [ref], changed: ["Pod/p0"] },
    { name: "several places", before: ["acme/web", "acme/web:v1"], after: [ref, ref], changed: ["Pod/p0", "Pod/p1"] },
    { name: "nothing, when all are there already", before: [ref], after: [ref], changed: [] },
    {
      name: "one of two, when the other is there already",
      before: [ref, "acme/web"],
      after: [ref, ref],
      changed: ["Pod/p1"],
    },
  ])("accepts a change of $name", ({ before, after, changed }) => {
    expect(judge(before, after)).toEqual(changed)
  })

  test("knows the name that the overlay gave it so far", () => {
    expect(() => judge(["mirror.acme/web:v1"], [ref])).toThrow("expected a change of nothing but the named images")
    expect(judge(["mirror.acme/web:v1"], [ref], [[image, ["mirror.acme/web"]]])).toEqual(["Pod/p0"])
  })

  test("an image that is in no manifest: says which ones are", () => {
    expect(() => judge(["acme/api:v1", "acme/proxy"], ["acme/api:v1", "acme/proxy"])).toThrow(
      "OVERLAY_INVALID: expected manifests in apps/web with the image acme/web, got images acme/api, acme/proxy.",
    )
  })

  test("manifests without any image", () => {
    expect(() => judge([], [])).toThrow("got manifests without any image")
  })

  test.each([
    { name: "another image that the name matches as a pattern", before: ["acme/web", "acmeXweb"], after: [ref, ref] },
    { name: "another field", before: ["acme/web", "a"], after: [ref, "b"] },
    { name: "another digest than the one asked for", before: ["acme/web", "acme/web"], after: [ref, old] },
    { name: "an object that appears", before: ["acme/web"], after: [ref, "acme/other"] },
    { name: "an object that disappears", before: ["acme/web", "acme/other"], after: [ref] },
  ])("refuses a change of $name, and shows it", ({ before, after }) => {
    expect(() => judge(before, after)).toThrow(
      /^OVERLAY_INVALID: expected a change of nothing but the named images.*Pod\/p1/,
    )
  })

  test("a tag stands beside the digest, a spare one where the overlay needs it", () => {
    const tagged = `ghcr.io/acme/web:v1.2@sha256:${"0a".repeat(32)}`
    expect(imageTexts({ image, ref, tag: "v1.2" })).toEqual([tagged])
    expect(imageTexts({ image, ref })).toEqual([ref])
    expect(imageTexts({ image, ref, spareTag: "v1.2" })).toEqual([ref, tagged])
  })

  test("an image in a field that kustomize does not know: says which field", () => {
    expect(() => judge(["acme/web:v1"], ["acme/web:v1"])).toThrow(
      "OVERLAY_INVALID: expected kustomize to set the image acme/web in the manifests of apps/web, got Pod/p0 image as it was: a field that kustomize does not take for an image. Name the field in the overlay's configurations:",
    )
  })

  describe("fields that kustomize did not reach, where it reached others", () => {
    const manifests = (web: string, job = "acme/web:v1") =>
      parseManifests(
        `kind: Deployment\nmetadata: {name: web, labels: {app: web}}\nimage: ${web}\n---\nkind: Job\nmetadata: {name: web}\nspec: {container: {image: "${job}"}}\n`,
      )
    const notes = (change: Parameters<typeof unreachedNotes>[1]["changes"][0], builds: [string, string?, string?]) => {
      const [before, after = ref, job] = builds
      return unreachedNotes(
        { before: manifests(before, job), after: manifests(after, job) },
        { changes: [change], knownAs: new Map() },
      )
    }

    test("are named", () => {
      expect(notes({ image, ref }, ["acme/web:v1"])).toEqual([
        "Job/web spec.container.image still is acme/web:v1: kustomize does not take it for an image. Name the field in the overlay's configurations: (images: [{path: …, kind: …}]), or edit the file that has it: --path=<file> --edits=yaml:<path>.",
      ])
      expect(notes({ image, ref }, ["acme/web:v1", ref, old])[0]).toMatch(
        /^Job\/web spec\.container\.image still is ghcr/,
      )
    })

    test.each([
      { name: "have the image already", job: ref },
      { name: "have another image", job: "acme/api:v1" },
      { name: "are named as the image is", job: "acme/api:v1", own: "web" },
    ])("are none that $name", ({ job, own }) => {
      expect(notes({ image: own ? parseImageName(own) : image, ref }, ["acme/web:v1", ref, job])).toEqual([])
    })
  })
})
