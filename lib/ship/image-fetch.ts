import { dag, type Platform } from "@dagger.io/dagger"
import { deferRejection } from "../engine/concurrency.ts"
import { type Tools, within } from "../engine/tool.ts"
import { PULL_SECONDS, pullTimeout } from "../oci/registry-failure.ts"

/** Pulls an image, once within a run, for one platform; default the engine's own. */
export type FetchImage = (image: string, platform?: string) => Promise<void>

/**
 * The engine (v0.21.8) pulls and unpacks an image once for each who meets it at the same moment, even for three execs on
 * one container. So what several stages begin from is brought here first, and whoever begins side by side waits for it.
 */
export function imageFetcher(seconds = PULL_SECONDS): FetchImage {
  const own = deferRejection(dag.defaultPlatform())
  const fetched = new Map<string, Promise<void>>()
  return async (image, platform) => {
    const on = platform ?? (await own)
    const name = `${image} for ${on}`
    const fetching = fetched.get(name) ?? fetch(image, { platform: on, seconds })
    fetched.set(name, fetching)
    await fetching
  }
}

/**
 * A reference is resolved by itself, and pulled by looking into it. What is wrong with one, the step says that needs it; of
 * a registry that says nothing that step would hear nothing either.
 */
async function fetch(image: string, { platform, seconds }: { platform: string; seconds: number }): Promise<void> {
  const entries = dag
    .container({ platform: platform as Platform })
    .from(image)
    .rootfs()
    .entries()
  const pulling: Promise<unknown> = entries.catch(() => {})
  await within(seconds, pulling, () => {
    throw pullTimeout(`for ${platform}`, image, seconds)
  })
}

/** What a place is opened with, by several at once. */
export async function fetchTools(fetchImage: FetchImage, { cosign, kustomize }: Tools): Promise<void> {
  await Promise.all([cosign, kustomize].map((image) => fetchImage(image)))
}
