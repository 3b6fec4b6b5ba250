import { dag, type Platform } from "@dagger.io/dagger"
import { quote, SlipwayError } from "../error.ts"
import { Digest } from "./reference.ts"

// https://github.com/opencontainers/image-spec/blob/main/image-index.md#image-index-property-descriptions
const SHAPE = /^([a-z0-9]+)\/([a-z0-9_]+)(?:\/(v[0-9]+))?$/

/** A manifest's platform, without a variant that is the default of its architecture, as in containerd. */
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
    fix: alias ? `Write ${os}/${alias}.` : "Use the names in https://go.dev/doc/install/source#environment.",
  })
}

const LISTED = /^[a-z0-9]+\/[a-z0-9_]+(?:\/[a-z0-9.]+)?$/

/** Whether a node can have this platform of an index or a config; more variants are valid here than in parsePlatform. */
export function isPlatform(spec: PlatformSpec): boolean {
  return LISTED.test(platformText(spec)) && spec.os !== "unknown" && spec.architecture !== "unknown"
}

/** The canonical spelling of a platform, for comparisons and for people. */
export function platformText({ os, architecture, variant }: PlatformSpec): string {
  return [os, architecture, ...(variant ? [variant] : [])].join("/")
}

/** Drops v8 of arm64 and adds v7 to arm, so that equal platforms compare equal. */
export function normalise({ os, architecture, variant }: PlatformSpec): PlatformSpec {
  if (architecture === "arm64" && variant === "v8") return { os, architecture }
  if (architecture === "arm" && !variant) return { os, architecture, variant: "v7" }
  return { os, architecture, ...(variant && { variant }) }
}

/** The platforms that most base images have; each is tried if one is missing. */
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
 * The platform of the image that the engine pulls for a platform; another one if the image has no index. Undefined if the
 * image index does not have the platform.
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

/** The digest that the engine pulls for an image now, for the provenance: the tag may move later. */
export async function resolvedDigest(image: string, platform: string): Promise<Digest> {
  const reference = await dag
    .container({ platform: platform as Platform })
    .from(image)
    .imageRef()
  return Digest.parse(reference.slice(reference.indexOf("@") + 1))
}

/** The common platforms that an image has, by the engine's mirrors and logins. */
export async function commonPlatforms(image: string): Promise<string[]> {
  const found = await Promise.all(COMMON.map((platform) => resolvedPlatform(image, platform)))
  return [...new Set(found.flatMap((platform) => platform ?? []))]
}
