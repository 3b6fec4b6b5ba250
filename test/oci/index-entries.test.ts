import { expect, test } from "vitest"
import { attachedTo, isAttachment, readEntries } from "../../lib/oci/index-entries.ts"
import { parseImageIndex } from "../../lib/oci/manifest.ts"
import { digestOf } from "../../lib/oci/reference.ts"
import { type Entry, type LayoutFiles, putAttestation, putImage } from "./sample-layout.ts"

const files: LayoutFiles = new Map()
const image = putImage(files, "amd64")
const attestation = putAttestation(files, image.digest)
const read = (manifests: Partial<Entry>[]) =>
  readEntries(parseImageIndex(JSON.stringify({ schemaVersion: 2, manifests }), "a test"))

test("an entry is an attachment by its annotation alone", () => {
  const { images, attachments, faults } = read([image, attestation])
  expect([images, attachments, faults]).toEqual([[image], [attestation], []])
  expect(attachments.map(attachedTo)).toEqual([image.digest])
  expect(isAttachment({})).toBe(false)
  const called = { ...attestation, annotations: undefined }
  expect(read([image, called]).images).toHaveLength(2)
})

test.each<[string, Partial<Entry>[], string[]]>([
  ["nothing", [], ["no image for any platform"]],
  [
    "an attestation of nothing",
    [attestation],
    [
      "no image for any platform",
      `${attestation.digest}, an attestation by its annotation, is about no image of the index`,
    ],
  ],
  ["one manifest twice", [image, image], [`${image.digest} is listed twice`]],
  [
    "an image of no known platform",
    [{ ...image, platform: { os: "linux", architecture: "unknown" } }],
    [
      `${image.digest} is for "linux/unknown", and no annotation vnd.docker.reference.type says that it is an attestation`,
    ],
  ],
  [
    "content from elsewhere",
    [{ ...image, urls: ["https://x.test"] }],
    [`linux/amd64 ${image.digest} may be fetched from other places (urls)`],
  ],
  ["other embedded content", [{ ...image, data: "e30=" }], [`linux/amd64 ${image.digest} embeds other content (data)`]],
])("an index of %s is refused", (_, manifests, faults) => expect(read(manifests).faults).toEqual(faults))

test("content that is embedded as it is named is no fault", () => {
  const own = { ...image, digest: digestOf("{}"), size: 2, data: "e30=" }
  expect(read([own]).faults).toEqual([])
})
