import { spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { gzipSync } from "node:zlib"
import { afterAll, describe, expect, test } from "vitest"
import { verifyBlobs } from "../../../lib/oci/canonical/verify-blobs.ts"
import { IMAGE_INDEX } from "../../../lib/oci/manifest.ts"
import { blobPath, digestOf } from "../../../lib/oci/reference.ts"
import {
  type Entry,
  type LayoutFiles,
  listInIndex,
  putAttestation,
  putBlob,
  putBuildx,
  putImage,
  putIndex,
  TAR,
} from "../sample-layout.ts"

const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
})

function write(files: LayoutFiles): string {
  const folder = mkdtempSync(join(tmpdir(), "slipway-blobs-"))
  folders.push(folder)
  for (const [path, content] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
  return folder
}

const GZIP = `${TAR}+gzip`
const layerPath = blobPath(digestOf("the layer of amd64"))
const made = (build: (files: LayoutFiles) => unknown): LayoutFiles => {
  const files: LayoutFiles = new Map()
  build(files)
  return files
}
const oneImage = () => made((files) => putIndex(files, [putImage(files, "amd64")]))

describe("accepts a layout", () => {
  test.each<[string, LayoutFiles]>([
    ["of one platform", oneImage()],
    ["of buildx", made((files) => putBuildx(files))],
    ["without an index", made((files) => listInIndex(files, [putImage(files, "amd64")]))],
    ["with unreferenced blobs", oneImage().set(blobPath(digestOf("other")), "not its content")],
    [
      "with gzipped layers",
      made((files) =>
        putIndex(files, [putImage(files, "amd64", { content: gzipSync("x"), layer: { mediaType: GZIP } })]),
      ),
    ],
  ])("%s", async (_, files) => expect(await verifyBlobs(write(files))).toEqual([]))
})

describe("refuses a layout", () => {
  const change = (path: string, content: string) => () => oneImage().set(path, content)
  const image =
    (layer: Partial<Entry>, content: string | Buffer = "the layer of amd64") =>
    () =>
      made((files) => putIndex(files, [putImage(files, "amd64", { layer, content })]))
  const missing = () => {
    const files = oneImage()
    files.delete(layerPath)
    return files
  }
  const statement = (text: string) => () =>
    made((files) => {
      const { digest } = putImage(files, "amd64")
      putIndex(files, [putImage(files, "amd64"), putAttestation(files, digest, { statement: text })])
    })
  /** An image with a changed layer, in an index whose first entry lists the image's manifest as one of its blobs. */
  const following = (first: (files: LayoutFiles, manifest: Entry) => Entry) => () =>
    made((files) => {
      const manifest = putImage(files, "amd64")
      putIndex(files, [first(files, manifest), manifest])
      files.set(layerPath, "THE LAYER OF AMD64")
    })
  const altered = `has the content of ${digestOf("THE LAYER OF AMD64")}`
  const part = ({ digest, size }: Entry) => ({ digest, size })
  test.each<[string, () => LayoutFiles, string]>([
    [
      "with a changed layer, if an attestation lists the image's manifest as its statement",
      following((files, manifest) => putAttestation(files, manifest.digest, { layer: part(manifest) })),
      altered,
    ],
    [
      "with a changed layer, if another image lists the image's manifest as its layer",
      following((files, manifest) => putImage(files, "arm64", { layer: part(manifest) })),
      altered,
    ],
    [
      "with a changed layer, if another image lists the image's manifest as its config",
      following((files, manifest) => putImage(files, "arm64", { manifest: { config: { ...manifest } } })),
      altered,
    ],
    [
      "with a changed layer of the same size",
      change(layerPath, "THE LAYER OF AMD64"),
      `has the content of ${digestOf("THE LAYER OF AMD64")}`,
    ],
    ["with a longer layer", change(layerPath, "the layer of amd64."), "has 19 bytes, not 18"],
    ["with a layer of another size than in its descriptor", image({ size: 17 }), "has 18 bytes, not 17"],
    ["with a layer of a negative size", image({ size: -1 }), "has 18 bytes, not -1"],
    [
      "with a layer with a string as its size",
      image({ size: "18" as never }),
      "without mediaType, size and sha256 digest",
    ],
    ["without one of its layers", missing, `${digestOf("the layer of amd64")} is not in the layout`],
    [
      "with a path for a digest",
      image({ digest: "sha256:../../index.json" }),
      "without mediaType, size and sha256 digest",
    ],
    ["with a digest of another algorithm", image({ digest: `sha512:${"0a".repeat(64)}` }), "without mediaType"],
    ["with a gzipped layer that is listed as tar", image({}, gzipSync("x")), `is not the ${TAR} that`],
    ["with a tar that is listed as gzip", image({ mediaType: GZIP }), `is not the ${GZIP} that it is listed as`],
    ["with a tar that is listed as zstd", image({ mediaType: `${TAR}+zstd` }), "tar+zstd that it is listed as"],
    ["with bzip2 instead of a tar", image({}, "BZh91AY"), `is not the ${TAR} that`],
    ["with a statement that is an archive", statement("{\0"), "is not the application/vnd.in-toto+json that"],
    ["with a statement that is not an object", statement("[1]"), "is not the application/vnd.in-toto+json that"],
    ["without blobs", () => new Map([["index.json", "{}"]]), "blobs is not a folder of the layout"],
    ["without index.json", () => new Map([["blobs/sha256/x", ""]]), "index.json is not a file of the layout"],
    ["with an index.json of 5 MiB", change("index.json", "x".repeat(5 << 20)), "index.json has 5242880 bytes"],
    [
      "with a manifest of 5 MiB",
      () => made((files) => listInIndex(files, [putBlob(files, IMAGE_INDEX, "x".repeat(5 << 20))])),
      "has 5242880 bytes, more than a document's 4194304",
    ],
    [
      "with an index within indexes",
      () =>
        made((files) => {
          const inner = putIndex(files, [putIndex(files, [putIndex(files, [putIndex(files, [])])])])
          listInIndex(files, [inner])
        }),
      "is an index within indexes",
    ],
  ])("%s", async (_, files, message) => {
    expect((await verifyBlobs(write(files()))).join("; ")).toContain(message)
  })

  test.each<[string, string, string]>([
    ["a layer", layerPath, `${digestOf("the layer of amd64")} is a link or a folder, not a file`],
    ["index.json", "index.json", "index.json is not a file of the layout"],
    ["the folder blobs/sha256", "blobs/sha256", "blobs/sha256 is not a folder of the layout"],
    ["the folder blobs", "blobs", "blobs is not a folder of the layout"],
  ])("with a link instead of %s", async (_, path, message) => {
    const folder = write(oneImage())
    renameSync(join(folder, path), join(folder, "elsewhere"))
    symlinkSync(join(folder, "elsewhere"), join(folder, path))
    expect(await verifyBlobs(folder)).toContain(message)
  })
})

test.each<[string, LayoutFiles, unknown]>([
  ["no fault", oneImage(), []],
  ["each fault", new Map([["blobs/sha256/x", ""]]), ["index.json is not a file of the layout"]],
])("prints %s as JSON as a program", (_, files, faults) => {
  const program = fileURLToPath(new URL("../../../lib/oci/canonical/verify.mjs", import.meta.url))
  const options = { encoding: "utf8" as const }
  const { stdout, stderr } = spawnSync(process.execPath, ["--import", "tsx", program, write(files)], options)
  expect(stderr).toBe("")
  expect(JSON.parse(stdout)).toEqual(faults)
})
