import { z } from "zod"
import { quote, SlipwayError } from "../error.ts"
import { isPlatform, platformText } from "./platform.ts"
import { Digest, digestOf } from "./reference.ts"
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

// https://github.com/moby/buildkit/blob/master/docs/attestations/attestation-storage.md
const REFERENCE_TYPE = "vnd.docker.reference.type"
const REFERENCE_DIGEST = "vnd.docker.reference.digest"
const ATTESTATION = "attestation-manifest"

/** An index lists one entry for each platform, and one for its attestations; more would keep a scan busy for hours. */
const ENTRIES = 128

/**
 * What an image index lists. `images` are all entries that a node could be made to pull, so each is scanned and judged;
 * `attachments` are BuildKit's attestations of them. `faults` say why the index is refused.
 */
type IndexEntries = { images: Descriptor[]; attachments: Descriptor[]; faults: string[] }

/** The one reading of an index, for scan, push and verification. Only an annotation makes an entry an attachment. */
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

/** Whether an entry says that it is an attestation; its content has to bear that out. */
export function isAttachment({ annotations }: Pick<Descriptor, "annotations">): boolean {
  return annotations?.[REFERENCE_TYPE] === ATTESTATION
}

/** The image that an attachment is about. */
export function attachedTo({ annotations }: Descriptor): string | undefined {
  return annotations?.[REFERENCE_DIGEST]
}

/** What is listed twice. Of two images for one platform, which a node pulls is up to the node. */
export function doubles(names: string[]): string[] {
  return [...new Set(names.filter((name, at) => names.indexOf(name) !== at))].map((name) => `${name} is listed twice`)
}

export function entryName({ platform, digest }: Descriptor): string {
  return platform ? `${platformText(platform).slice(0, 60)} ${digest}` : digest
}

/** Content that comes from elsewhere is not the content that was scanned. */
export function descriptorFaults({ urls, data, digest, size }: Descriptor, name: string): string[] {
  return [
    ...(urls?.length ? [`${name} may be fetched from other places (urls)`] : []),
    ...(data !== undefined && !isContent(data, { digest, size }) ? [`${name} embeds other content (data)`] : []),
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

/** No node is of an unknown platform, but a node can be made to pull by digest. */
function platformFaults({ platform, digest }: Descriptor): string[] {
  if (!platform || isPlatform(platform)) return []
  return [
    `${digest} is for ${quote(platformText(platform))}, and no annotation ${REFERENCE_TYPE} says that it is an attestation`,
  ]
}

/** BuildKit gives an attestation the platform unknown/unknown, so that no node takes it for an image of its own. */
function attachmentFaults(entry: Descriptor, images: Descriptor[]): string[] {
  const name = `${entry.digest}, an attestation by its annotation,`
  const subject = attachedTo(entry)
  const { os, architecture, ...more } = entry.platform ?? {}
  const isPlaced = os === "unknown" && architecture === "unknown" && Object.keys(more).length === 0
  return [
    ...(entry.mediaType === IMAGE_MANIFEST ? [] : [`${name} is ${quote(entry.mediaType)}`]),
    ...(isPlaced ? [] : [`${name} is for ${entry.platform ? entryName(entry) : "any platform"}, not unknown/unknown`]),
    ...(images.some(({ digest }) => digest === subject) ? [] : [`${name} is about no image of the index`]),
  ]
}
