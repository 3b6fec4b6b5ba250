import { createReadStream, createWriteStream } from "node:fs"
import { mkdir } from "node:fs/promises"
import { dirname } from "node:path"
import { pipeline } from "node:stream/promises"
import { byteReader } from "./byte-reader.ts"
import { BLOCK, entryName, entrySize, entryType, isEmptyBlock, padded } from "./tar-header.ts"

/** The files of a layout; other files of an exported image (Docker's manifest.json) say the same a second time. */
const WANTED = /^(?:index\.json|blobs\/sha256\/[0-9a-f]{64})$/

/** Unpacks an image that the engine exported. The engine wrote the tar: short names, no links, no PAX records. */
export async function untarLayout(tarball: string, folder: string): Promise<void> {
  const bytes = byteReader(createReadStream(tarball))
  for (let header = await bytes.take(BLOCK); header; header = await bytes.take(BLOCK)) {
    if (isEmptyBlock(header)) continue
    const size = entrySize(header)
    const path = `${folder}/${entryName(header)}`
    if (entryType(header) === "0" && WANTED.test(entryName(header))) {
      await mkdir(dirname(path), { recursive: true })
      await pipeline(bytes.pass(size), createWriteStream(path))
    } else {
      for await (const _ of bytes.pass(size));
    }
    for await (const _ of bytes.pass(padded(size) - size));
  }
}
