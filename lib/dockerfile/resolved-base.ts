import { within } from "../config/time-limit.ts"
import { SlipwayError } from "../error.ts"
import { commonPlatforms, resolvedDigest, resolvedPlatform } from "../oci/base-image.ts"
import type { Digest } from "../oci/digest.ts"
import { PULL_SECONDS, pulledTooLong } from "../oci/pull-failure.ts"
import type { BaseImage } from "./base-images.ts"

/** An image that was built from, and what the engine took for its name. */
export type ResolvedBase = { name: string; digest: Digest }

/**
 * Each name is looked up once, however many stages and platforms begin from it: a tag may move in between. Refuses an
 * image that a platform does not have; the engine would take another one without a word.
 */
export async function resolveBases(bases: BaseImage[]): Promise<ResolvedBase[]> {
  return await Promise.all(
    firstUses(bases).map((base) => resolveName(base, { uses: bases.filter(({ image }) => image === base.image) })),
  )
}

/** The same for a build that takes what there is, and that has no limit of its own. */
export async function resolveAnyBases(bases: BaseImage[], seconds = PULL_SECONDS): Promise<ResolvedBase[]> {
  const resolving = firstUses(bases).map(async ({ image, platform, line }) => {
    const digest = await within(seconds, resolvedDigest(image, platform), () => {
      throw pulledTooLong(`to begin from (Dockerfile line ${line})`, image, seconds)
    })
    return { name: image, digest }
  })
  return await Promise.all(resolving)
}

function firstUses(bases: BaseImage[]): BaseImage[] {
  return bases.filter(({ image }, at) => bases.findIndex((other) => other.image === image) === at)
}

async function resolveName(first: BaseImage, { uses }: { uses: BaseImage[] }): Promise<ResolvedBase> {
  await requirePlatform(first, first.image)
  const digest = await resolvedDigest(first.image, first.platform)
  const image = byDigest(first.image, digest)
  const others = new Map([...uses].reverse().map((base) => [base.platform, base]))
  others.delete(first.platform)
  await Promise.all([...others.values()].map((base) => requirePlatform(base, image)))
  return { name: first.image, digest }
}

async function requirePlatform({ image, platform, line }: BaseImage, resolved: string): Promise<void> {
  if ((await resolvedPlatform(resolved, platform)) === platform) return
  throw new SlipwayError("PLATFORM_MISSING", {
    expected: `the base image ${image} (Dockerfile, line ${line}) for ${platform}`,
    got: `an image for ${(await commonPlatforms(image)).join(", ") || "other platforms"} only`,
    fix: "Leave the platform out of --platforms, or use a base image that has it; a stage that only compiles can say FROM --platform=$BUILDPLATFORM.",
  })
}

function byDigest(image: string, digest: Digest): string {
  return image.includes("@") ? image : `${image}@${digest}`
}
