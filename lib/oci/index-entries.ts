import { quote } from "../error.ts"
import {
  type Descriptor,
  DOCKER_LIST,
  DOCKER_MANIFEST,
  IMAGE_INDEX,
  IMAGE_MANIFEST,
  type ImageIndex,
} from "./manifest.ts"
import { isPlatform, platformText } from "./platform.ts"
import { digestOf } from "./reference.ts"

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
export type IndexEntries = { images: Descriptor[]; attachments: Descriptor[]; faults: string[] }

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
