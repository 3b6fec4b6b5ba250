import { dag, type Platform } from "@dagger.io/dagger"
import { Digest } from "./digest.ts"
import { normalise, platformText } from "./platform.ts"

/** The platforms that base images are commonly made for; asked one by one when one is missing. */
const COMMON = [
  "linux/amd64",
  "linux/arm64",
  "linux/arm/v7",
  "linux/386",
  "linux/ppc64le",
  "linux/s390x",
  "linux/riscv64",
]

/**
 * The platform of the image that the engine takes when it is asked for one. That may be another: an image of a single
 * platform is taken silently. Undefined when an image index has no such platform.
 */
export async function resolvedPlatform(image: string, platform: string): Promise<string | undefined> {
  try {
    const text = await dag
      .container({ platform: platform as Platform })
      .from(image)
      .platform()
    const [os = "", architecture = "", variant] = text.split("/")
    return platformText(normalise({ os, architecture, ...(variant && { variant }) }))
  } catch (error) {
    if (error instanceof Error && /no match for platform|no manifest matches/i.test(error.message)) return undefined
    throw error
  }
}

/** The digest that the engine takes for an image at this moment; with it in a provenance, a tag cannot lie later. */
export async function resolvedDigest(image: string, platform: string): Promise<Digest> {
  const reference = await dag
    .container({ platform: platform as Platform })
    .from(image)
    .imageRef()
  return Digest.parse(reference.slice(reference.indexOf("@") + 1))
}

/** The common platforms that an image has; the engine asks, so its mirrors and logins count. */
export async function commonPlatforms(image: string): Promise<string[]> {
  const found = await Promise.all(COMMON.map((platform) => resolvedPlatform(image, platform)))
  return [...new Set(found.flatMap((platform) => platform ?? []))]
}
