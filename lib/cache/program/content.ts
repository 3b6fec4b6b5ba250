import { createHash } from "node:crypto"
import { contents, walk } from "./pack.ts"

/** A volume's content: the digest leaves out times and owners, which change although nothing else did. */
export type Content = { digest: string; unpacked: number; files: number }

export function readContent(root: string): Content {
  const hash = createHash("sha256")
  let unpacked = 0
  let files = 0
  for (const entry of walk(root)) {
    const { path, kind, mode, size, target = "" } = entry
    hash.update(JSON.stringify([path, kind, mode, size, target]))
    if (kind === "file") for (const chunk of contents(root, entry)) hash.update(chunk)
    unpacked += size
    files += 1
  }
  return { digest: hash.digest("hex"), unpacked, files }
}
