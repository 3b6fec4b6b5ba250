import { type Container, dag, type File } from "@dagger.io/dagger"
import { z } from "zod"
import { parseJson, readText } from "../config/file.ts"
import { type Run, readToolResult, withEffect, within } from "../engine/tool.ts"
import { errorMessage, quote } from "../error.ts"
import type { BundleEntry } from "./bundle.ts"
import { type Volume, withVolume } from "./volume.ts"

/** The longest import or export of one volume, in seconds: a cache that takes longer saves nothing. */
export const VOLUME_SECONDS = 600

const WORK = "/slipway/cache-bundle"
const VOLUME = `${WORK}/volume`
const ARCHIVE = `${WORK}/archive.tar.zst`
/** The programs with what they import, at the paths that they have in lib. */
export const PROGRAM_FILES = [
  "cache/program/content.ts",
  "cache/program/entries.ts",
  "cache/program/pack.ts",
  "cache/program/restore.mjs",
  "cache/program/save.mjs",
  "cache/program/unpack.ts",
  "oci/canonical/tar.ts",
]

export type ProgramOptions = { nodeImage: string; run: Run }

function program({ nodeImage, run }: ProgramOptions): Container {
  const files = PROGRAM_FILES.reduce(
    (folder, path) => folder.withNewFile(path, readText(new URL(`../${path}`, import.meta.url))),
    dag.directory(),
  )
  return dag.container().from(nodeImage).withMountedDirectory(`${WORK}/lib`, files).with(withEffect(run))
}

function nodeArgs(name: string, options: object): string[] {
  return ["node", `${WORK}/lib/cache/program/${name}`, VOLUME, ARCHIVE, JSON.stringify(options)]
}

const Restored = z.discriminatedUnion("status", [
  z.object({ status: z.literal("restored") }),
  z.object({ status: z.literal("warm") }),
  z.object({ status: z.literal("empty") }),
  z.object({ status: z.literal("broken"), reason: z.string() }),
])
export type Restored = z.infer<typeof Restored>

/**
 * Fills a volume that is empty. Whatever prevents that is a value, and leaves the volume empty. The archive is requested when
 * the volume is known to be empty.
 */
export async function restoreVolume(
  volume: Volume,
  { archive, entry }: { archive: () => Promise<File>; entry: BundleEntry },
  options: ProgramOptions,
): Promise<Restored> {
  const { sha256, size, unpacked, files } = entry
  const container = program(options).with(withVolume(VOLUME, volume))
  try {
    const { status } = await runProgram(container.withExec(nodeArgs("restore.mjs", { probe: true })), Restored)
    if (status === "warm") return { status }
    const filling = container
      .withMountedFile(ARCHIVE, await archive())
      .withExec(nodeArgs("restore.mjs", { sha256, size, unpacked, files }))
    return await runProgram(filling, Restored)
  } catch (error) {
    return { status: "broken", reason: errorMessage(error) }
  }
}

const Saved = z.discriminatedUnion("status", [
  z.object({
    status: z.literal("saved"),
    content: z.string(),
    sha256: z.string(),
    size: z.number(),
    unpacked: z.number(),
    files: z.number(),
  }),
  z.object({ status: z.literal("unchanged") }),
  z.object({ status: z.literal("empty") }),
  z.object({ status: z.literal("skipped"), reason: z.string() }),
])
export type Saved = z.infer<typeof Saved>

/** Packs a volume whose content is not the previous one. `limit` is the largest archive, in bytes. */
export async function saveVolume(
  volume: Volume,
  { previous, limit }: { previous?: string; limit: number },
  options: ProgramOptions,
): Promise<{ saved: Saved; archive: File }> {
  const container = program(options)
    .with(withVolume(VOLUME, volume))
    .withExec(nodeArgs("save.mjs", { previous, limit }))
  const archive = container.file(ARCHIVE)
  try {
    return { saved: await runProgram(container, Saved), archive }
  } catch (error) {
    return { saved: { status: "skipped", reason: errorMessage(error) }, archive }
  }
}

async function runProgram<T>(container: Container, shape: z.ZodType<T>): Promise<T> {
  const { stdout } = await within(VOLUME_SECONDS, readToolResult(container), () => {
    throw new Error(`it did not end within ${VOLUME_SECONDS} s`)
  })
  const parsed = shape.safeParse(parseJson(stdout))
  if (parsed.success) return parsed.data
  throw new Error(`it printed ${quote(stdout)}`)
}
