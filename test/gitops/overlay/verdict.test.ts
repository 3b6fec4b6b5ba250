import { describe, expect, test } from "vitest"
import {
  compareBuilds,
  type ImageName,
  imagesOf,
  imageTexts,
  judgeOverlay,
  parseImageName,
  parseManifests,
  splitImage,
  unreachedNotes,
} from "../../../lib/gitops/overlay/verdict.ts"
import { parseDigestRef } from "../../../lib/oci/reference.ts"

describe("manifests", () => {
  const deployment = (image: string) => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
spec:
  replicas: 2
  template:
    spec:
      initContainers:
      - image: acme/migrate:v1
        name: migrate
      containers:
      - image: ${image}
        name: web
      - image: acme/proxy
        name: proxy
`
  const service = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n"

  function changes(before: string, after: string) {
    return compareBuilds(parseManifests(before), parseManifests(after))
  }

  describe("comparison of two builds", () => {
    test("finds no change between equal builds", () => {
      expect(changes(deployment("a"), deployment("a"))).toEqual([])
    })

    test("names a changed image by its container", () => {
      expect(changes(deployment("a:v1"), deployment("a:v2"))).toEqual([
        { object: "Deployment/shop/web", field: ".spec.template.spec.containers[web].image", from: "a:v1", to: "a:v2" },
      ])
    })

    test("ignores the order of objects and keys", () => {
      expect(changes(`${deployment("a")}---\n${service}`, `${service}---\n${deployment("a")}`)).toEqual([])
    })

    test("lists an added and a removed object", () => {
      expect(changes(service, "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n")).toEqual([
        { object: "ConfigMap/x", field: ".apiVersion", to: "v1" },
        { object: "ConfigMap/x", field: ".kind", to: "ConfigMap" },
        { object: "ConfigMap/x", field: ".metadata.name", to: "x" },
        { object: "Service/web", field: ".apiVersion", from: "v1" },
        { object: "Service/web", field: ".kind", from: "Service" },
        { object: "Service/web", field: ".metadata.name", from: "web" },
      ])
    })

    test("distinguishes a text from a number", () => {
      expect(changes("kind: A\nx: 1\n", 'kind: A\nx: "1"\n')).toEqual([])
      expect(changes("kind: A\nx: 1\n", "kind: A\nx: 2\n")).toHaveLength(1)
    })

    test("distinguishes items without names by index", () => {
      expect(changes("kind: A\nargs: [x, y]\n", "kind: A\nargs: [x, z]\n")).toEqual([
        { object: "A/?", field: ".args[1]", from: "y", to: "z" },
      ])
    })

    test("distinguishes two objects of the same kind and name", () => {
      const two = (image: string) =>
        `kind: Job\nmetadata: {name: a}\n---\nkind: Job\nmetadata: {name: a}\nimage: ${image}\n`
      expect(changes(two("x"), two("y"))).toEqual([{ object: "Job/a#2", field: ".image", from: "x", to: "y" }])
    })
  })

  test("lists each image once, in any field", () => {
    const custom = "kind: Widget\nmetadata: {name: w}\nspec: {runtime: {image: acme/runtime:v3}}\n"
    expect(imagesOf(parseManifests(`${deployment("acme/web:v1")}---\n${custom}`))).toEqual([
      "acme/migrate:v1",
      "acme/proxy",
      "acme/runtime:v3",
      "acme/web:v1",
    ])
  })

  test("refuses invalid YAML, instead of reading an empty build", () => {
    expect(() => parseManifests("a: [")).toThrow("OVERLAY_INVALID: expected manifests from kustomize build")
  })

  test("reads manifests with hundreds of aliases, and refuses an alias without an anchor", () => {
    const list = Array.from({ length: 150 }, () => "*x").join(", ")
    const text = (x: string) => `kind: A\nmetadata: {name: a}\nx: &x {image: ${x}}\nlist: [${list}]\n`
    expect(compareBuilds(parseManifests(text("a")), parseManifests(text("b")))).toEqual([
      { object: "A/a", field: ".x.image", from: "a", to: "b" },
    ])
    expect(() => parseManifests("kind: *none\n")).toThrow(
      /^OVERLAY_INVALID: expected manifests from kustomize build, got Unresolved/,
    )
  })
})

describe("verdict", () => {
  describe("image name", () => {
    test.each(["web", "acme/web", "ghcr.io/acme/web", "localhost:5000/web", "my.registry/a/b/c", "WEB_IMAGE"])(
      "accepts the image name %s",
      (text) => {
        expect(parseImageName(text)).toBe(text)
      },
    )

    test.each([
      { name: "a tag", text: "acme/web:v1" },
      { name: "a digest", text: `acme/web@sha256:${"0".repeat(64)}` },
      { name: "an empty text", text: "" },
      { name: "an equals sign, which kustomize would read as the new name", text: "a=b" },
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
      { name: "the image by its name", before: ["acme/web"], after: [ref], changed: ["Pod/p0"] },
      { name: "the image with a tag", before: ["acme/web:v1"], after: [ref], changed: ["Pod/p0"] },
      { name: "an earlier digest of the new name", before: [old], after: [ref], changed: ["Pod/p0"] },
      { name: "an earlier tag of the new name", before: ["ghcr.io/acme/web:v1"], after: [ref], changed: ["Pod/p0"] },
      { name: "several places", before: ["acme/web", "acme/web:v1"], after: [ref, ref], changed: ["Pod/p0", "Pod/p1"] },
      { name: "no image, if all are there already", before: [ref], after: [ref], changed: [] },
      {
        name: "one of two, if the other is there already",
        before: [ref, "acme/web"],
        after: [ref, ref],
        changed: ["Pod/p1"],
      },
    ])("accepts a change of $name", ({ before, after, changed }) => {
      expect(judge(before, after)).toEqual(changed)
    })

    test("accepts the image's previous newName", () => {
      expect(() => judge(["mirror.acme/web:v1"], [ref])).toThrow("expected a change of only the named images")
      expect(judge(["mirror.acme/web:v1"], [ref], [[image, ["mirror.acme/web"]]])).toEqual(["Pod/p0"])
    })

    test("lists the images if none has the name", () => {
      expect(() => judge(["acme/api:v1", "acme/proxy"], ["acme/api:v1", "acme/proxy"])).toThrow(
        "OVERLAY_INVALID: expected manifests in apps/web with the image acme/web, got images acme/api, acme/proxy.",
      )
    })

    test("refuses manifests without an image", () => {
      expect(() => judge([], [])).toThrow("got manifests without any image")
    })

    test.each([
      { name: "another image that the name matches as a pattern", before: ["acme/web", "acmeXweb"], after: [ref, ref] },
      { name: "another field", before: ["acme/web", "a"], after: [ref, "b"] },
      { name: "another digest than the requested one", before: ["acme/web", "acme/web"], after: [ref, old] },
      { name: "an added object", before: ["acme/web"], after: [ref, "acme/other"] },
      { name: "a removed object", before: ["acme/web", "acme/other"], after: [ref] },
    ])("refuses a change of $name, and shows it", ({ before, after }) => {
      expect(() => judge(before, after)).toThrow(
        /^OVERLAY_INVALID: expected a change of only the named images.*Pod\/p1/,
      )
    })

    test("accepts a tag with the digest, or a spare one", () => {
      const tagged = `ghcr.io/acme/web:v1.2@sha256:${"0a".repeat(32)}`
      expect(imageTexts({ image, ref, tag: "v1.2" })).toEqual([tagged])
      expect(imageTexts({ image, ref })).toEqual([ref])
      expect(imageTexts({ image, ref, spareTag: "v1.2" })).toEqual([ref, tagged])
    })

    test("names a field that kustomize does not treat as an image", () => {
      expect(() => judge(["acme/web:v1"], ["acme/web:v1"])).toThrow(
        "OVERLAY_INVALID: expected kustomize to set the image acme/web in the manifests of apps/web, got Pod/p0 image unchanged: a field that kustomize does not treat as an image. Add the field to the overlay's configurations:",
      )
    })

    describe("fields that kustomize did not change", () => {
      const manifests = (web: string, job = "acme/web:v1") =>
        parseManifests(
          `kind: Deployment\nmetadata: {name: web, labels: {app: web}}\nimage: ${web}\n---\nkind: Job\nmetadata: {name: web}\nspec: {container: {image: "${job}"}}\n`,
        )
      const notes = (
        change: Parameters<typeof unreachedNotes>[1]["changes"][0],
        builds: [string, string?, string?],
      ) => {
        const [before, after = ref, job] = builds
        return unreachedNotes(
          { before: manifests(before, job), after: manifests(after, job) },
          { changes: [change], knownAs: new Map() },
        )
      }

      test("names fields with the old image", () => {
        expect(notes({ image, ref }, ["acme/web:v1"])).toEqual([
          "Job/web spec.container.image is still acme/web:v1, because kustomize does not treat it as an image. Add the field to the overlay's configurations: (images: [{path: …, kind: …}]), or edit its file: --path=<file> --edits=yaml:<path>.",
        ])
        expect(notes({ image, ref }, ["acme/web:v1", ref, old])[0]).toMatch(
          /^Job\/web spec\.container\.image is still ghcr/,
        )
      })

      test.each([
        { name: "with the new image", job: ref },
        { name: "with another image", job: "acme/api:v1" },
        { name: "with the image's name as a label", job: "acme/api:v1", own: "web" },
      ])("names no field $name", ({ job, own }) => {
        expect(notes({ image: own ? parseImageName(own) : image, ref }, ["acme/web:v1", ref, job])).toEqual([])
      })
    })
  })
})
