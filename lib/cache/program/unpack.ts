import * as fs from "node:fs"
import { BLOCK, byteReader, entrySize, entryType, isEmptyBlock, padded, parsePax } from "../../oci/canonical/tar.ts"
import { type Entry, entryFault, pathBytes } from "./entries.ts"

/** Limits of an archive, from its description. */
export type Limits = { unpacked: number; files: number }

const MOST_PAX = 1 << 20

/** Unpacks an archive into an empty folder. Refuses an entry that could reach out of it, and more than the limits. */
export async function unpack(source: AsyncIterable<Buffer>, root: string, limits: Limits): Promise<void> {
  const reader = byteReader(source)
  const folders = new Map<string, Entry>()
  const left = { ...limits }
  let pax = new Map<string, Buffer>()
  for (let block = await reader.take(BLOCK); block && !isEmptyBlock(block); block = await reader.take(BLOCK)) {
    const size = pax.has("size") ? Number(pax.get("size")?.toString("latin1")) : entrySize(block)
    if (entryType(block) === "x") {
      pax = await readPax(reader, size)
      continue
    }
    const entry = readHeader(block, { pax, size })
    pax = new Map()
    const fault = entryFault(entry, folders)
    if (fault) throw new Error(fault)
    left.files -= 1
    left.unpacked -= entry.size
    if (left.files < 0 || left.unpacked < 0) throw new Error("more content than the bundle states")
    if (entry.kind === "folder") folders.set(entry.path, entry)
    await writeEntry(entry, { root, reader })
  }
  // last and inside out, because a new entry changes its folder's time, and a folder can be read-only
  for (const entry of [...folders.values()].reverse()) {
    const path = pathBytes(root, entry.path)
    fs.chmodSync(path, entry.mode)
    fs.utimesSync(path, seconds(entry), seconds(entry))
  }
}

type Reader = ReturnType<typeof byteReader>

async function readPax(reader: Reader, size: number): Promise<Map<string, Buffer>> {
  if (!(size <= MOST_PAX)) throw new Error("a PAX header of more than a megabyte")
  const body = await reader.take(padded(size))
  return new Map(parsePax((body ?? Buffer.alloc(0)).subarray(0, size)).map(({ key, value }) => [key, value]))
}

type HeaderRest = { pax: Map<string, Buffer>; size: number }

function readHeader(block: Buffer, { pax, size }: HeaderRest): Entry {
  const path = (pax.get("path")?.toString("latin1") ?? field(block, 0, 100)).replace(/\/$/, "")
  const target = pax.get("linkpath")?.toString("latin1") ?? field(block, 157, 257)
  const kind = readKind(entryType(block), path)
  return {
    path,
    kind,
    mode: number(block, 100, 108) & 0o777,
    uid: number(block, 108, 116),
    gid: number(block, 116, 124),
    time: readTime(pax.get("mtime")?.toString("latin1"), number(block, 136, 148)),
    size: kind === "file" ? requireSize(size) : 0,
    ...(kind === "link" && { target }),
  }
}

/** A hard link, a device or a pipe has no place in a cache. */
function readKind(type: string, path: string): Entry["kind"] {
  if (type === "0") return "file"
  if (type === "5") return "folder"
  if (type === "2") return "link"
  throw new Error(`${JSON.stringify(path.slice(0, 200))}, an entry of type ${JSON.stringify(type)}`)
}

function requireSize(size: number): number {
  if (Number.isSafeInteger(size) && size >= 0) return size
  throw new Error("an entry with an unreadable size")
}

function field(block: Buffer, start: number, end: number): string {
  const text = block.toString("latin1", start, end)
  const stop = text.indexOf("\0")
  return stop < 0 ? text : text.slice(0, stop)
}

function number(block: Buffer, start: number, end: number): number {
  const value = Number.parseInt(field(block, start, end).trim() || "0", 8)
  return Number.isSafeInteger(value) && value >= 0 ? value : 0
}

/** PAX has seconds with a fraction, in any number of digits. */
function readTime(pax: string | undefined, whole: number): bigint {
  const [, seconds, fraction = ""] = pax?.match(/^(\d{1,15})(?:\.(\d{1,9})\d*)?$/) ?? []
  if (seconds === undefined) return BigInt(whole) * 1_000_000_000n
  return BigInt(seconds) * 1_000_000_000n + BigInt(fraction.padEnd(9, "0"))
}

function seconds({ time }: Entry): number {
  return Number(time) / 1e9
}

async function writeEntry(entry: Entry, { root, reader }: { root: string; reader: Reader }): Promise<void> {
  const { kind, mode, uid, gid, size, target = "" } = entry
  const path = pathBytes(root, entry.path)
  switch (kind) {
    case "folder":
      fs.mkdirSync(path, 0o700)
      fs.chownSync(path, uid, gid)
      return
    case "link":
      fs.symlinkSync(Buffer.from(target, "latin1"), path)
      fs.lchownSync(path, uid, gid)
      return
    case "file": {
      // exclusive, so that a second entry of the same name is an error
      const file = fs.openSync(path, "wx", 0o600)
      try {
        for await (const chunk of reader.pass(size)) fs.writeSync(file, chunk)
        for await (const _ of reader.pass(padded(size) - size));
        fs.fchownSync(file, uid, gid)
        fs.fchmodSync(file, mode)
        fs.futimesSync(file, seconds(entry), seconds(entry))
      } finally {
        fs.closeSync(file)
      }
    }
  }
}
