import { BLOCK, type PaxRecord, padded, renderPax, withTime } from "../../../lib/oci/canonical/tar.ts"

export type Entry = { name: string; type?: string; content?: string; mtime?: number; mode?: number; pax?: PaxRecord[] }

/** A ustar archive with optional PAX records, ended by two empty blocks. */
export function makeTar(entries: Entry[]): Buffer {
  return Buffer.concat([...entries.flatMap(makeEntry), Buffer.alloc(2 * BLOCK)])
}

function makeEntry({ name, type = "0", content = "", mtime = 0, mode = 0o644, pax }: Entry): Buffer[] {
  const extended = pax
    ? makeEntry({ name: `PaxHeaders/${name}`, type: "x", content: renderPax(pax).toString("latin1"), mtime })
    : []
  const header = Buffer.alloc(BLOCK)
  header.write(name, 0)
  header.write(`${mode.toString(8).padStart(7, "0")}\0`, 100)
  header.write(`${Buffer.byteLength(content, "latin1").toString(8).padStart(11, "0")}\0`, 124)
  header.write(type, 156)
  header.write("ustar\x0000", 257)
  const body = Buffer.alloc(padded(Buffer.byteLength(content, "latin1")))
  body.write(content, "latin1")
  return [...extended, withTime(header, mtime), body]
}

/** A stream in chunks that end at arbitrary places. */
export async function* inChunks(bytes: Buffer, length: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length)
}

export async function collect(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const chunk of chunks) parts.push(chunk)
  return Buffer.concat(parts)
}
