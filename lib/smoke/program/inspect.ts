import { constants } from "node:fs"
import { access, open, stat } from "node:fs/promises"
import { resolve } from "node:path"

/** Why a program cannot be started, known before it is. Runs in the image's container, so this file imports only Node. */
export type ProgramFault =
  | { kind: "missing" | "folder" | "format"; path: string }
  | { kind: "noAccess"; path: string; mode?: string; uid?: number }
  | { kind: "interpreter"; path: string; interpreter: string }
  | { kind: "machine"; path: string; machine: number }

/** Docker's PATH for an image that sets none. */
const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/** `machines` are the ELF machines that the image's platform runs; with an empty list they are not compared. */
type Place = { env: Record<string, string>; cwd: string; machines: number[] }

/**
 * The fault of the program that a command names, if it has one. A machine's kernel would start a program of its own
 * architecture in any image, so the architecture of the image is compared too.
 */
export async function findFault(name: string, { env, cwd, machines }: Place): Promise<ProgramFault | undefined> {
  const { path, fault } = await locate(name, { path: env["PATH"] ?? DEFAULT_PATH, cwd })
  if (fault) return fault
  const head = await readHead(path)
  if (head === undefined) return undefined // executable and not readable, which is valid
  if (head.kind === "other") return { kind: "format", path }
  if (head.machine !== undefined && machines.length > 0 && !machines.includes(head.machine)) {
    return { kind: "machine", path, machine: head.machine }
  }
  const { interpreter } = head
  if (interpreter === undefined || (await exists(resolve(cwd, interpreter)))) return undefined
  return { kind: "interpreter", path, interpreter }
}

async function locate(
  name: string,
  { path, cwd }: { path: string; cwd: string },
): Promise<{ path: string; fault?: ProgramFault | undefined }> {
  const folders = name.includes("/") ? [""] : path.split(":").map((folder) => folder || ".")
  let first: ProgramFault | undefined
  for (const folder of folders) {
    const candidate = resolve(cwd, folder, name)
    const fault = await accessFault(candidate)
    if (!fault) return { path: candidate }
    if (fault.kind !== "missing") first ??= fault
  }
  return { path: name, fault: first ?? { kind: "missing", path: name } }
}

async function accessFault(path: string): Promise<ProgramFault | undefined> {
  try {
    const found = await stat(path)
    if (found.isDirectory()) return { kind: "folder", path }
    await access(path, constants.X_OK)
    return undefined
  } catch (error) {
    const { code } = error as { code?: string }
    if (code === "ENOENT" || code === "ENOTDIR") return { kind: "missing", path }
    const mode = await stat(path).then(
      (found) => (found.mode & 0o7777).toString(8).padStart(4, "0"),
      () => undefined,
    )
    return { kind: "noAccess", path, ...(mode !== undefined && { mode }), uid: process.getuid?.() ?? 0 }
  }
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  )
}

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
