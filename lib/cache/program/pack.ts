import * as fs from "node:fs"
import { BLOCK, padded, renderPax } from "../../oci/canonical/tar.ts"
import { type Entry, leadsOut, pathBytes, STAGING } from "./entries.ts"

const CHUNK = 1 << 20
/** The largest size that a header can state in octal. */
const MOST_OCTAL = 0o77777777777

/** The entries of a folder, each folder before its contents, in the order of their names. Throws on what cannot be carried. */
export function* walk(root: string, folder = ""): Generator<Entry> {
  const names = fs.readdirSync(pathBytes(root, folder), { encoding: "buffer" }).map((name) => name.toString("latin1"))
  for (const name of names.sort()) {
    if (folder === "" && name.startsWith(STAGING)) continue
    const path = folder === "" ? name : `${folder}/${name}`
    const entry = readEntry(root, path)
    if (!entry) continue
    yield entry
    if (entry.kind === "folder") yield* walk(root, path)
  }
}

/** Sockets and pipes belong to a process that is gone, and are left out. */
function readEntry(root: string, path: string): Entry | undefined {
  const stat = fs.lstatSync(pathBytes(root, path), { bigint: true })
  const common = {
    path,
    mode: Number(stat.mode) & 0o777,
    uid: Number(stat.uid),
    gid: Number(stat.gid),
    time: stat.mtimeNs,
  }
  if (stat.isFile()) return { ...common, kind: "file", size: Number(stat.size) }
  if (stat.isDirectory()) return { ...common, kind: "folder", size: 0 }
  if (stat.isSocket() || stat.isFIFO()) return undefined
  if (!stat.isSymbolicLink()) throw new Error(`${JSON.stringify(path)} is a device`)
  const target = fs.readlinkSync(pathBytes(root, path), { encoding: "buffer" }).toString("latin1")
  if (leadsOut(path, target)) throw new Error(`the link ${JSON.stringify(path)} leads out of the volume, to ${target}`)
  return { ...common, kind: "link", size: 0, target }
}

/** A file's content in chunks; one that changes meanwhile is an error. */
export function* contents(root: string, { path, size }: Entry): Generator<Buffer> {
  const file = fs.openSync(pathBytes(root, path), "r")
  try {
    let left = size
    for (;;) {
      const chunk = Buffer.allocUnsafe(Math.min(CHUNK, Math.max(left, 1)))
      const read = fs.readSync(file, chunk)
      if (read > left || (read === 0 && left > 0)) throw new Error(`${JSON.stringify(path)} changed while it was read`)
      if (read === 0) return
      left -= read
      yield chunk.subarray(0, read)
    }
  } finally {
    fs.closeSync(file)
  }
}

/** The folder as a tar archive, in chunks. */
export function* pack(root: string): Generator<Buffer> {
  for (const entry of walk(root)) {
    yield* renderHeaders(entry)
    if (entry.kind !== "file") continue
    for (const chunk of contents(root, entry)) yield chunk
    yield Buffer.alloc(padded(entry.size) - entry.size)
  }
  yield Buffer.alloc(2 * BLOCK)
}

const TYPES = { file: "0", folder: "5", link: "2" } as const

/** A PAX header has what a plain one cannot say, above all the time in nanoseconds. */
function* renderHeaders(entry: Entry): Generator<Buffer> {
  const { path, target = "", size, time } = entry
  const seconds = time / 1_000_000_000n
  const rest = (time % 1_000_000_000n).toString().padStart(9, "0").replace(/0+$/, "")
  const records = [
    ...(path.length > 100 ? [{ key: "path", value: latin1(path) }] : []),
    ...(target.length > 100 ? [{ key: "linkpath", value: latin1(target) }] : []),
    ...(size > MOST_OCTAL ? [{ key: "size", value: latin1(String(size)) }] : []),
    ...(rest ? [{ key: "mtime", value: latin1(`${seconds}.${rest}`) }] : []),
  ]
  if (records.length > 0) {
    const body = renderPax(records)
    yield header({ ...entry, path: "PaxHeader", target: "", size: body.length }, "x")
    yield body
    yield Buffer.alloc(padded(body.length) - body.length)
  }
  yield header(entry, TYPES[entry.kind])
}

/** https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06 */
function header({ path, mode, uid, gid, size, time, target = "" }: Entry, type: string): Buffer {
  const block = Buffer.alloc(BLOCK)
  block.write(path.slice(0, 100), 0, "latin1")
  const numbers = [
    [100, 7, mode],
    [108, 7, uid > 0o7777777 ? 0 : uid],
    [116, 7, gid > 0o7777777 ? 0 : gid],
    [124, 11, Math.min(size, MOST_OCTAL)],
    [136, 11, Math.max(0, Number(time / 1_000_000_000n))],
  ] as const
  for (const [start, digits, value] of numbers) block.write(value.toString(8).padStart(digits, "0"), start, "latin1")
  block.write(type, 156, "latin1")
  block.write(target.slice(0, 100), 157, "latin1")
  block.write("ustar\x0000", 257, "latin1")
  block.fill(" ", 148, 156)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1")
  return block
}

function latin1(text: string): Buffer {
  return Buffer.from(text, "latin1")
}
