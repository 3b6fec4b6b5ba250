import { posix } from "node:path"

/** One entry of a volume. Paths are in latin1, byte by byte, because a file's name can be any bytes. */
export type Entry = {
  path: string
  kind: "file" | "folder" | "link"
  mode: number
  uid: number
  gid: number
  /** Nanoseconds, which some build tools compare. */
  time: bigint
  size: number
  target?: string
}

/** Names that begin so are those of an import that was interrupted. */
export const STAGING = ".slipway-import-"

/** A path below a folder of this machine, in the bytes of the archive. */
export function pathBytes(root: string, path: string): Buffer {
  return Buffer.concat([Buffer.from(`${root}/`), Buffer.from(path, "latin1")])
}

/** Why an entry must not be unpacked: a bundle comes from outside and may be hostile. */
export function entryFault(
  { path, kind, target = "" }: Entry,
  folders: { has: (path: string) => boolean },
): string | undefined {
  const shown = JSON.stringify(path.slice(0, 200))
  if (path === "" || path.includes("\0") || path.startsWith("/")) return `the path ${shown}`
  if (path.split("/").some((part) => part === "" || part === "." || part === "..")) return `the path ${shown}`
  // the parent is a folder of this archive, so no entry is written through a link
  const parent = posix.dirname(path)
  if (parent !== "." && !folders.has(parent)) return `${shown} outside of a folder of the archive`
  if (kind === "link" && leadsOut(path, target)) return `the link ${shown} to ${JSON.stringify(target.slice(0, 200))}`
  return undefined
}

/** Whether a link's target is outside of the volume; one that is inside can still be a link that leads further. */
export function leadsOut(path: string, target: string): boolean {
  if (target === "" || target.includes("\0") || target.startsWith("/")) return true
  const whole = posix.normalize(posix.join(posix.dirname(path), target))
  return whole === ".." || whole.startsWith("../")
}
