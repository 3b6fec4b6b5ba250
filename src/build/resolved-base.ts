import { SlipwayError } from "../error.ts"
import { commonPlatforms, resolvedDigest, resolvedPlatform } from "../oci/base-image.ts"
import type { Digest } from "../oci/digest.ts"
import type { BaseImage } from "./dockerfile/base-images.ts"

/** An image that was built from, and what the engine took for its name. */
export type ResolvedBase = { name: string; digest: Digest }

/** Each base once, however many stages and platforms begin from it. */
export async function resolveBases(bases: BaseImage[]): Promise<ResolvedBase[]> {
  const resolved = await Promise.all(bases.map(resolveBase))
  return [...new Map(resolved.map((base) => [`${base.name}@${base.digest}`, base])).values()]
}

async function resolveBase({ image, platform, line }: BaseImage): Promise<ResolvedBase> {
  if ((await resolvedPlatform(image, platform)) === platform) {
    return { name: image, digest: await resolvedDigest(image, platform) }
  }
  throw new SlipwayError("PLATFORM_MISSING", {
    expected: `the base image ${image} (Dockerfile, line ${line}) for ${platform}`,
    got: `an image for ${(await commonPlatforms(image)).join(", ") || "other platforms"} only`,
    fix: "Leave the platform out of --platforms, or use a base image that has it; a stage that only compiles can say FROM --platform=$BUILDPLATFORM.",
  })
}
