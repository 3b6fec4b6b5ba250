import { describe, expect, test } from "vitest"
import type { Descriptor } from "../../lib/oci/descriptor.ts"
import { digestOf } from "../../lib/oci/digest.ts"
import { IMAGE_INDEX, IMAGE_MANIFEST, parseImageIndex, renderImageIndex } from "../../lib/oci/image-index.ts"

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
