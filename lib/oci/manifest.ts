import { z } from "zod"
import { quote, SlipwayError } from "../error.ts"
import { isPlatform, platformText } from "./platform.ts"
import { Digest, digestOf } from "./reference.ts"
import { readDocument, type Spelling } from "./strict-json.ts"

/** https://github.com/opencontainers/image-spec/blob/main/descriptor.md: loose, so that rewritten documents keep all fields. */
export const Descriptor = z.looseObject({
  mediaType: z.string(),
  digest: Digest,
  size: z.number().int().nonnegative(),
  platform: z.looseObject({ os: z.string(), architecture: z.string(), variant: z.string().optional() }).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
  /** Other addresses of the content, and the content itself; scanners read neither. */
  urls: z.array(z.string()).optional(),
  data: z.string().optional(),
})
export type Descriptor = z.infer<typeof Descriptor>

/** The prefix of annotations and labels: https://github.com/opencontainers/image-spec/blob/main/annotations.md */
export const OCI_ANNOTATION = "org.opencontainers.image"

/** The annotation and label of a release on newer bases; its value is the same for the same digests of them. */
export const BASES_ANNOTATION = "dev.slipway.bases"

/** The config of a Helm chart: https://helm.sh/docs/topics/registries/#oci-feature-deprecation-and-behavior-changes-with-v380 */
export const CHART_CONFIG = "application/vnd.cncf.helm.config.v1+json"

/** The fields of indexes, manifests and descriptors, which must have this spelling. */
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
 * https://github.com/opencontainers/image-spec/blob/main/image-index.md. A document that is both an index and
 * a manifest could be pulled as one and scanned as the other.
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

/** Reads an index; `what` names it in the error. */
export function parseImageIndex(text: string, what: string): ImageIndex {
  const read = readDocument(text, ImageIndex, MANIFEST_SPELLING)
  if ("value" in read) return read.value
  throw new SlipwayError("LAYOUT_INVALID", { expected: `an OCI image index in ${what}`, got: read.fault, fix: PASS })
}

/** The fix of errors about a layout. */
export const PASS =
  "Pass the directory that build-multi-arch or image-layout returned, or an unpacked OCI image layout of one image: of docker buildx build --output type=oci, crane pull --format=oci, skopeo copy or ko."

/** The exact bytes matter: the signed digest is that of this text. */
export function renderImageIndex(manifests: Descriptor[], annotations?: Record<string, string>): string {
  const index = { schemaVersion: 2, mediaType: IMAGE_INDEX, manifests, ...(annotations && { annotations }) }
  return JSON.stringify(index)
}

export const DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"

/** https://github.com/opencontainers/image-spec/blob/main/manifest.md, and Docker's equivalent manifest. */
export const ImageManifest = z.looseObject({
  schemaVersion: z.literal(2),
  mediaType: z.enum([IMAGE_MANIFEST, DOCKER_MANIFEST]).optional(),
  config: Descriptor,
  layers: z.array(Descriptor),
  subject: Descriptor.optional(),
  manifests: z.undefined().optional(),
})
export type ImageManifest = z.infer<typeof ImageManifest>

/** Reads one platform's manifest; `what` names it in the error. */
export function parseImageManifest(text: string, what: string): ImageManifest {
  const read = readDocument(text, ImageManifest, MANIFEST_SPELLING)
  if ("value" in read) return read.value
  throw new SlipwayError("LAYOUT_INVALID", { expected: `an OCI image manifest in ${what}`, got: read.fault, fix: PASS })
}

/** The bytes that a node pulls: config and compressed layers. */
export function pullSize({ config, layers }: ImageManifest): number {
  return [config, ...layers].reduce((sum, { size }) => sum + size, 0)
}

// https://github.com/moby/buildkit/blob/master/docs/attestations/attestation-storage.md
const REFERENCE_TYPE = "vnd.docker.reference.type"
const REFERENCE_DIGEST = "vnd.docker.reference.digest"
const ATTESTATION = "attestation-manifest"

/** Most entries of an index: with more, a scan would take hours. */
const ENTRIES = 128

/**
 * The entries of an image index. A node can be made to pull each of `images`, so each is scanned; `attachments` are
 * BuildKit's attestations of them. `faults` are the reasons to refuse the index.
 */
type IndexEntries = { images: Descriptor[]; attachments: Descriptor[]; faults: string[] }

/** Reads an index for scan, push and verification. Only an annotation makes an entry an attachment. */
export function readEntries({ manifests }: ImageIndex): IndexEntries {
  if (manifests.length > ENTRIES) {
    return { images: [], attachments: [], faults: [`${manifests.length} entries, more than ${ENTRIES}`] }
  }
  const images = manifests.filter((entry) => !isAttachment(entry))
  const attachments = manifests.filter(isAttachment)
  const faults = [
    ...(images.length === 0 ? ["no image for any platform"] : []),
    ...doubles(manifests.map(({ digest }) => digest)),
    ...manifests.flatMap((entry) => descriptorFaults(entry, entryName(entry))),
    ...images.flatMap(imageFaults),
    ...attachments.flatMap((entry) => attachmentFaults(entry, images)),
  ]
  return { images, attachments, faults }
}

/** Whether an entry is annotated as an attestation; judgeAttachment checks its content. */
export function isAttachment({ annotations }: Pick<Descriptor, "annotations">): boolean {
  return annotations?.[REFERENCE_TYPE] === ATTESTATION
}

/** The digest of an attachment's image. */
export function attachedTo({ annotations }: Descriptor): string | undefined {
  return annotations?.[REFERENCE_DIGEST]
}

/** Names that are listed twice: of two images for one platform, a node may pull either. */
export function doubles(names: string[]): string[] {
  return [...new Set(names.filter((name, at) => names.indexOf(name) !== at))].map((name) => `${name} is listed twice`)
}

export function entryName({ platform, digest }: Descriptor): string {
  return platform ? `${platformText(platform).slice(0, 60)} ${digest}` : digest
}

/** A node could fetch other content than the scanned one by these fields. */
export function descriptorFaults({ urls, data, digest, size }: Descriptor, name: string): string[] {
  return [
    ...(urls?.length ? [`${name} may be fetched from other addresses (urls)`] : []),
    ...(data !== undefined && !isContent(data, { digest, size }) ? [`${name} embeds different content (data)`] : []),
  ]
}

function isContent(data: string, { digest, size }: Pick<Descriptor, "digest" | "size">): boolean {
  const bytes = Buffer.from(data, "base64")
  return bytes.length === size && digestOf(bytes) === digest
}

function imageFaults(entry: Descriptor): string[] {
  const name = entryName(entry)
  return [
    ...([IMAGE_INDEX, DOCKER_LIST].includes(entry.mediaType) ? [`${name} is an index within the index`] : []),
    ...([IMAGE_MANIFEST, DOCKER_MANIFEST, IMAGE_INDEX, DOCKER_LIST].includes(entry.mediaType)
      ? []
      : [`${name} is ${quote(entry.mediaType)}, not an image`]),
    ...platformFaults(entry),
  ]
}

/** No node has an unknown platform, but a node can pull such an image by digest. */
function platformFaults({ platform, digest }: Descriptor): string[] {
  if (!platform || isPlatform(platform)) return []
  return [
    `${digest} is for ${quote(platformText(platform))}, and has no annotation ${REFERENCE_TYPE} for an attestation`,
  ]
}

/** BuildKit gives an attestation the platform unknown/unknown, so that no node pulls it as an image. */
function attachmentFaults(entry: Descriptor, images: Descriptor[]): string[] {
  const name = `${entry.digest}, an attestation by its annotation,`
  const subject = attachedTo(entry)
  const { os, architecture, ...more } = entry.platform ?? {}
  const isPlaced = os === "unknown" && architecture === "unknown" && Object.keys(more).length === 0
  return [
    ...(entry.mediaType === IMAGE_MANIFEST ? [] : [`${name} is ${quote(entry.mediaType)}`]),
    ...(isPlaced ? [] : [`${name} is for ${entry.platform ? entryName(entry) : "any platform"}, not unknown/unknown`]),
    ...(images.some(({ digest }) => digest === subject) ? [] : [`${name} is about an image that is not in the index`]),
  ]
}
