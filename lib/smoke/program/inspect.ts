import { constants } from "node:fs"
import { access, stat } from "node:fs/promises"
import { resolve } from "node:path"
import { readHead } from "../../program/elf.ts"

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
