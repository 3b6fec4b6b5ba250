import { quote, SlipwayError } from "../error.ts"

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
