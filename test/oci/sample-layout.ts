import type { Directory } from "@dagger.io/dagger"
import { IMAGE_CONFIG } from "../../lib/oci/image-content.ts"
import { IMAGE_INDEX, IMAGE_MANIFEST } from "../../lib/oci/manifest.ts"
import { blobPath, digestOf } from "../../lib/oci/reference.ts"

/** A layout's files by path. */
export type LayoutFiles = Map<string, string | Buffer>
export type Json = Record<string, unknown>
export type Entry = Json & { mediaType: string; digest: string; size: number }

export const TAR = "application/vnd.oci.image.layer.v1.tar"
export const STATEMENT = "application/vnd.in-toto+json"

/** Puts a blob into a layout, and returns its descriptor with the fields in `more`. */
export function putBlob(
  files: LayoutFiles,
  mediaType: string,
  content: Json | string | Buffer,
  more: Json = {},
): Entry {
  const bytes = typeof content === "string" || Buffer.isBuffer(content) ? content : JSON.stringify(content)
  const digest = digestOf(bytes)
  files.set(blobPath(digest), bytes)
  return { mediaType, digest, size: Buffer.byteLength(bytes), ...more }
}

export type ImageChange = { config?: Json; manifest?: Json; layer?: Json; content?: string | Buffer; entry?: Json }

/** Puts a platform's image of one layer into a layout, and returns its descriptor. */
export function putImage(files: LayoutFiles, architecture: string, change: ImageChange = {}): Entry {
  const content = change.content ?? `the layer of ${architecture}`
  const layer = putBlob(files, TAR, content, change.layer)
  const rootfs = { type: "layers", diff_ids: [digestOf(content)] }
  const config = putBlob(files, IMAGE_CONFIG, { os: "linux", architecture, config: {}, rootfs, ...change.config })
  const manifest = { schemaVersion: 2, mediaType: IMAGE_MANIFEST, config, layers: [layer], ...change.manifest }
  return putBlob(files, IMAGE_MANIFEST, manifest, { platform: { os: "linux", architecture }, ...change.entry })
}

export type AttestationChange = {
  config?: Json
  configType?: string
  manifest?: Json
  layer?: Json
  statement?: string
  entry?: Json
  annotations?: Json
}

/** An attestation of an image as BuildKit v0.27 writes it (exporter/containerimage/writer.go). */
export function putAttestation(files: LayoutFiles, subject: string, change: AttestationChange = {}): Entry {
  const statement = change.statement ?? provenanceStatement(subject)
  const predicate = { "in-toto.io/predicate-type": "https://slsa.dev/provenance/v1" }
  const layer = putBlob(files, STATEMENT, statement, { annotations: predicate, ...change.layer })
  const rootfs = { type: "layers", diff_ids: [layer.digest] }
  const unknown = { architecture: "unknown", os: "unknown" }
  const config = putBlob(files, change.configType ?? IMAGE_CONFIG, { ...unknown, config: {}, rootfs, ...change.config })
  const manifest = { schemaVersion: 2, mediaType: IMAGE_MANIFEST, config, layers: [layer], ...change.manifest }
  return putBlob(files, IMAGE_MANIFEST, JSON.stringify(manifest, null, 2), {
    annotations: {
      "vnd.docker.reference.digest": subject,
      "vnd.docker.reference.type": "attestation-manifest",
      ...change.annotations,
    },
    platform: unknown,
    ...change.entry,
  })
}

function provenanceStatement(subject: string): string {
  return JSON.stringify({
    _type: "https://in-toto.io/Statement/v0.1",
    predicateType: "https://slsa.dev/provenance/v1",
    subject: [{ name: "_", digest: { sha256: subject.slice("sha256:".length) } }],
    predicate: {
      buildDefinition: {
        buildType: "https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md",
      },
    },
  })
}

/** Lists one image index in index.json, as most tools do. */
export function putIndex(files: LayoutFiles, manifests: Json[], change: Json = {}): Entry {
  const index = { schemaVersion: 2, mediaType: IMAGE_INDEX, manifests, ...change }
  const entry = putBlob(files, IMAGE_INDEX, JSON.stringify(index, null, 2))
  listInIndex(files, [entry])
  return entry
}

export function listInIndex(files: LayoutFiles, manifests: Json[], change: Json = {}): void {
  files.set("index.json", JSON.stringify({ schemaVersion: 2, mediaType: IMAGE_INDEX, manifests, ...change }))
  files.set("oci-layout", '{"imageLayoutVersion":"1.0.0"}')
}

/** What `docker buildx build --output type=oci` writes for these platforms: an attestation of each, after the images. */
export function putBuildx(files: LayoutFiles, architectures = ["amd64", "arm64"]): { images: Entry[]; index: Entry } {
  const images = architectures.map((architecture) => putImage(files, architecture))
  const index = putIndex(files, [...images, ...images.map(({ digest }) => putAttestation(files, digest))])
  const created = "2026-11-29T00:00:00Z"
  listInIndex(files, [{ ...index, annotations: { "org.opencontainers.image.created": created } }])
  return { images, index }
}

/** A Directory of these files, with the methods that reading a layout needs. */
export function directoryOf(files: LayoutFiles): Directory {
  const stub = {
    exists: async (path: string) => files.has(path),
    entries: async () => [...new Set([...files.keys()].map((path) => path.split("/")[0]))],
    file: (path: string) => ({ contents: async () => String(files.get(path)) }),
    withNewFile: (path: string, content: string) => directoryOf(new Map([...files, [path, content]])),
  }
  return stub as unknown as Directory
}
