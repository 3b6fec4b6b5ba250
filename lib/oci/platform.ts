import { dag, type Platform } from "@dagger.io/dagger"
import { quote, SlipwayError } from "../error.ts"
import { Digest } from "./reference.ts"

// https://github.com/opencontainers/image-spec/blob/main/image-index.md#image-index-property-descriptions
const SHAPE = /^([a-z0-9]+)\/([a-z0-9_]+)(?:\/(v[0-9]+))?$/

/** What a manifest runs on. Variants that are the default of their architecture are left out, as containerd does. */
export type PlatformSpec = { os: string; architecture: string; variant?: string }

const ALIASES: Record<string, string> = { x86_64: "amd64", aarch64: "arm64", armhf: "arm/v7" }

/** Reads `os/architecture[/variant]`. */
export function parsePlatform(text: string): PlatformSpec {
  const [, os, architecture, variant] = text.match(SHAPE) ?? []
  if (os && architecture && !(architecture in ALIASES))
    return normalise({ os, architecture, ...(variant && { variant }) })
  const alias = architecture && ALIASES[architecture]
  throw new SlipwayError("PLATFORM_INVALID", {
    expected: "os/architecture[/variant], such as linux/amd64 or linux/arm/v7",
    got: quote(text),
    fix: alias ? `Write ${os}/${alias}.` : "See https://go.dev/doc/install/source#environment for the names.",
  })
}

const LISTED = /^[a-z0-9]+\/[a-z0-9_]+(?:\/[a-z0-9.]+)?$/

/** Whether an index or a config names a platform that a node can have; variants there are more than those built for. */
export function isPlatform(spec: PlatformSpec): boolean {
  return LISTED.test(platformText(spec)) && spec.os !== "unknown" && spec.architecture !== "unknown"
}

/** The one spelling of a platform, for comparing and for people. */
export function platformText({ os, architecture, variant }: PlatformSpec): string {
  return [os, architecture, ...(variant ? [variant] : [])].join("/")
}

/** arm64 is v8 and arm is v7 unless said otherwise, so that equal platforms compare equal. */
export function normalise({ os, architecture, variant }: PlatformSpec): PlatformSpec {
  if (architecture === "arm64" && variant === "v8") return { os, architecture }
  if (architecture === "arm" && !variant) return { os, architecture, variant: "v7" }
  return { os, architecture, ...(variant && { variant }) }
}

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
