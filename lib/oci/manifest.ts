import { z } from "zod"
import { SlipwayError } from "../error.ts"
import { Digest } from "./reference.ts"
import { readDocument, type Spelling } from "./strict-json.ts"

/** https://github.com/opencontainers/image-spec/blob/main/descriptor.md: loose, so that what is written again loses nothing. */
export const Descriptor = z.looseObject({
  mediaType: z.string(),
  digest: Digest,
  size: z.number().int().nonnegative(),
  platform: z.looseObject({ os: z.string(), architecture: z.string(), variant: z.string().optional() }).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
  /** Where else the content may be fetched from, and the content itself: neither is what a scanner reads. */
  urls: z.array(z.string()).optional(),
  data: z.string().optional(),
})
export type Descriptor = z.infer<typeof Descriptor>

/** What the names of annotations and labels begin with: https://github.com/opencontainers/image-spec/blob/main/annotations.md */
export const OCI_ANNOTATION = "org.opencontainers.image"

/** The fields of indexes, manifests and their descriptors, all in one spelling. */
const MANIFEST_SPELLING: Spelling = {
  fields: [
    ...["schemaVersion", "mediaType", "artifactType", "manifests", "config", "layers", "subject", "annotations"],
    ...["digest", "size", "urls", "data", "platform"],
    ...["os", "architecture", "variant", "os.version", "os.features", "features"],
  ],
  maps: ["annotations"],
}

export const IMAGE_INDEX = "application/vnd.oci.image.index.v1+json"
export const IMAGE_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
export const DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"

/**
 * https://github.com/opencontainers/image-spec/blob/main/image-index.md. A document that is an index and a manifest at
 * once would be pulled as one and scanned as the other.
 */
export const ImageIndex = z.looseObject({
  schemaVersion: z.literal(2),
  mediaType: z.enum([IMAGE_INDEX, DOCKER_LIST]).optional(),
  manifests: z.array(Descriptor),
  annotations: z.record(z.string(), z.string()).optional(),
  config: z.undefined().optional(),
  layers: z.undefined().optional(),
})
export type ImageIndex = z.infer<typeof ImageIndex>

/** Reads an index; `what` says in a message which one it was. */
export function parseImageIndex(text: string, what: string): ImageIndex {
  const read = readDocument(text, ImageIndex, MANIFEST_SPELLING)
  if ("value" in read) return read.value
  throw new SlipwayError("LAYOUT_INVALID", { expected: `an OCI image index in ${what}`, got: read.fault, fix: PASS })
}

/** What a stage takes as an image, for the end of a message. */
export const PASS =
  "Pass the directory that build-multi-arch or image-layout returned, or an unpacked OCI image layout of one image: of docker buildx build --output type=oci, crane pull --format=oci, skopeo copy or ko."

/** The bytes are part of the contract: the digest that is signed is the digest of exactly this text. */
export function renderImageIndex(manifests: Descriptor[], annotations?: Record<string, string>): string {
  const index = { schemaVersion: 2, mediaType: IMAGE_INDEX, manifests, ...(annotations && { annotations }) }
  return JSON.stringify(index)
}

export const DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"

/** https://github.com/opencontainers/image-spec/blob/main/manifest.md, and Docker's older manifest, which says the same. */
export const ImageManifest = z.looseObject({
  schemaVersion: z.literal(2),
  mediaType: z.enum([IMAGE_MANIFEST, DOCKER_MANIFEST]).optional(),
  config: Descriptor,
  layers: z.array(Descriptor),
  subject: Descriptor.optional(),
  manifests: z.undefined().optional(),
})
export type ImageManifest = z.infer<typeof ImageManifest>

/** Reads one platform's manifest; `what` says in a message which one it was. */
export function parseImageManifest(text: string, what: string): ImageManifest {
  const read = readDocument(text, ImageManifest, MANIFEST_SPELLING)
  if ("value" in read) return read.value
  throw new SlipwayError("LAYOUT_INVALID", { expected: `an OCI image manifest in ${what}`, got: read.fault, fix: PASS })
}

/** What a node pulls, in bytes: config and layers, compressed as they are. */
export function pullSize({ config, layers }: ImageManifest): number {
  return [config, ...layers].reduce((sum, { size }) => sum + size, 0)
}
