import { createHash } from "node:crypto"
import { createReadStream, createWriteStream } from "node:fs"
import { rename } from "node:fs/promises"
import { PassThrough, type Transform } from "node:stream"
import { pipeline } from "node:stream/promises"
import zlib from "node:zlib"
import { BLOCK, byteReader, entrySize, entryType, isEmptyBlock, padded, parsePax, renderPax, withTime } from "./tar.ts"

/** Records of an extended header with a time; without them, the header's time in whole seconds counts. */
const TIMES = ["mtime", "atime", "ctime"]

/**
 * The same tar with every entry's time set to `seconds`, so that a layer's digest depends on its content only. Order, owners,
 * modes, links and extended attributes stay unchanged.
 */
export async function* retimeTar(tar: AsyncIterable<Buffer>, seconds: number): AsyncGenerator<Buffer> {
  const bytes = byteReader(tar)
  let sizeOfNext: number | undefined
  for (let header = await bytes.take(BLOCK); header; header = await bytes.take(BLOCK)) {
    if (isEmptyBlock(header)) {
      yield header
      continue
    }
    const size = sizeOfNext ?? entrySize(header)
    sizeOfNext = undefined
    if (entryType(header) !== "x") {
      yield withTime(header, seconds)
      yield* bytes.pass(padded(size))
      continue
    }
    const records = parsePax(((await bytes.take(padded(size))) ?? Buffer.alloc(0)).subarray(0, size))
    const large = records.find(({ key }) => key === "size")
    if (large) sizeOfNext = Number(large.value.toString("latin1"))
    yield* extendedHeader(header, renderPax(records.filter(({ key }) => !TIMES.includes(key))), seconds)
  }
}

function* extendedHeader(header: Buffer, records: Buffer, seconds: number): Generator<Buffer> {
  if (records.length === 0) return
  yield withTime(header, seconds, records.length)
  yield records
  yield Buffer.alloc(padded(records.length) - records.length)
}

const GZIP_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"

/** A layer's descriptor for the manifest, and the digest of its tar for the config. */
export type Layer = { mediaType: string; digest: string; size: number; diffId: string }

/** Writes the layer with one time for all its files, next to the old one. */
export async function retimeLayer(
  blobs: string,
  layer: { mediaType: string; digest: string },
  seconds: number,
): Promise<Layer> {
  const draft = `${blobs}/${hex(layer.digest)}.draft`
  const tar = createHash("sha256")
  const blob = createHash("sha256")
  let size = 0
  await pipeline(
    createReadStream(`${blobs}/${hex(layer.digest)}`),
    decompressor(layer.mediaType),
    (source: AsyncIterable<Buffer>) => tee(retimeTar(source, seconds), (chunk) => tar.update(chunk)),
    zlib.createGzip(),
    (source: AsyncIterable<Buffer>) =>
      tee(source, (chunk) => {
        blob.update(chunk)
        size += chunk.length
      }),
    createWriteStream(draft),
  )
  const digest = `sha256:${blob.digest("hex")}`
  await rename(draft, `${blobs}/${hex(digest)}`)
  return { mediaType: GZIP_LAYER, digest, size, diffId: `sha256:${tar.digest("hex")}` }
}

export function hex(digest: string): string {
  return digest.slice("sha256:".length)
}

function decompressor(mediaType: string): Transform {
  if (mediaType.endsWith("gzip")) return zlib.createGunzip()
  return mediaType.endsWith("zstd") ? zlib.createZstdDecompress() : new PassThrough()
}

async function* tee(source: AsyncIterable<Buffer>, see: (chunk: Buffer) => void): AsyncGenerator<Buffer> {
  for await (const chunk of source) {
    see(chunk)
    yield chunk
  }
}
