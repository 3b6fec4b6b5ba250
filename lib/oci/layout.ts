import type { Directory } from "@dagger.io/dagger"
import { quote, SlipwayError } from "../error.ts"
import { type EntryContent, judgeAttachment, judgeImage } from "./image-content.ts"
import {
  type Descriptor,
  DOCKER_LIST,
  DOCKER_MANIFEST,
  doubles,
  IMAGE_INDEX,
  IMAGE_MANIFEST,
  type ImageManifest,
  OCI_ANNOTATION,
  PASS,
  parseImageIndex,
  parseImageManifest,
  readEntries,
  renderImageIndex,
} from "./manifest.ts"
import { type PlatformSpec, platformText } from "./platform.ts"
import { blobPath, type Digest, digestOf } from "./reference.ts"
import { DOCUMENT_BYTES } from "./strict-json.ts"

const LAYOUT_MARKER = '{"imageLayoutVersion":"1.0.0"}'

/** One platform's image within a layout. */
export type PlatformManifest = {
  platform: string
  spec: PlatformSpec
  digest: Digest
  size: number
  descriptor: Descriptor
  manifest: ImageManifest
}

/** A layout's image index, and the manifest of each platform. `digest` is the index's. */
export type LayoutContent = { digest: Digest; size: number; manifests: PlatformManifest[] }

/** An image for all stages. `layout` lists the image index that `content` describes. */
export type LayoutImage = { layout: Directory; content: LayoutContent }

/** The content that is scanned, pushed and signed; see openLayout. */
export async function readLayout(layout: Directory): Promise<LayoutContent> {
  return (await openLayout(layout)).content
}

/**
 * Reads an image layout. It computes the digests and sizes of index, manifests and configs from their bytes; verifyLayout
 * checks those of layers. Each entry of the index must be an image to scan, or an attestation of one.
 */
export async function openLayout(layout: Directory): Promise<LayoutImage> {
  const text = await readText(layout, "index.json")
  const outer = parseImageIndex(text, "index.json")
  const [first, ...others] = outer.manifests
  if (!first) throw invalid("index.json lists nothing")
  if (others.every(({ digest }) => digest === first.digest)) return await openOne(layout, first) // one entry per name
  // index.json lists the platforms, so it is the image index, as for `crane push --index`
  requireOneImage(outer.manifests)
  return { layout: layoutWithIndex(layout, text), content: await readIndex(layout, text) }
}

/** An image without an index keeps its digest, and gets a reproducible index. */
async function openOne(layout: Directory, { mediaType, digest, size }: Descriptor): Promise<LayoutImage> {
  const entry = { mediaType, digest, size }
  if (mediaType === IMAGE_INDEX) return { layout, content: await readIndex(layout, await readBlob(layout, entry)) }
  if (mediaType === DOCKER_LIST) throw dockerList(digest)
  if (![IMAGE_MANIFEST, DOCKER_MANIFEST].includes(mediaType)) throw invalid(`index.json lists ${quote(mediaType)}`)
  const { platform } = judged(await readContent(layout, entry))
  const index = renderImageIndex([{ ...entry, platform }])
  return { layout: layoutWithIndex(layout, index), content: await readIndex(layout, index) }
}

const NAME = `${OCI_ANNOTATION}.ref.name`

/** Entries with different names are different images, even for different platforms. */
function requireOneImage(entries: Descriptor[]): void {
  const names = new Set(entries.flatMap(({ annotations }) => annotations?.[NAME] ?? []))
  const isEach = entries.every(({ mediaType }) => [IMAGE_MANIFEST, DOCKER_MANIFEST].includes(mediaType))
  if (isEach && names.size < 2) return
  const listed = entries.map(({ mediaType, annotations }) => `${quote(mediaType)} ${quote(annotations?.[NAME] ?? "")}`)
  throw invalid(`an index.json of several images: ${listed.slice(0, 5).join(", ")}`)
}

async function readIndex(layout: Directory, text: string): Promise<LayoutContent> {
  const digest = digestOf(text)
  const index = parseImageIndex(text, digest)
  if (index.mediaType === DOCKER_LIST) throw dockerList(digest)
  const { images, attachments, faults } = readEntries(index)
  if (faults.length > 0) throw invalid(...faults)
  const [read, attached] = await Promise.all([readAll(layout, images), readAll(layout, attachments)])
  const problems = [
    ...read.flatMap((one) => judgeImage(one).faults),
    ...attached.flatMap((one) => judgeAttachment(one, index.manifests)),
  ]
  if (problems.length > 0) throw invalid(...problems)
  const manifests = read.map(platformManifest)
  const twice = doubles(manifests.map(({ platform }) => platform))
  if (twice.length > 0) throw invalid(...twice)
  return { digest, size: Buffer.byteLength(text), manifests }
}

function platformManifest(content: EntryContent): PlatformManifest {
  const { entry, manifest } = content
  const { platform: spec } = judged(content)
  return {
    platform: platformText(spec),
    spec,
    digest: entry.digest,
    size: entry.size,
    descriptor: entry,
    manifest,
  }
}

function judged(content: EntryContent): { platform: PlatformSpec } {
  const { spec, faults } = judgeImage(content)
  if (spec && faults.length === 0) return { platform: spec }
  throw invalid(...faults)
}

async function readAll(layout: Directory, entries: Descriptor[]): Promise<EntryContent[]> {
  return await Promise.all(entries.map((entry) => readContent(layout, entry)))
}

async function readContent(layout: Directory, entry: Descriptor): Promise<EntryContent> {
  const manifest = parseImageManifest(await readBlob(layout, entry), entry.digest)
  return { entry, manifest, config: await readBlob(layout, manifest.config) }
}

/** The layout for `crane push --index`, with the image index, byte for byte, as index.json. */
export function pushableLayout(layout: Directory, digest: Digest): Directory {
  return layout.withFile("index.json", layout.file(blobPath(digest)))
}

/** The layout for scanners, whose index.json lists one manifest. */
export function platformLayout(layout: Directory, { descriptor, spec }: PlatformManifest): Directory {
  const { mediaType, digest, size } = descriptor
  return layout.withNewFile("index.json", renderImageIndex([{ mediaType, digest, size, platform: spec }]))
}

/** Adds an image index to a layout, as the one entry of index.json. */
export function layoutWithIndex(blobs: Directory, indexText: string): Directory {
  const digest = digestOf(indexText)
  const entry = { mediaType: IMAGE_INDEX, digest, size: Buffer.byteLength(indexText) }
  return blobs
    .withNewFile("oci-layout", LAYOUT_MARKER)
    .withNewFile(blobPath(digest), indexText)
    .withNewFile("index.json", renderImageIndex([entry]))
}

/** Reads a document of the layout; refused if its digest or size differs. */
async function readBlob(layout: Directory, { digest, size }: Pick<Descriptor, "digest" | "size">): Promise<string> {
  if (size > DOCUMENT_BYTES) throw invalid(`${digest}, a document of ${size} bytes, more than ${DOCUMENT_BYTES}`)
  const text = await readText(layout, blobPath(digest))
  const [found, length] = [digestOf(text), Buffer.byteLength(text)]
  if (found === digest && length === size) return text
  throw new SlipwayError("LAYOUT_INVALID", {
    expected: `a blob with the digest ${digest} and ${size} bytes`,
    got: `${found} and ${length} bytes`,
    fix: CHANGED,
  })
}

async function readText(layout: Directory, path: string): Promise<string> {
  if (await layout.exists(path)) return await layout.file(path).contents()
  throw new SlipwayError("LAYOUT_INVALID", {
    expected: `an OCI image layout with the file ${path}`,
    got: `a directory with ${(await layout.entries()).slice(0, 10).join(", ") || "nothing"}`,
    fix: PASS,
  })
}

export const CHANGED = "Build the layout again, and check who can write to it: it changed after the build."

function invalid(...faults: string[]): SlipwayError {
  return new SlipwayError("LAYOUT_INVALID", {
    expected: "an OCI image layout of one image, in which each entry is an image to scan or an attestation of one",
    got: faults.slice(0, 5).join("; "),
    fix: PASS,
  })
}

function dockerList(digest: string): SlipwayError {
  return new SlipwayError("LAYOUT_INVALID", {
    expected: "an OCI image index",
    got: `Docker's manifest list ${digest}`,
    fix: "Write it with OCI media types: buildx with oci-mediatypes=true, skopeo with --format oci.",
  })
}
