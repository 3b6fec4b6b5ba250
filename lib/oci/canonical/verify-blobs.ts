import { createHash } from "node:crypto"
import { createReadStream } from "node:fs"
import { lstat, readFile } from "node:fs/promises"

/** The largest manifest that registries accept. */
const DOCUMENT_BYTES = 4 << 20
/** index.json, an image index, and its manifests. */
const LEVELS = 3

type Descriptor = { digest: string; size: number; mediaType: string }
/**
 * `hashed` are the verified descriptors, since platforms share layers. `followed` are the documents whose entries were
 * visited: a manifest that is also listed as a layer or a config is still visited.
 */
type Walk = { folder: string; hashed: Set<string>; followed: Set<string>; faults: string[] }

/**
 * The faults of a layout's blobs; empty if there are none. Every blob that index.json leads to must be a file with the size
 * and the digest of its descriptor. Runs in a container, so this file imports only Node.
 */
export async function verifyBlobs(folder: string): Promise<string[]> {
  const walk: Walk = { folder, hashed: new Set(), followed: new Set(), faults: [] }
  for (const path of ["blobs", "blobs/sha256"]) {
    if (!(await isPlain(`${folder}/${path}`, "folder"))) walk.faults.push(`${path} is not a folder of the layout`)
  }
  if (await isPlain(`${folder}/index.json`, "file")) await visitDocument("index.json", walk, LEVELS)
  else walk.faults.push("index.json is not a file of the layout")
  return walk.faults
}

async function visitDocument(path: string, walk: Walk, levels: number): Promise<void> {
  const { size } = await lstat(`${walk.folder}/${path}`)
  if (size > DOCUMENT_BYTES) {
    walk.faults.push(`${path} has ${size} bytes, more than a document's ${DOCUMENT_BYTES}`)
    return
  }
  const { manifests, config, layers } = parse(await readFile(`${walk.folder}/${path}`, "utf8"))
  if (levels === 0 && manifests !== undefined) walk.faults.push(`${path} is an index within indexes`)
  else for (const entry of listed(manifests, path, walk)) await visitEntry(entry, walk, levels - 1)
  const blobs = config === undefined ? layers : [config, ...(Array.isArray(layers) ? layers : [])]
  for (const blob of listed(blobs, path, walk)) await visitBlob(blob, walk)
}

async function visitEntry(entry: Descriptor, walk: Walk, levels: number): Promise<void> {
  if (!(await visitBlob(entry, walk)) || walk.followed.has(entry.digest)) return
  walk.followed.add(entry.digest)
  await visitDocument(pathOf(entry), walk, levels)
}

function listed(value: unknown, path: string, { faults }: Walk): Descriptor[] {
  if (value === undefined) return []
  if (!Array.isArray(value) || !value.every(isDescriptor)) {
    faults.push(`${path} lists something without mediaType, size and sha256 digest`)
    return []
  }
  return value
}

function isDescriptor(value: unknown): value is Descriptor {
  const { digest, size, mediaType } = (value ?? {}) as Record<string, unknown>
  const isNamed = typeof digest === "string" && /^sha256:[0-9a-f]{64}$/.test(digest)
  return isNamed && Number.isSafeInteger(size) && typeof mediaType === "string"
}

/** Whether the blob matches its descriptor; a blob of another size is not read. */
async function visitBlob(descriptor: Descriptor, { folder, hashed, faults }: Walk): Promise<boolean> {
  const { digest, size, mediaType } = descriptor
  const known = `${digest} ${size} ${mediaType}`
  if (hashed.has(known)) return true
  const path = `${folder}/${pathOf(descriptor)}`
  const fault = await blobFault(path, descriptor)
  if (fault) faults.push(`${digest} ${fault}`)
  else hashed.add(known)
  return fault === undefined
}

async function blobFault(path: string, { digest, size, mediaType }: Descriptor): Promise<string | undefined> {
  const found = await lstat(path).catch(() => undefined)
  if (!found) return "is not in the layout"
  if (!found.isFile()) return "is a link or a folder, not a file"
  if (found.size !== size) return `has ${found.size} bytes, not ${size}`
  const { hash, start, isText } = await readBlob(path, mediaType.endsWith(STATEMENT))
  if (hash !== digest) return `has the content of ${hash}`
  return isText && startsAs(mediaType, start) ? undefined : `is not the ${mediaType.slice(0, 100)} that it is listed as`
}

const STATEMENT = "in-toto+json"
const ZSTD = /^(?:28b52ffd|5[0-9a-f]2a4d18)/ // a frame or a skippable frame
const COMPRESSED = /^(?:1f8b|28b52ffd|5[0-9a-f]2a4d18|425a68|fd377a58|04224d18)/ // gzip, zstd, bzip2, xz, lz4

/** A node may unpack by the first bytes, and a scanner by the media type, so the two must match. */
function startsAs(mediaType: string, start: string): boolean {
  if (mediaType.endsWith(STATEMENT)) return /^(?:20|09|0a|0d)*7b/.test(start)
  if (/tar[+.]gzip$/.test(mediaType)) return start.startsWith("1f8b")
  if (/tar[+.]zstd$/.test(mediaType)) return ZSTD.test(start)
  return !mediaType.endsWith(".tar") || !COMPRESSED.test(start)
}

/** Hashes a file. A statement must be text, without the control characters that every archive has. */
async function readBlob(path: string, mustBeText: boolean): Promise<{ hash: string; start: string; isText: boolean }> {
  const sum = createHash("sha256")
  let start = Buffer.alloc(0)
  let isText = true
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    sum.update(chunk)
    if (start.length < 16) start = Buffer.concat([start, chunk.subarray(0, 16 - start.length)])
    if (mustBeText) isText &&= !chunk.some((byte) => byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d)
  }
  return { hash: `sha256:${sum.digest("hex")}`, start: start.toString("hex"), isText }
}

async function isPlain(path: string, kind: "file" | "folder"): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined)
  return (kind === "file" ? found?.isFile() : found?.isDirectory()) ?? false
}

function pathOf({ digest }: Descriptor): string {
  return `blobs/${digest.replace(":", "/")}`
}

function parse(text: string): Record<string, unknown> {
  try {
    const value = JSON.parse(text)
    return typeof value === "object" && value !== null ? value : {}
  } catch {
    return {} // openLayout reports it
  }
}
