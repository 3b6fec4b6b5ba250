import { createReadStream, createWriteStream } from "node:fs"
import { mkdir } from "node:fs/promises"
import { dirname } from "node:path"
import { pipeline } from "node:stream/promises"

/** Reads exact lengths from a stream of chunks. */
type ByteReader = {
  /** The next `length` bytes, or undefined at the end of the stream. */
  take: (length: number) => Promise<Buffer | undefined>
  /** The next `length` bytes in chunks. */
  pass: (length: number) => AsyncGenerator<Buffer>
}

export function byteReader(source: AsyncIterable<Buffer>): ByteReader {
  const chunks = source[Symbol.asyncIterator]()
  let rest: Buffer = Buffer.alloc(0)

  async function fill(): Promise<boolean> {
    while (rest.length === 0) {
      const { done, value } = await chunks.next()
      if (done) return false
      rest = value
    }
    return true
  }

  async function* pass(length: number): AsyncGenerator<Buffer> {
    for (let left = length; left > 0; ) {
      if (!(await fill())) throw new Error(`the stream ends ${left} bytes too early`)
      const chunk = rest.subarray(0, left)
      rest = rest.subarray(chunk.length)
      left -= chunk.length
      yield chunk
    }
  }

  async function take(length: number): Promise<Buffer | undefined> {
    if (!(await fill())) return undefined
    const parts: Buffer[] = []
    for await (const part of pass(length)) parts.push(part)
    return Buffer.concat(parts)
  }

  return { take, pass }
}

// https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06: the fields of a ustar header.
export const BLOCK = 512
const NAME = [0, 100] as const
const SIZE = [124, 136] as const
const MTIME = [136, 148] as const
const CHECKSUM = [148, 156] as const
const TYPE = 156
const PREFIX = [345, 500] as const

/** The size with the padding to whole blocks. */
export function padded(size: number): number {
  return Math.ceil(size / BLOCK) * BLOCK
}

/** Whether the block is empty; two of them end an archive. */
export function isEmptyBlock(block: Buffer): boolean {
  return block.every((byte) => byte === 0)
}

export function entryType(header: Buffer): string {
  return String.fromCharCode(header[TYPE] ?? 0)
}

export function entryName(header: Buffer): string {
  const prefix = header.toString("latin1", 257, 262) === "ustar" ? text(header, PREFIX) : ""
  return prefix ? `${prefix}/${text(header, NAME)}` : text(header, NAME)
}

/** The size is octal, or above 8 GiB a big-endian number with the top bit set. */
export function entrySize(header: Buffer): number {
  const [start, end] = SIZE
  if (((header[start] ?? 0) & 0x80) === 0) return Number.parseInt(text(header, SIZE).trim() || "0", 8)
  return Number(BigInt(`0x${header.toString("hex", start, end)}`) & ((1n << 88n) - 1n))
}

/** The header with another time, optionally another size, and the matching checksum. */
export function withTime(header: Buffer, seconds: number, size?: number): Buffer {
  const copy = Buffer.from(header)
  copy.write(octal(seconds, MTIME), MTIME[0], "latin1")
  if (size !== undefined) copy.write(octal(size, SIZE), SIZE[0], "latin1")
  copy.fill(" ", ...CHECKSUM)
  const sum = copy.reduce((total, byte) => total + byte, 0)
  copy.write(`${sum.toString(8).padStart(6, "0")}\0 `, CHECKSUM[0], "latin1")
  return copy
}

function octal(value: number, [start, end]: readonly [number, number]): string {
  return `${value.toString(8).padStart(end - start - 1, "0")}\0`
}

function text(header: Buffer, [start, end]: readonly [number, number]): string {
  const field = header.toString("utf8", start, end)
  const stop = field.indexOf("\0")
  return stop < 0 ? field : field.slice(0, stop)
}

/** PAX records: "<length> <key>=<value>\n", where the length includes itself. Values may be binary. */
export type PaxRecord = { key: string; value: Buffer }

export function parsePax(bytes: Buffer): PaxRecord[] {
  const records: PaxRecord[] = []
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(" ", at)
    const length = Number(bytes.toString("latin1", at, space))
    const equals = bytes.indexOf("=", space)
    if (!(length > 0) || space < 0 || equals < 0 || at + length > bytes.length) throw new Error("invalid PAX record")
    records.push({
      key: bytes.toString("utf8", space + 1, equals),
      value: Buffer.from(bytes.subarray(equals + 1, at + length - 1)),
    })
    at += length
  }
  return records
}

export function renderPax(records: PaxRecord[]): Buffer {
  return Buffer.concat(records.map(renderRecord))
}

function renderRecord({ key, value }: PaxRecord): Buffer {
  const body = Buffer.concat([Buffer.from(` ${key}=`), value, Buffer.from("\n")])
  let length = body.length
  while (length !== body.length + String(length).length) length = body.length + String(length).length
  return Buffer.concat([Buffer.from(String(length)), body])
}

/** The files of a layout; Docker's manifest.json in an export is redundant. */
const LAYOUT_FILE = /^(?:index\.json|blobs\/sha256\/[0-9a-f]{64})$/

/** Unpacks an export of the engine, whose tar has short names, no links and no PAX records. */
export async function untarLayout(tarball: string, folder: string): Promise<void> {
  const bytes = byteReader(createReadStream(tarball))
  for (let header = await bytes.take(BLOCK); header; header = await bytes.take(BLOCK)) {
    if (isEmptyBlock(header)) continue
    const size = entrySize(header)
    const path = `${folder}/${entryName(header)}`
    if (entryType(header) === "0" && LAYOUT_FILE.test(entryName(header))) {
      await mkdir(dirname(path), { recursive: true })
      await pipeline(bytes.pass(size), createWriteStream(path))
    } else {
      for await (const _ of bytes.pass(size));
    }
    for await (const _ of bytes.pass(padded(size) - size));
  }
}
