import type { File } from "@dagger.io/dagger"
import { resultKey, type ScanFile } from "../../cache/result.ts"
import type { Blob } from "../../cache/source.ts"
import type { TakenOver } from "../../config/ci.ts"
import { Digest, digestOf } from "../../oci/reference.ts"
import type { EarlierScans, ImageFiles } from "../../scan/earlier-scans.ts"
import type { Context } from "../context.ts"
import { type FoundResult, type OwnRun, type ResultContent, type ResultRequest, runFields } from "./run-results.ts"

/** The most bytes of reports that a run leaves for later ones: a scan takes seconds, so larger ones save nothing. */
const MOST_BYTES = 32e6

/** Looks for scans of the same image with the same database, and leaves those of this run. */
export function earlierScans({ results, options }: Context, revision?: string): EarlierScans | undefined {
  if (!results) return undefined
  const label = options.service === undefined ? "scan" : `${options.service} scan`
  const requestOf = (inputs: unknown[]): ResultRequest<"scan"> => ({ stage: "scan", key: resultKey(inputs) })
  return {
    find: async (inputs, read) => {
      return await results.find(requestOf(inputs), label, async (found) => {
        return { value: await read(await foundFiles(found)), takenOver: runOf(found) }
      })
    },
    keep: (inputs, files) => {
      results.keep(requestOf(inputs), label, () => contentOf(files, { revision, url: options.ci?.url }))
    },
    skip: (reason) => results.skip(label, reason),
  }
}

function runOf({ result: { run, at }, signer }: FoundResult<"scan">): TakenOver {
  return { ...runFields({ url: run.url, revision: run.revision }), at, signer }
}

async function foundFiles({ result, file }: FoundResult<"scan">): Promise<ImageFiles> {
  const read = await Promise.all(result.files.map(async (entry) => ({ entry, file: await verified(entry, file) })))
  const files: ImageFiles = {}
  for (const { entry, file: found } of read) files[entry.platform] = { ...files[entry.platform], [entry.name]: found }
  return files
}

async function verified(entry: ScanFile, download: (blob: Blob) => Promise<File>): Promise<File> {
  const file = await download(entry)
  const size = await file.size()
  if (size !== entry.size) throw new Error(`its ${entry.name} has ${size} bytes instead of ${entry.size}`)
  if (sha256Of(await file.contents()) === entry.sha256) return file
  throw new Error(`its ${entry.name} is not the one that the result describes`)
}

const sha256Of = (text: string) => digestOf(text).slice("sha256:".length)

async function contentOf(images: ImageFiles, run: OwnRun): Promise<ResultContent<"scan">> {
  const all = Object.entries(images).flatMap(([platform, files]) => {
    return Object.entries(files).map(([name, file]) => ({ platform: Digest.parse(platform), name, file }))
  })
  const sizes = await Promise.all(all.map(({ file }) => file.size()))
  const bytes = sizes.reduce((sum, size) => sum + size, 0)
  if (bytes > MOST_BYTES) throw new Error(`its reports have ${(bytes / 1e6).toFixed(0)} MB`)
  const files = await Promise.all(
    all.map(async ({ file, ...named }, at) => {
      return { file, entry: { ...named, sha256: sha256Of(await file.contents()), size: sizes[at] ?? 0 } }
    }),
  )
  return { content: { run: runFields(run), files: files.map(({ entry }) => entry) }, files }
}
