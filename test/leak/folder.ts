import { readdir, readFile, stat } from "node:fs/promises"
import { join } from "node:path"
import type { Needle } from "./needles.ts"
import type { Search } from "./search.ts"

/**
 * What is in a file, or in the files below a folder and their names. One that cannot be read is an error, whatever its
 * size. Not by `opendir`: told to go into folders, that of Node 20 leaves out whatever is more than a buffer's length.
 */
export async function searchFolder(folder: string, search: Search): Promise<{ files: number; found: Set<Needle> }> {
  if ((await stat(folder)).isFile()) return { files: 1, found: search(await readFile(folder)) }
  const found = new Set<Needle>()
  let files = 0
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    for (const needle of search(Buffer.from(entry.name))) found.add(needle)
    if (!entry.isFile()) continue
    files += 1
    for (const needle of search(await readFile(join(entry.parentPath, entry.name)))) found.add(needle)
  }
  return { files, found }
}
