import { byteReader } from "./byte-reader.ts"
import { parsePax, renderPax } from "./pax.ts"
import { BLOCK, entrySize, entryType, isEmptyBlock, padded, withTime } from "./tar-header.ts"

/** Records of an extended header that hold a time; without them the header's own, in whole seconds, counts. */
const TIMES = ["mtime", "atime", "ctime"]

/**
 * The same tar with every entry's time set to `seconds`: what a layer holds is then all that its digest depends on.
 * Order, owners, modes, links and extended attributes stay as they are.
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
