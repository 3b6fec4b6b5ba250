import { createReadStream, type WriteStream } from "node:fs"
import { readdir, stat } from "node:fs/promises"
import { finished } from "node:stream/promises"

const BLOCK = 512

/** Writes the files of a folder as a tar, the form in which the engine imports a layout. Runs in a container. */
export async function pack(folder: string, out: WriteStream): Promise<void> {
  const names = await readdir(folder, { recursive: true })
  for (const name of names.sort()) {
    const found = await stat(`${folder}/${name}`)
    if (!found.isFile()) continue
    await write(out, header(name, found.size))
    for await (const chunk of createReadStream(`${folder}/${name}`)) await write(out, chunk)
    await write(out, Buffer.alloc((BLOCK - (found.size % BLOCK)) % BLOCK))
  }
  out.end(Buffer.alloc(2 * BLOCK))
  await finished(out)
}

async function write(out: WriteStream, bytes: Buffer): Promise<void> {
  if (!out.write(bytes)) await new Promise<void>((resolve) => out.once("drain", () => resolve()))
}

/** A ustar header. A layout's names are short; a size of more than 8 GiB is a big-endian number with the top bit set. */
export function header(name: string, size: number): Buffer {
  const bytes = Buffer.alloc(BLOCK)
  bytes.write(name, 0, 100, "latin1")
  bytes.write("0000644\0", 100, "latin1")
  bytes.write("0000000\0", 108, "latin1")
  bytes.write("0000000\0", 116, "latin1")
  if (size < 8 ** 11) bytes.write(`${size.toString(8).padStart(11, "0")}\0`, 124, "latin1")
  else {
    bytes.writeUInt8(0x80, 124)
    bytes.writeBigUInt64BE(BigInt(size), 128)
  }
  bytes.write("00000000000\0", 136, "latin1")
  bytes.fill(" ", 148, 156)
  bytes.write("0", 156, "latin1")
  bytes.write("ustar\x0000", 257, "latin1")
  const sum = bytes.reduce((total, byte) => total + byte, 0)
  bytes.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1")
  return bytes
}
