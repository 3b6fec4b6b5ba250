import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { gzipSync } from "node:zlib"
import { type Directory, dag, type File } from "@dagger.io/dagger"
import { beforeAll, describe, expect, test } from "vitest"
import { newRun } from "../../lib/engine/tool.ts"
import {
  blobPath,
  type Digest,
  type DigestRef,
  digestOf,
  digestRef,
  parseDigestRef,
  parseRepository,
} from "../../lib/oci/reference.ts"
import { imageAccess } from "../../lib/oci/registry-access.ts"
import { requireShipped, ship } from "../../lib/ship/ship.ts"
import { describeBuild } from "../../lib/sign/provenance.ts"
import { verifyReleaseAt } from "../../lib/sign/release-verification.ts"
import { signDigest } from "../../lib/sign/signature.ts"
import { parseSigner, parseSigningKey } from "../../lib/sign/signer-input.ts"
import { toolImages } from "../../src/api/access.ts"
import {
  type AttestationChange,
  type Entry,
  type ImageChange,
  type LayoutFiles,
  listInIndex,
  putAttestation,
  putImage,
  putIndex,
  TAR,
} from "../oci/sample-layout.ts"
import { commitFolder } from "./commit-folder.ts"
import { startRegistry, type TestRegistry } from "./registry.ts"
import { tar } from "./scan-image.ts"
import { useEngine } from "./session.ts"
import { shipHere } from "./ship-options.ts"
import { makeSigningKey, type SigningKeyFiles, signingSecrets } from "./signing-key.ts"
import { slipway } from "./slipway.ts"
import { vulnerabilityDbFolder } from "./vulnerability-db.ts"

useEngine()

const HOST = "registry.test:5000"
let registry: TestRegistry
let key: SigningKeyFiles
let source: string
beforeAll(async () => {
  ;[registry, key] = await Promise.all([startRegistry(), makeSigningKey()])
  source = commitFolder({ branch: "main", tags: [], files: { "README.md": "built elsewhere" } })
})

/** An image with a gzipped layer, as builders write it. */
function imageOf(files: LayoutFiles, architecture: string, change: ImageChange = {}): Entry {
  const content = tar({ "etc/os-release": "ID=test\n", arch: architecture })
  const rootfs = { type: "layers", diff_ids: [digestOf(content)] }
  const layer = { mediaType: `${TAR}+gzip`, ...change.layer }
  return putImage(files, architecture, {
    ...change,
    content: gzipSync(content),
    layer,
    config: { rootfs, ...change.config },
  })
}

/** As `docker buildx build --output type=oci` writes it, unpacked. */
function buildx(): { files: LayoutFiles; index: Entry; images: Entry[] } {
  const files: LayoutFiles = new Map()
  const images = ["amd64", "arm64"].map((architecture) => imageOf(files, architecture))
  const index = putIndex(files, [...images, ...images.map(({ digest }) => putAttestation(files, digest))])
  listInIndex(files, [{ ...index, annotations: { "org.opencontainers.image.created": "2026-11-29T00:00:00Z" } }])
  return { files, index, images }
}

function directory(files: LayoutFiles): Directory {
  const folder = mkdtempSync(join(tmpdir(), "slipway-given-"))
  for (const [path, content] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
  return dag.host().directory(folder)
}

function provenance(platforms: [string, Entry][]): File {
  const commit = execFileSync("git", ["-C", source, "rev-parse", "HEAD"]).toString().trim()
  const facts = {
    ...{ builderId: "https://ci.test/buildx", parameters: {}, tools: [], baseImages: [] },
    ...{ source: { commit, dirty: false }, startedAt: new Date(0), finishedAt: new Date(1) },
    platforms: platforms.map(([platform, { digest }]) => ({ platform, digest: digest as Digest })),
  }
  return dag.file("provenance.json", JSON.stringify(describeBuild(facts)))
}

async function shipIt(repository: string, files: LayoutFiles, platforms: [string, Entry][]) {
  const access = { service: registry.service, plainHttp: true }
  const destination = { repository, signing: await signingSecrets(key), tags: ["v1"], registry: access }
  const given = { layout: directory(files), provenance: provenance(platforms) }
  const database = dag.host().directory(vulnerabilityDbFolder())
  return await ship(
    dag.host().directory(source),
    await shipHere(destination, database, { flags: given, settings: { test: false } }),
  )
}

async function verifying(ref: DigestRef) {
  const signer = parseSigner({ publicKey: dag.host().file(key.publicKey), kmsCredentials: [] })
  const access = await imageAccess(ref, { service: registry.service, plainHttp: true })
  const tools = toolImages(slipway())
  const cosign = { access, craneImage: tools.crane, cosignImage: tools.cosign, run: newRun() }
  return { ...cosign, signer, platforms: [], platformTypes: [], provenance: true }
}

describe("an image of another builder is shipped", () => {
  test("from buildx, with its attestations, under buildx's digest", async () => {
    const { files, index, images } = buildx()
    const [amd64, arm64] = images as [Entry, Entry]
    const { record } = requireShipped(
      await shipIt(`${HOST}/team/buildx`, files, [
        ["linux/amd64", amd64],
        ["linux/arm64", arm64],
      ]),
    )
    expect(record.published).toBe(`${HOST}/team/buildx@${index.digest}`)
    const { digest, body } = await registry.manifest("team/buildx", "v1")
    expect([digest, body.manifests?.length]).toEqual([index.digest, 4])
    const ref = parseDigestRef(String(record.published))
    const { platforms } = await verifyReleaseAt(ref, await verifying(ref))
    expect(platforms.map(({ platform }) => platform)).toEqual(["linux/amd64", "linux/arm64"])
  })

  test("with an entry whose platform is only in its config", async () => {
    const files: LayoutFiles = new Map()
    const images = [imageOf(files, "amd64"), imageOf(files, "arm64", { entry: { platform: undefined } })]
    const [amd64, arm64] = images as [Entry, Entry]
    const index = putIndex(files, images)
    const { record } = requireShipped(
      await shipIt(`${HOST}/team/nameless`, files, [
        ["linux/amd64", amd64],
        ["linux/arm64", arm64],
      ]),
    )
    expect(record.published).toBe(`${HOST}/team/nameless@${index.digest}`)
  })

  test("of one platform, without an index", async () => {
    const files: LayoutFiles = new Map()
    const image = imageOf(files, "amd64")
    listInIndex(files, [image])
    requireShipped(await shipIt(`${HOST}/team/single`, files, [["linux/amd64", image]]))
    const { body } = await registry.manifest("team/single", "v1")
    expect(body.manifests?.map(({ digest }) => digest)).toEqual([image.digest])
  })
})

describe("a layout is refused before anything is pushed", () => {
  const altered = () => {
    const { files, images } = buildx()
    const manifest = JSON.parse(String(files.get(blobPath(images[0]?.digest as Digest))))
    const path = blobPath(manifest.layers[0].digest)
    const bytes = Buffer.from(files.get(path) as Buffer)
    bytes[9] = (bytes[9] ?? 0) ^ 0xff // the same size, and a gzip file still
    return { files: files.set(path, bytes), images }
  }
  const nowhere = () => {
    const files: LayoutFiles = new Map()
    const images = [imageOf(files, "amd64", { entry: { platform: undefined }, config: { os: undefined } })]
    putIndex(files, images)
    return { files, images }
  }
  const disguised = () => {
    const files: LayoutFiles = new Map()
    const image = imageOf(files, "amd64")
    const hidden = putAttestation(files, image.digest, {
      entry: { platform: { os: "linux", architecture: "arm64" } },
      config: { os: "linux", architecture: "arm64" },
    })
    putIndex(files, [image, hidden])
    return { files, images: [image] }
  }
  test.each<[string, () => { files: LayoutFiles; images: Entry[] }, string]>([
    ["with an altered layer", altered, "has the content of sha256:"],
    ["with an entry without a platform", nowhere, "a config without a platform"],
    ["with an image that is annotated as an attestation", disguised, "is for linux/arm64"],
  ])("%s, by ship, trivy-scan and publish", async (_, build, message) => {
    const { files, images } = build()
    const held = await registry.snapshot()
    const platforms = images.map((image, n): [string, Entry] => [["linux/amd64", "linux/arm64"][n] ?? "", image])
    const { record, error } = await shipIt(`${HOST}/team/buildx`, files, platforms)
    expect(record.failure?.code).toBe("LAYOUT_INVALID")
    expect(String(error)).toContain(message)
    const access = { registryService: registry.service, plainHttp: true }
    const module = slipway({ vulnerabilityDb: dag.host().directory(vulnerabilityDbFolder()), ...access })
    await expect(module.trivyScan(directory(files))).rejects.toThrow(message)
    await expect(module.publish(directory(files), `${HOST}/team/other`)).rejects.toThrow(message)
    expect(await registry.snapshot()).toEqual(held)
  })

  test("with an altered layer that the registry has from an earlier release, and so would not upload", async () => {
    const module = slipway({ registryService: registry.service, plainHttp: true })
    const { files } = altered()
    await expect(module.publish(directory(files), `${HOST}/team/buildx`)).rejects.toThrow("LAYOUT_INVALID")
  })
})

describe("a signed index in a registry is refused by verify-release", () => {
  const base = () => `http://127.0.0.1:${registry.port}/v2/team/hostile`

  async function push(files: LayoutFiles, index: Entry): Promise<DigestRef> {
    const texts = [...files].filter(([path]) => path.startsWith("blobs/"))
    for (const [, content] of texts) {
      const begun = await fetch(`${base()}/blobs/uploads/`, { method: "POST" })
      const location = new URL(begun.headers.get("location") ?? "", base())
      location.searchParams.set("digest", digestOf(content))
      await fetch(location, { method: "PUT", body: new Uint8Array(Buffer.from(content)) })
    }
    const entries = JSON.parse(String(files.get(blobPath(index.digest as Digest)))).manifests as Entry[]
    for (const { digest, mediaType } of [...entries, index]) {
      const body = String(files.get(blobPath(digest as Digest)))
      const put = await fetch(`${base()}/manifests/${digest}`, {
        method: "PUT",
        headers: { "content-type": mediaType },
        body,
      })
      expect(put.status).toBe(201)
    }
    return digestRef(parseRepository(`${HOST}/team/hostile`), index.digest as Digest)
  }

  test.each<[string, AttestationChange, string]>([
    [
      "with an image that is called unknown/unknown",
      { annotations: { "vnd.docker.reference.type": undefined } },
      "no annotation vnd.docker.reference.type",
    ],
    [
      "with an attestation for a platform",
      { entry: { platform: { os: "linux", architecture: "arm64" } } },
      "is for linux/arm64",
    ],
    ["with an attestation that holds a layer", { layer: { mediaType: TAR } }, `is "${TAR}"`],
    [
      "with an attestation that has a command",
      { config: { config: { Cmd: ["/evil"] } } },
      "has the config of an image that runs",
    ],
    [
      "with an attestation of an image elsewhere",
      { annotations: { "vnd.docker.reference.digest": digestOf("x") } },
      "is about an image that is not in the index",
    ],
  ])("%s", async (_, change, message) => {
    const files: LayoutFiles = new Map()
    const image = imageOf(files, "amd64")
    const ref = await push(files, putIndex(files, [image, putAttestation(files, image.digest, change)]))
    const options = { ...(await verifying(ref)), provenance: false }
    const signing = await signingSecrets(key)
    await signDigest(ref, { ...options, key: parseSigningKey({ key: signing.key, password: signing.password }) })
    await expect(verifyReleaseAt(ref, options)).rejects.toThrow("VERIFICATION_FAILED")
    await expect(verifyReleaseAt(ref, options)).rejects.toThrow(message)
  })

  test("but not with buildx's attestations", async () => {
    const { files, index } = buildx()
    const ref = await push(files, index)
    const options = { ...(await verifying(ref)), provenance: false }
    const signing = await signingSecrets(key)
    await signDigest(ref, { ...options, key: parseSigningKey({ key: signing.key, password: signing.password }) })
    expect((await verifyReleaseAt(ref, options)).platforms).toHaveLength(2)
  })
})
