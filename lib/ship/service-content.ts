import type { Directory } from "@dagger.io/dagger"
import type { ShipOptions } from "./context.ts"
import { contentDigest } from "./inputs.ts"

const ROOT = "."

/**
 * One digest over a service's own files and over how they are shipped: the folder that its image is built from, its
 * tests and its Dockerfile. Whatever else is in the repository does not change it.
 */
export async function serviceContent(source: Directory, options: ShipOptions): Promise<string> {
  const { build, tests, scan } = options
  const { context = ROOT, dockerfile = "Dockerfile" } = build
  const paths = new Set([context, ...(tests === "skip" ? [] : (tests.paths ?? [ROOT]))])
  const folders = [...paths].sort().map(async (path) => `${path} ${await folderDigest(source, path)}`)
  const files = await Promise.all([...folders, fileDigest(source, dockerfile)])
  return contentDigest(options, { files, exceptions: await scan.exceptions?.contents() })
}

/** Without git's own files, which differ from one clone to the next. A folder that is not there fails in its stage. */
async function folderDigest(source: Directory, path: string): Promise<string> {
  if (path !== ROOT && !(await source.exists(path))) return "none"
  return await source.directory(path).withoutDirectory(".git").digest()
}

/** A Dockerfile may lie outside of what it can copy from. */
async function fileDigest(source: Directory, path: string): Promise<string> {
  return `${path} ${(await source.exists(path)) ? await source.file(path).digest({ excludeMetadata: true }) : "none"}`
}
