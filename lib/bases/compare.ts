import { type Container, dag, type Platform } from "@dagger.io/dagger"
import type { ResolvedBase } from "../dockerfile/base-images.ts"
import { mapConcurrently } from "../engine/concurrency.ts"
import { within } from "../engine/tool.ts"
import { errorMessage, SlipwayError } from "../error.ts"
import { isAbsentImage, PULL_SECONDS, pullFailure, pullTimeout } from "../oci/crane.ts"
import { type LayoutImage, openLayout } from "../oci/layout.ts"
import { exportLayout } from "../oci/layout-export.ts"
import { resolvedDigest, resolvedPlatform } from "../oci/platform.ts"
import type { Digest } from "../oci/reference.ts"
import { type BaseMove, comparePlatforms, isPinned } from "./moves.ts"

/** `current` are the digests that the run knows already, by name; the registry is asked for others. */
export type CompareOptions = { platforms: string[]; nodeImage: string; current?: ReadonlyMap<string, Digest> }

/** A moved base with both of its images, to scan them. */
export type ComparedBase = { move: BaseMove; before?: LayoutImage; after?: LayoutImage }

/**
 * Compares the bases of a release with what their tags name now. The engine resolves and pulls them, because it does so for
 * a build too, with its mirrors and logins. A registry that does not respond is an error.
 */
export async function compareBases(bases: ResolvedBase[], options: CompareOptions): Promise<ComparedBase[]> {
  return await mapConcurrently(bases, (base) => compareBase(base, options))
}

async function compareBase({ name, digest: from }: ResolvedBase, options: CompareOptions): Promise<ComparedBase> {
  if (isPinned(name)) return { move: { name, from, status: "pinned" } }
  const to = options.current?.get(name) ?? (await currentDigest(name, options.platforms))
  if (to === from) return { move: { name, from, status: "unmoved" } }
  const newer = `${name}@${to}`
  const platforms = await pulling(newer, ownPlatforms(newer, options.platforms))
  const after = await pulling(newer, baseLayout(newer, { ...options, platforms }))
  const before = await earlierLayout(`${name}@${from}`, { ...options, platforms })
  const compared = comparePlatforms(before?.content.manifests ?? [], after.content.manifests)
  return { move: { name, from, status: "moved", to, platforms: compared }, after, ...(before && { before }) }
}

/** The digest that a tag names now. */
async function currentDigest(name: string, platforms: string[]): Promise<Digest> {
  const [platform = ""] = await pulling(name, ownPlatforms(name, platforms))
  return await pulling(name, resolvedDigest(name, platform))
}

/** The release's platforms that a base has; one that has none of them runs only on the builder. */
async function ownPlatforms(image: string, wanted: string[]): Promise<string[]> {
  const has = await Promise.all(wanted.map(async (platform) => (await resolvedPlatform(image, platform)) === platform))
  const own = wanted.filter((_, at) => has[at])
  return own.length ? own : [await dag.defaultPlatform()]
}

type LayoutOptions = { platforms: string[]; nodeImage: string }

async function baseLayout(image: string, { platforms, nodeImage }: LayoutOptions): Promise<LayoutImage> {
  const containers = platforms.map((platform) => ({ platform, container: pulled(image, platform), onScratch: false }))
  return await openLayout(await exportLayout(containers, { nodeImage, labels: {}, annotations: {} }))
}

function pulled(image: string, platform: string): Container {
  return dag.container({ platform: platform as Platform }).from(image)
}

/** Undefined only if the registry says that it does not have the image any more. */
async function earlierLayout(image: string, options: LayoutOptions): Promise<LayoutImage | undefined> {
  const reading = baseLayout(image, options).catch((error: unknown) => {
    if (isAbsentImage(errorMessage(error))) return undefined
    throw error
  })
  return await pulling(image, reading)
}

/** A pull with a time limit, whose failure names the image. */
async function pulling<T>(image: string, work: Promise<T>): Promise<T> {
  const what = "as the newer state of a base"
  try {
    return await within(PULL_SECONDS, work, () => {
      throw pullTimeout(what, image)
    })
  } catch (error) {
    throw error instanceof SlipwayError ? error : pullFailure(what, { image, error })
  }
}
