import { type Directory, dag } from "@dagger.io/dagger"
import { MEGABYTES } from "../../cache/bundle.ts"
import type { SkippedVolume, Volume } from "../../cache/volume.ts"
import { parseCi } from "../../config/ci.ts"
import { newRun, type Tools } from "../../engine/tool.ts"
import { startCache } from "./run-cache.ts"

/** The caches of a call that only tests or only builds. Neither method rejects. */
export type StepCache = {
  fill: (find: () => Promise<(Volume | SkippedVolume)[]>) => Promise<void>
  /** Exports what the call left, and returns the caches for the next one. */
  end: () => Promise<Directory>
}

type StepSetup = { ci: string[]; nodeImage: string; tools: Pick<Tools, "cosign" | "crane"> }

/**
 * The caches in a directory of the CI system. Such a call has no signer, and it must have none: what its source runs could
 * take the key. So nothing is signed, and who may write the directory is up to the CI system, and to --ci.
 */
export function stepCache(directory: Directory | undefined, { ci, nodeImage, tools }: StepSetup): StepCache {
  if (!directory) return { fill: async () => {}, end: async () => dag.directory() }
  const job = parseCi(ci)
  const options = { directory, limit: MEGABYTES * 1e6 }
  const cache = startCache(options, {
    ...(job && { ci: job }),
    ...{ mode: "rehearsal" as const, given: false, nodeImage, run: newRun() },
    ...{ cosignImage: tools.cosign, craneImage: tools.crane, repository: "" },
  })
  return {
    // a source that cannot be read fails in the step itself
    fill: async (find) => await cache.fill(await find().catch(() => [])),
    end: async () => {
      cache.save()
      await cache.ended()
      return cache.directory() ?? directory
    },
  }
}
