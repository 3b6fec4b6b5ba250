import { expect, test } from "vitest"
import { type EntryContent, judgeAttachment, judgeImage } from "../../lib/oci/image-content.ts"
import { parseImageManifest } from "../../lib/oci/manifest.ts"
import { blobPath, type Digest } from "../../lib/oci/reference.ts"
import { type Entry, type LayoutFiles, putAttestation, putImage } from "./sample-layout.ts"

// layout.test.ts has all other cases, with complete layouts
const files: LayoutFiles = new Map()
const text = (digest: string) => String(files.get(blobPath(digest as Digest)))
const content = (entry: Entry): EntryContent => {
  const manifest = parseImageManifest(text(entry.digest), "a test")
  return { entry: entry as EntryContent["entry"], manifest, config: text(manifest.config.digest) }
}
const image = content(putImage(files, "arm64", { config: { variant: "v8" } }))
const attestation = content(putAttestation(files, image.entry.digest))

test("reads an image's platform from its entry, or else from its config", () => {
  expect(judgeImage(image)).toEqual({ spec: { os: "linux", architecture: "arm64" }, faults: [] })
  const nameless = { ...image, entry: { ...image.entry, platform: undefined } }
  expect(judgeImage(nameless).spec).toEqual({ os: "linux", architecture: "arm64" })
})

test("accepts an attestation of statements, and refuses an image as one", () => {
  expect(judgeAttachment(attestation, [image.entry, attestation.entry])).toEqual([])
  const disguised = { ...image, entry: attestation.entry }
  expect(judgeAttachment(disguised, []).join("; ")).toMatch(/tar".*has the config of an image that runs/)
})

test("refuses an attestation whose statement is an entry of the index", () => {
  const { digest, size } = image.entry
  const holding = content(putAttestation(files, digest, { layer: { digest, size } }))
  expect(judgeAttachment(holding, [image.entry, holding.entry])).toEqual([
    `${holding.entry.digest}, an attestation by its annotation, contains ${digest} as a statement, and the index lists it too`,
  ])
})

test("refuses a config that parsers read differently", () => {
  const two = image.config.replace("{", '{"Architecture":"amd64",')
  expect(judgeImage({ ...image, config: two }).faults.join()).toContain('which some parsers read as "architecture"')
})
