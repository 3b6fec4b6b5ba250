import { z } from "zod"
import { parseJson } from "../config/file.ts"
import { Digest, digestOf } from "../oci/reference.ts"
import type { Volume } from "./volume.ts"

/** The description of a bundle, and its signature, in the folder of the archives. */
export const BUNDLE_FILE = "bundle.json"
export const SIGNATURE_FILE = "bundle.sigstore.json"
/** The most archives that a bundle has by default, a fifth of what GitHub keeps for a repository. */
export const MEGABYTES = 2000
/** The largest description that is read. */
export const MOST_DESCRIPTION = 1 << 20

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/)
const Count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER)

/** The archive of one volume; `content` is the digest of the volume, and `usedAt` when a run last imported or wrote it. */
const BundleEntry = z.strictObject({
  kind: z.enum(["test", "build", "scan"]),
  name: z.string().max(1000),
  family: z.string().regex(/^[0-9a-f]{32}$/),
  key: z.string().regex(/^[0-9a-f]{32}$/),
  content: Sha256,
  sha256: Sha256,
  size: Count,
  unpacked: Count,
  files: Count,
  usedAt: z.iso.datetime(),
})
export type BundleEntry = z.infer<typeof BundleEntry>

/** `repository` is that of the image, so that a signer's bundle of one project is not taken for that of another. */
const Bundle = z.strictObject({
  schema: z.literal(1),
  repository: z.string(),
  entries: z.array(BundleEntry).max(1000),
})
export type Bundle = z.infer<typeof Bundle>

/** Reads a description; a text of another shape is the reason to use nothing of the bundle. */
export function parseBundle(text: string): Bundle | { broken: string } {
  const parsed = Bundle.safeParse(parseJson(text))
  return parsed.success ? parsed.data : { broken: `its ${BUNDLE_FILE} is not a description that Slipway writes` }
}

export function renderBundle(bundle: Bundle): string {
  return `${JSON.stringify(bundle, null, 2)}\n`
}

/** The name of an archive in a bundle. */
export function archiveName({ sha256 }: Pick<BundleEntry, "sha256">): string {
  return `${sha256}.tar.zst`
}

export type Match = "hit" | "fallback" | "miss"

/** The archive for a volume: that of its key, or else the newest of its family. */
export function findEntry(entries: BundleEntry[], { family, key }: Volume): { match: Match; entry?: BundleEntry } {
  const related = entries.filter((entry) => entry.family === family).sort(newestFirst)
  const exact = related.find((entry) => entry.key === key)
  if (exact) return { match: "hit", entry: exact }
  const [newest] = related
  return newest ? { match: "fallback", entry: newest } : { match: "miss" }
}

function newestFirst(one: BundleEntry, other: BundleEntry): number {
  return other.usedAt.localeCompare(one.usedAt) || one.sha256.localeCompare(other.sha256)
}

/** Two branches can have other lock files; more archives of one family are old ones. Of a database, only the newest serves. */
const MOST_OF_FAMILY = { test: 2, build: 2, scan: 1 }

/**
 * The entries of the next bundle. `current` are those of this run's volumes, written or unchanged; an older one stays while its
 * family has fewer than two and everything fits, the least recently used going first.
 */
export function nextEntries(previous: BundleEntry[], current: BundleEntry[], limit: number): BundleEntry[] {
  const isCurrent = (entry: BundleEntry) =>
    current.some(({ family, key }) => entry.family === family && entry.key === key)
  const old = previous.filter((entry) => !isCurrent(entry)).sort(newestFirst)
  const kept: BundleEntry[] = []
  let size = 0
  for (const entry of [...current, ...old]) {
    const ofFamily = kept.filter(({ family }) => family === entry.family).length
    if (ofFamily >= MOST_OF_FAMILY[entry.kind] || size + entry.size > limit) continue
    kept.push(entry)
    size += entry.size
  }
  return kept
}

/** Whether a bundle says the same as another, apart from when its archives were used. */
export function isSameBundle(one: BundleEntry[], other: BundleEntry[]): boolean {
  const keys = (entries: BundleEntry[]) => entries.map(({ key, sha256 }) => `${key} ${sha256}`).sort()
  return keys(one).join() === keys(other).join()
}

export function archiveDigest({ sha256 }: Pick<BundleEntry, "sha256">): Digest {
  return Digest.parse(`sha256:${sha256}`)
}

const MEDIA_TYPES = {
  manifest: "application/vnd.oci.image.manifest.v1+json",
  bundle: "application/vnd.slipway.cache.v1+json",
  result: "application/vnd.slipway.result.v1+json",
  report: "application/json",
  signature: "application/vnd.dev.sigstore.bundle.v0.3+json",
  archive: "application/vnd.slipway.cache.volume.v1.tar+zstd",
}

/** What a signed document of the repository describes: the archives of a bundle, or the result of a stage. */
export type DocumentKind = "bundle" | "result"

const Descriptor = z.object({ mediaType: z.string(), digest: Digest, size: z.number().int().min(0) })
export type BundleDocument = z.infer<typeof Descriptor>
const DocumentManifest = z.object({ config: Descriptor, layers: z.array(Descriptor) })

/** The manifest of a signed document in a registry; undefined for that of anything else. */
export function parseManifest(
  text: string,
  kind: DocumentKind = "bundle",
): { description: BundleDocument; signature?: BundleDocument } | undefined {
  const manifest = DocumentManifest.safeParse(parseJson(text))
  if (!manifest.success || manifest.data.config.mediaType !== MEDIA_TYPES[kind]) return undefined
  const { config: description, layers } = manifest.data
  const signature = layers.find(({ mediaType }) => mediaType === MEDIA_TYPES.signature)
  return { description, ...(signature && { signature }) }
}

/** https://github.com/opencontainers/image-spec/blob/main/manifest.md#guidelines-for-artifact-usage */
export function renderManifest(
  { text, signature, entries }: { text: string; signature: string; entries: Pick<BundleEntry, "sha256" | "size">[] },
  kind: DocumentKind = "bundle",
) {
  const blobType = kind === "bundle" ? MEDIA_TYPES.archive : MEDIA_TYPES.report
  const layers = [
    ...(signature ? [described(MEDIA_TYPES.signature, signature)] : []),
    ...entries.map((entry) => ({ mediaType: blobType, digest: archiveDigest(entry), size: entry.size })),
  ]
  const artifact = { schemaVersion: 2, mediaType: MEDIA_TYPES.manifest, artifactType: MEDIA_TYPES[kind] }
  const manifest = JSON.stringify({ ...artifact, config: described(MEDIA_TYPES[kind], text), layers })
  const index = { schemaVersion: 2, manifests: [described(MEDIA_TYPES.manifest, manifest)] }
  return { manifest, index: JSON.stringify(index) }
}

function described(mediaType: string, content: string): BundleDocument {
  return { mediaType, digest: digestOf(content), size: Buffer.byteLength(content) }
}
