// https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06: the fields of a ustar header.
export const BLOCK = 512
const NAME = [0, 100] as const
const SIZE = [124, 136] as const
const MTIME = [136, 148] as const
const CHECKSUM = [148, 156] as const
const TYPE = 156
const PREFIX = [345, 500] as const

/** Content in a tar is filled up to whole blocks. */
export function padded(size: number): number {
  return Math.ceil(size / BLOCK) * BLOCK
}

/** Two empty blocks end an archive. */
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

/** Octal digits, or, above 8 GiB, a big-endian number behind a set top bit. */
export function entrySize(header: Buffer): number {
  const [start, end] = SIZE
  if (((header[start] ?? 0) & 0x80) === 0) return Number.parseInt(text(header, SIZE).trim() || "0", 8)
  return Number(BigInt(`0x${header.toString("hex", start, end)}`) & ((1n << 88n) - 1n))
}

/** The same header with another time (and, for a header of PAX records, another size), and the checksum that fits. */
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
