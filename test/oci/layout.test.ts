import { describe, expect, test } from "vitest"
import { EMPTY_CONFIG } from "../../lib/oci/image-content.ts"
import { openLayout, readLayout } from "../../lib/oci/layout.ts"
import { DOCKER_LIST, DOCKER_MANIFEST, IMAGE_INDEX, IMAGE_MANIFEST } from "../../lib/oci/manifest.ts"
import { blobPath, digestOf } from "../../lib/oci/reference.ts"
import {
  type AttestationChange,
  directoryOf,
  type ImageChange,
  type Json,
  type LayoutFiles,
  listInIndex,
  putAttestation,
  putBlob,
  putBuildx,
  putImage,
  putIndex,
  TAR,
} from "./sample-layout.ts"

const read = (files: LayoutFiles) => readLayout(directoryOf(files))
const made = (build: (files: LayoutFiles) => unknown): LayoutFiles => {
  const files: LayoutFiles = new Map()
  build(files)
  return files
}
const EMPTY = { mediaType: EMPTY_CONFIG, digest: digestOf("{}"), size: 2, data: "e30=" }
const REF = "org.opencontainers.image.ref.name"

describe("a valid layout", () => {
  test("is read with every platform of its image index and the index's digest", async () => {
    const files: LayoutFiles = new Map()
    const images = [putImage(files, "amd64"), putImage(files, "arm64")]
    const index = putIndex(files, images)
    const { digest, size, manifests } = await read(files)
    expect({ digest, size }).toEqual({ digest: index.digest, size: index.size })
    expect(manifests.map(({ platform, digest }) => [platform, digest])).toEqual([
      ["linux/amd64", images[0]?.digest],
      ["linux/arm64", images[1]?.digest],
    ])
  })

  test("of docker buildx build is read without its attestations as platforms", async () => {
    const files: LayoutFiles = new Map()
    const { images, index } = putBuildx(files)
    const { digest, manifests } = await read(files)
    expect(digest).toBe(index.digest)
    expect(manifests.map((manifest) => manifest.digest)).toEqual(images.map((image) => image.digest))
  })

  test("of buildx with oci-artifact=true is read, with attestations that have a subject and no config", async () => {
    const files: LayoutFiles = new Map()
    const image = putImage(files, "amd64")
    putBlob(files, EMPTY_CONFIG, "{}")
    const { mediaType, digest, size } = image
    const manifest = { artifactType: "application/vnd.docker.attestation.manifest.v1+json", config: EMPTY }
    putIndex(files, [
      image,
      putAttestation(files, digest, { manifest: { ...manifest, subject: { mediaType, digest, size } } }),
    ])
    expect((await read(files)).manifests).toHaveLength(1)
  })

  test.each<[string, ImageChange, string]>([
    ["of the config for an entry without one", { entry: { platform: undefined } }, "linux/arm64"],
    [
      "and its variant",
      { entry: { platform: { os: "linux", architecture: "arm", variant: "v6" } }, config: { architecture: "arm" } },
      "linux/arm/v6",
    ],
    ["with the default variant in the config", { config: { variant: "v8" } }, "linux/arm64"],
  ])("is read with the platform %s", async (_, change, platform) => {
    const files = made((all) => putIndex(all, [putImage(all, "arm64", change)]))
    expect((await read(files)).manifests.map((manifest) => manifest.platform)).toEqual([platform])
  })

  test("of an image with two names is read once", async () => {
    const files: LayoutFiles = new Map()
    const index = putIndex(files, [putImage(files, "amd64")])
    listInIndex(
      files,
      ["1.2", "latest"].map((name) => ({ ...index, annotations: { [REF]: name } })),
    )
    expect((await read(files)).digest).toBe(index.digest)
  })

  test("of one platform without an index gets a reproducible index", async () => {
    const files: LayoutFiles = new Map()
    const image = putImage(files, "arm64")
    const { platform: _, ...entry } = image
    listInIndex(files, [{ ...entry, annotations: { [REF]: "1.2", "org.opencontainers.image.created": "2026" } }])
    const { layout, content } = await openLayout(directoryOf(files))
    const index = `{"schemaVersion":2,"mediaType":"${IMAGE_INDEX}","manifests":[{"mediaType":"${IMAGE_MANIFEST}","digest":"${image.digest}","size":${image.size},"platform":{"os":"linux","architecture":"arm64"}}]}`
    expect(content.digest).toBe(digestOf(index))
    expect(await layout.file(blobPath(content.digest)).contents()).toBe(index)
    expect(await readLayout(layout)).toEqual(content)
  })

  test("whose index.json lists the platforms has index.json as its image index", async () => {
    const files: LayoutFiles = new Map()
    listInIndex(files, [putImage(files, "amd64"), putImage(files, "arm64")])
    const { layout, content } = await openLayout(directoryOf(files))
    expect(content.digest).toBe(digestOf(String(files.get("index.json"))))
    expect(await readLayout(layout)).toEqual(content)
  })
})

describe("refuses an image in a layout", () => {
  const layer = (more: Json): ImageChange => ({ layer: more })
  test.each<[string, ImageChange, string]>([
    [
      "without a platform in entry and config",
      { entry: { platform: undefined }, config: { os: undefined } },
      "a config without a platform",
    ],
    [
      "of the platform unknown/unknown",
      { entry: { platform: { os: "unknown", architecture: "unknown" } } },
      'is for "unknown/unknown", and has no annotation',
    ],
    [
      "with an unknown platform in its config",
      { entry: { platform: undefined }, config: { architecture: "unknown" } },
      '"linux/unknown" by its config',
    ],
    ["with another platform in its config", { config: { architecture: "arm64" } }, "is for linux/arm64 by its config"],
    ["with a path for a platform", { entry: { platform: { os: "..", architecture: "/x" } } }, 'is for "..//x"'],
    [
      "with a foreign layer",
      layer({ mediaType: "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip" }),
      'is "application/vnd.oci.image.layer.nondist',
    ],
    [
      "with Docker's foreign layer",
      layer({ mediaType: "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip" }),
      "rootfs.foreign",
    ],
    [
      "with a layer from other addresses",
      layer({ urls: ["https://evil.test/x"] }),
      "may be fetched from other addresses (urls)",
    ],
    ["with an encrypted layer", layer({ mediaType: `${TAR}+gzip+encrypted` }), "tar+gzip+encrypted"],
    [
      "with a statement as a layer",
      layer({ mediaType: "application/vnd.in-toto+json" }),
      'is "application/vnd.in-toto+json"',
    ],
    ["with different embedded content", layer({ data: "e30=" }), "embeds different content (data)"],
    [
      "listed with other addresses",
      { entry: { urls: ["https://evil.test/x"] } },
      "may be fetched from other addresses",
    ],
    ["that is an artifact", { manifest: { config: EMPTY } }, `has a config of the type "${EMPTY_CONFIG}"`],
    [
      "with Docker's media type in the manifest only",
      { manifest: { mediaType: DOCKER_MANIFEST } },
      `is listed as ${IMAGE_MANIFEST}, and says ${DOCKER_MANIFEST}`,
    ],
    ["that is also an index", { manifest: { manifests: [] } }, "expected an OCI image manifest in sha256:"],
    ["listed as an index", { entry: { mediaType: IMAGE_INDEX } }, "is an index within the index"],
    ["listed as Docker's manifest list", { entry: { mediaType: DOCKER_LIST } }, "is an index within the index"],
    ["listed as something else", { entry: { mediaType: "text/plain" } }, 'is "text/plain", not an image'],
    [
      "with fewer diff IDs than layers",
      { config: { rootfs: { type: "layers", diff_ids: [] } } },
      "has 1 layers, and a config with 0",
    ],
    ["without rootfs", { config: { rootfs: undefined } }, "a config without a platform: "],
    ["of another size", { entry: { size: 7 } }, "expected a blob with the digest"],
    ["of a huge size", { entry: { size: 1e15 } }, "a document of 1000000000000000 bytes, more than 4194304"],
    ["of a negative size", { entry: { size: -1 } }, "manifests[0].size"],
    ["of a fractional size", { entry: { size: 0.5 } }, "manifests[0].size"],
    ["of a size beyond integers", { entry: { size: 2 ** 60 } }, "manifests[0].size"],
    ["whose digest is a path", { entry: { digest: "sha256:../../etc/passwd" } }, "manifests[0].digest"],
    ["with a digest of another algorithm", { entry: { digest: `sha512:${"0a".repeat(64)}` } }, "manifests[0].digest"],
    [
      "that is missing",
      { entry: { digest: digestOf("nothing") } },
      "expected an OCI image layout with the file blobs/sha256/",
    ],
    ["with a second config in another spelling", { manifest: { Config: EMPTY } }, 'the key "Config" twice'],
  ])("%s", async (_, change, message) => {
    const files = made((all) => {
      putBlob(all, EMPTY_CONFIG, "{}")
      putIndex(all, [putImage(all, "amd64", change)])
    })
    await expect(read(files)).rejects.toThrow(/^LAYOUT_INVALID: /)
    await expect(read(files)).rejects.toThrow(message)
  })
})

describe("refuses an entry annotated as an attestation", () => {
  const annotations = { "vnd.docker.reference.digest": digestOf("other") }
  test.each<[string, AttestationChange, string]>([
    ["for a platform", { entry: { platform: { os: "linux", architecture: "arm64" } } }, "is for linux/arm64"],
    ["without a platform", { entry: { platform: undefined } }, "is for any platform, not unknown/unknown"],
    [
      "for a variant of unknown/unknown",
      { entry: { platform: { os: "unknown", architecture: "unknown", variant: "v8" } } },
      "not unknown/unknown",
    ],
    ["of an image that is not in the index", { annotations }, "is about an image that is not in the index"],
    [
      "of no image",
      { annotations: { "vnd.docker.reference.digest": undefined } },
      "is about an image that is not in the index",
    ],
    ["with an image's layer", { layer: { mediaType: TAR } }, `is "${TAR}"`],
    ["with a layer next to its statement", { layer: { mediaType: `${TAR}+gzip` } }, `is "${TAR}+gzip"`],
    ["without a statement", { manifest: { layers: [] } }, "contains no statement"],
    [
      "with the config of a platform",
      { config: { os: "linux", architecture: "amd64" } },
      "has the config of an image that runs",
    ],
    ["with a command", { config: { config: { Entrypoint: ["/bin/sh"] } } }, "has the config of an image that runs"],
    ["with a config of another type", { configType: "text/plain" }, "has the config of an image that runs"],
    [
      "with the subject of another image",
      { manifest: { subject: { mediaType: IMAGE_MANIFEST, digest: digestOf("x"), size: 1 } } },
      "has another subject",
    ],
    ["listed as an index", { entry: { mediaType: IMAGE_INDEX } }, `is "${IMAGE_INDEX}"`],
    [
      "with another reference type",
      { annotations: { "vnd.docker.reference.type": "attestation" } },
      'is for "unknown/unknown", and has no annotation',
    ],
  ])("%s", async (_, change, message) => {
    const files = made((all) => {
      const image = putImage(all, "amd64")
      putIndex(all, [image, putAttestation(all, image.digest, change)])
    })
    await expect(read(files)).rejects.toThrow(/^LAYOUT_INVALID: /)
    await expect(read(files)).rejects.toThrow(message)
  })

  test("with its image's manifest as a statement", async () => {
    const files = made((all) => {
      const image = putImage(all, "amd64")
      const { digest, size } = image
      putIndex(all, [putAttestation(all, digest, { layer: { digest, size } }), image])
    })
    await expect(read(files)).rejects.toThrow("as a statement, and the index lists it too")
  })

  test("that is about itself", async () => {
    const files = made((all) => {
      const image = putImage(all, "amd64")
      putIndex(all, [
        {
          ...image,
          annotations: {
            "vnd.docker.reference.type": "attestation-manifest",
            "vnd.docker.reference.digest": image.digest,
          },
        },
      ])
    })
    await expect(read(files)).rejects.toThrow("no image for any platform")
  })
})

describe("refuses a layout", () => {
  const image = putImage
  test.each<[string, (files: LayoutFiles) => unknown, string]>([
    ["that is empty", () => {}, "with the file index.json, got a directory with nothing"],
    ["with an empty index.json", (all) => listInIndex(all, []), "index.json lists nothing"],
    ["with an empty image index", (all) => putIndex(all, []), "no image for any platform"],
    [
      "with one platform twice",
      (all) => putIndex(all, [image(all, "amd64"), image(all, "amd64", { content: "b" })]),
      "linux/amd64 is listed twice",
    ],
    [
      "with one platform twice, once from its config",
      (all) =>
        putIndex(all, [image(all, "amd64"), image(all, "amd64", { content: "b", entry: { platform: undefined } })]),
      "linux/amd64 is listed twice",
    ],
    ["with one manifest twice", (all) => putIndex(all, [image(all, "amd64"), image(all, "amd64")]), "is listed twice"],
    [
      "with an index within its index",
      (all) => putIndex(all, [image(all, "amd64"), putIndex(all, [image(all, "arm64")])]),
      "is an index within the index",
    ],
    [
      "of Docker's manifest list",
      (all) =>
        listInIndex(all, [
          { ...putIndex(all, [image(all, "amd64")], { mediaType: DOCKER_LIST }), mediaType: DOCKER_LIST },
        ]),
      "expected an OCI image index, got Docker's manifest list",
    ],
    [
      "of Docker's manifest list with another media type",
      (all) => putIndex(all, [image(all, "amd64")], { mediaType: DOCKER_LIST }),
      "Docker's manifest list",
    ],
    [
      "of an index that is also a manifest",
      (all) => putIndex(all, [image(all, "amd64")], { config: EMPTY, layers: [] }),
      "expected an OCI image index in sha256:",
    ],
    [
      "with a second list of manifests",
      (all) => putIndex(all, [image(all, "amd64")], { Manifests: [] }),
      'the key "Manifests" twice',
    ],
    [
      "of two indexes",
      (all) => listInIndex(all, [putIndex(all, [image(all, "amd64")]), putIndex(all, [image(all, "arm64")])]),
      "an index.json of several images",
    ],
    [
      "of two images with different names",
      (all) =>
        listInIndex(
          all,
          ["amd64", "arm64"].map((one) => image(all, one, { entry: { annotations: { [REF]: one } } })),
        ),
      "an index.json of several images",
    ],
    ["of an artifact", (all) => listInIndex(all, [putBlob(all, "text/plain", "x")]), 'index.json lists "text/plain"'],
    [
      "of one platform with a layer from other addresses",
      (all) => listInIndex(all, [image(all, "amd64", { layer: { urls: ["x"] } })]),
      "may be fetched from other addresses",
    ],
    [
      "of too many entries",
      (all) =>
        putIndex(
          all,
          Array.from({ length: 129 }, () => image(all, "amd64")),
        ),
      "129 entries, more than 128",
    ],
    [
      "with an index.json of 5 MiB",
      (all) => listInIndex(all, [image(all, "amd64")], { annotations: { a: "a".repeat(5 << 20) } }),
      "more than 4194304",
    ],
    [
      "with a deeply nested index.json",
      (all) => all.set("index.json", "[".repeat(100_000)),
      "JSON nested more than 32 levels deep",
    ],
    [
      "with two layers of one diff ID",
      (all) => {
        const layers = ["a", "b"].map((content) => putBlob(all, TAR, content))
        const rootfs = { type: "layers", diff_ids: [digestOf("a"), digestOf("a")] }
        putIndex(all, [image(all, "amd64", { manifest: { layers }, config: { rootfs } })])
      },
      `a layer ${digestOf("b")} with the diff ID of ${digestOf("a")}`,
    ],
  ])("%s", async (_, build, message) => {
    const files = made(build)
    await expect(read(files)).rejects.toThrow(/^LAYOUT_INVALID: /)
    await expect(read(files)).rejects.toThrow(message)
  })

  test.each(["index", "manifest", "config"])("whose %s does not match its digest", async (kind) => {
    const files: LayoutFiles = new Map()
    const image = putImage(files, "amd64")
    const index = putIndex(files, [image])
    const manifest = JSON.parse(String(files.get(blobPath(image.digest as never))))
    const digest = { index: index.digest, manifest: image.digest, config: manifest.config.digest }[kind] ?? ""
    const path = blobPath(digest as never)
    files.set(path, `${String(files.get(path)).slice(0, -1)} `)
    await expect(read(files)).rejects.toThrow(`LAYOUT_INVALID: expected a blob with the digest ${digest}`)
  })
})
