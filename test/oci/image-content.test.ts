import { expect, test } from "vitest"
import { type EntryContent, judgeAttachment, judgeImage } from "../../lib/oci/image-content.ts"
import { parseImageManifest } from "../../lib/oci/manifest.ts"
import { blobPath, type Digest } from "../../lib/oci/reference.ts"
import { type Entry, type LayoutFiles, putAttestation, putImage } from "./sample-layout.ts"

// every other case stands in layout.test.ts, with the whole layout around it
const files: LayoutFiles = new Map()
const text = (digest: string) => String(files.get(blobPath(digest as Digest)))
const content = (entry: Entry): EntryContent => {
  const manifest = parseImageManifest(text(entry.digest), "a test")
  return { entry: entry as EntryContent["entry"], manifest, config: text(manifest.config.digest) }
}
const image = content(putImage(files, "arm64", { config: { variant: "v8" } }))
const attestation = content(putAttestation(files, image.entry.digest))

test("an image has the platform of its entry, or else of its config", () => {
  expect(judgeImage(image)).toEqual({ spec: { os: "linux", architecture: "arm64" }, faults: [] })
  const nameless = { ...image, entry: { ...image.entry, platform: undefined } }
  expect(judgeImage(nameless).spec).toEqual({ os: "linux", architecture: "arm64" })
})

test("an attestation holds statements, and no image passes for one", () => {
  expect(judgeAttachment(attestation, [image.entry, attestation.entry])).toEqual([])
  const disguised = { ...image, entry: attestation.entry }
  expect(judgeAttachment(disguised, []).join("; ")).toMatch(/tar".*has the config of an image that runs/)
})

test("an attestation that holds an entry of the index as its statement is refused", () => {
  const { digest, size } = image.entry
  const holding = content(putAttestation(files, digest, { layer: { digest, size } }))
  expect(judgeAttachment(holding, [image.entry, holding.entry])).toEqual([
    `${holding.entry.digest}, an attestation by its annotation, holds ${digest} as a statement, which the index lists`,
  ])
})

test("a config that some parsers read as another is refused", () => {
  const two = image.config.replace("{", '{"Architecture":"amd64",')
  expect(judgeImage({ ...image, config: two }).faults.join()).toContain('which some parsers take for "architecture"')
})
