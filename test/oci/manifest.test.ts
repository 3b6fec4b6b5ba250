import { describe, expect, test } from "vitest"
import {
  attachedTo,
  type Descriptor,
  IMAGE_INDEX,
  IMAGE_MANIFEST,
  isAttachment,
  parseImageIndex,
  parseImageManifest,
  pullSize,
  readEntries,
  renderImageIndex,
} from "../../lib/oci/manifest.ts"
import { digestOf } from "../../lib/oci/reference.ts"
import { type Entry, type LayoutFiles, putAttestation, putImage } from "./sample-layout.ts"

describe("manifest", () => {
  describe("image index", () => {
    const manifest: Descriptor = {
      mediaType: IMAGE_MANIFEST,
      digest: digestOf(""),
      size: 2,
      platform: { os: "linux", architecture: "amd64" },
    }

    describe("an image index", () => {
      test("is rendered as exactly this text, whose digest is signed", () => {
        expect(renderImageIndex([manifest], { a: "b" })).toBe(
          `{"schemaVersion":2,"mediaType":"${IMAGE_INDEX}","manifests":[${JSON.stringify(manifest)}],"annotations":{"a":"b"}}`,
        )
        expect(renderImageIndex([])).toBe(`{"schemaVersion":2,"mediaType":"${IMAGE_INDEX}","manifests":[]}`)
      })

      test("keeps unknown fields", () => {
        const text = renderImageIndex([manifest], { a: "b" })
        expect(parseImageIndex(text, "index.json")).toEqual(JSON.parse(text))
        expect(parseImageIndex(text.replace("{", '{"subject":{},'), "index.json")).toHaveProperty("subject")
      })

      test.each([
        { name: "not JSON", text: "{" },
        { name: "a manifest", text: JSON.stringify({ schemaVersion: 2, config: {}, layers: [] }) },
        { name: "an old schema", text: JSON.stringify({ schemaVersion: 1, manifests: [] }) },
        { name: "a descriptor without digest", text: JSON.stringify({ schemaVersion: 2, manifests: [{ size: 1 }] }) },
      ])("that is $name is refused with its file name", ({ text }) => {
        expect(() => parseImageIndex(text, "index.json")).toThrow(
          "LAYOUT_INVALID: expected an OCI image index in index.json",
        )
      })
    })
  })

  describe("image manifest", () => {
    const blob = (size: number) => ({
      mediaType: "application/octet-stream",
      digest: `sha256:${"0a".repeat(32)}`,
      size,
    })
    const manifest = { schemaVersion: 2, config: blob(10), layers: [blob(1000), blob(200)] }

    test("adds the config and every layer to the pull size", () => {
      expect(pullSize(parseImageManifest(JSON.stringify(manifest), "a test"))).toBe(1210)
    })

    test("refuses an index as a manifest, with its file name", () => {
      expect(() => parseImageManifest('{"schemaVersion":2,"manifests":[]}', "blob x")).toThrow(
        "LAYOUT_INVALID: expected an OCI image manifest in blob x",
      )
    })
  })
})

describe("index entries", () => {
  const files: LayoutFiles = new Map()
  const image = putImage(files, "amd64")
  const attestation = putAttestation(files, image.digest)
  const read = (manifests: Partial<Entry>[]) =>
    readEntries(parseImageIndex(JSON.stringify({ schemaVersion: 2, manifests }), "a test"))

  test("treats an entry as an attachment by its annotation only", () => {
    const { images, attachments, faults } = read([image, attestation])
    expect([images, attachments, faults]).toEqual([[image], [attestation], []])
    expect(attachments.map(attachedTo)).toEqual([image.digest])
    expect(isAttachment({})).toBe(false)
    const called = { ...attestation, annotations: undefined }
    expect(read([image, called]).images).toHaveLength(2)
  })

  test.each<[string, Partial<Entry>[], string[]]>([
    ["no entry", [], ["no image for any platform"]],
    [
      "only an attestation",
      [attestation],
      [
        "no image for any platform",
        `${attestation.digest}, an attestation by its annotation, is about an image that is not in the index`,
      ],
    ],
    ["one manifest twice", [image, image], [`${image.digest} is listed twice`]],
    [
      "an image of an unknown platform",
      [{ ...image, platform: { os: "linux", architecture: "unknown" } }],
      [`${image.digest} is for "linux/unknown", and has no annotation vnd.docker.reference.type for an attestation`],
    ],
    [
      "content from other addresses",
      [{ ...image, urls: ["https://x.test"] }],
      [`linux/amd64 ${image.digest} may be fetched from other addresses (urls)`],
    ],
    [
      "different embedded content",
      [{ ...image, data: "e30=" }],
      [`linux/amd64 ${image.digest} embeds different content (data)`],
    ],
  ])("refuses an index of %s", (_, manifests, faults) => expect(read(manifests).faults).toEqual(faults))

  test("accepts embedded content that matches its digest", () => {
    const own = { ...image, digest: digestOf("{}"), size: 2, data: "e30=" }
    expect(read([own]).faults).toEqual([])
  })
})
