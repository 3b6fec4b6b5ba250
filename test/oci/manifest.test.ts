import { describe, expect, test } from "vitest"
import {
  type Descriptor,
  IMAGE_INDEX,
  IMAGE_MANIFEST,
  parseImageIndex,
  parseImageManifest,
  pullSize,
  renderImageIndex,
} from "../../lib/oci/manifest.ts"
import { digestOf } from "../../lib/oci/reference.ts"

describe("image index", () => {
  const manifest: Descriptor = {
    mediaType: IMAGE_MANIFEST,
    digest: digestOf(""),
    size: 2,
    platform: { os: "linux", architecture: "amd64" },
  }

  describe("an image index", () => {
    test("is exactly this text, since its digest is what is signed", () => {
      expect(renderImageIndex([manifest], { a: "b" })).toBe(
        `{"schemaVersion":2,"mediaType":"${IMAGE_INDEX}","manifests":[${JSON.stringify(manifest)}],"annotations":{"a":"b"}}`,
      )
      expect(renderImageIndex([])).toBe(`{"schemaVersion":2,"mediaType":"${IMAGE_INDEX}","manifests":[]}`)
    })

    test("is read as it was written, fields that nobody asked for included", () => {
      const text = renderImageIndex([manifest], { a: "b" })
      expect(parseImageIndex(text, "index.json")).toEqual(JSON.parse(text))
      expect(parseImageIndex(text.replace("{", '{"subject":{},'), "index.json")).toHaveProperty("subject")
    })

    test.each([
      { name: "no JSON", text: "{" },
      { name: "a manifest instead", text: JSON.stringify({ schemaVersion: 2, config: {}, layers: [] }) },
      { name: "an old schema", text: JSON.stringify({ schemaVersion: 1, manifests: [] }) },
      { name: "a descriptor without digest", text: JSON.stringify({ schemaVersion: 2, manifests: [{ size: 1 }] }) },
    ])("that is $name is refused, and the message names it", ({ text }) => {
      expect(() => parseImageIndex(text, "index.json")).toThrow(
        "LAYOUT_INVALID: expected an OCI image index in index.json",
      )
    })
  })
})

describe("image manifest", () => {
  const blob = (size: number) => ({ mediaType: "application/octet-stream", digest: `sha256:${"0a".repeat(32)}`, size })
  const manifest = { schemaVersion: 2, config: blob(10), layers: [blob(1000), blob(200)] }

  test("a node pulls the config and every layer", () => {
    expect(pullSize(parseImageManifest(JSON.stringify(manifest), "a test"))).toBe(1210)
  })

  test("an index in a manifest's place is refused with its name", () => {
    expect(() => parseImageManifest('{"schemaVersion":2,"manifests":[]}', "blob x")).toThrow(
      "LAYOUT_INVALID: expected an OCI image manifest in blob x",
    )
  })
})
