import { open } from "node:fs/promises"

type Head = { kind: "elf" | "script" | "other"; machine?: number; interpreter?: string }

/** What the kernel reads of a program; undefined for a program that this user cannot read. */
export async function readHead(path: string): Promise<Head | undefined> {
  const file = await open(path).catch(() => undefined)
  if (!file) return undefined
  try {
    const read = async (length: number, at: number) => {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, at)
      return buffer.subarray(0, bytesRead)
    }
    const start = await read(256, 0)
    if (start.toString("latin1", 0, 2) === "#!") return { kind: "script", ...scriptInterpreter(start) }
    if (start.toString("latin1", 0, 4) !== "\x7fELF" || start.length < 64) return { kind: "other" }
    return await readElf(start, read)
  } finally {
    await file.close()
  }
}

function scriptInterpreter(start: Buffer): { interpreter?: string } {
  const [line = ""] = start.toString("latin1", 2).split("\n", 1)
  const [interpreter] = line.replace(/^[ \t]+/, "").split(/[ \t]/, 1)
  return interpreter ? { interpreter } : {}
}

/** https://refspecs.linuxfoundation.org/elf/gabi4+/ch5.pheader.html */
const PT_INTERP = 3

async function readElf(start: Buffer, read: (length: number, at: number) => Promise<Buffer>): Promise<Head> {
  const wide = start[4] === 2
  const little = start[5] !== 2
  const u16 = (bytes: Buffer, at: number) => (little ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at))
  const u32 = (bytes: Buffer, at: number) => (little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at))
  const word = (bytes: Buffer, at: number) => {
    if (!wide) return u32(bytes, at)
    return Number(little ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at))
  }
  const machine = u16(start, 18)
  const [size, count] = wide ? [u16(start, 54), u16(start, 56)] : [u16(start, 42), u16(start, 44)]
  const table = await read(size * count, word(start, wide ? 32 : 28))
  for (let at = 0; at + size <= table.length; at += size) {
    if (u32(table, at) !== PT_INTERP) continue
    const text = await read(word(table, at + (wide ? 32 : 16)), word(table, at + (wide ? 8 : 4)))
    return { kind: "elf", machine, interpreter: text.toString("latin1").replace(/\0.*$/s, "") }
  }
  return { kind: "elf", machine }
}
