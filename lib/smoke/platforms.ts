import { SlipwayError } from "../error.ts"
import type { PlatformManifest } from "../oci/layout.ts"
import { normalise, parsePlatform, platformText } from "../oci/platform.ts"
import type { SmokeSkip } from "./plan.ts"

/** The platforms to start: those that are asked for, else the engine's own, which needs no emulation. */
export function choosePlatforms(
  manifests: PlatformManifest[],
  asked: string[],
  own: string,
): { manifests: PlatformManifest[] } | SmokeSkip {
  if (asked.length === 0) {
    const native = manifests.filter(({ platform }) => platform === canonical(own))
    if (native.length > 0) return { manifests: native }
    return { skip: `the image has no ${own}, the engine's platform; smoke.platforms starts others under emulation` }
  }
  const wanted = [...new Set(asked.map((text) => platformText(parsePlatform(text))))]
  const chosen = wanted.map((platform) => {
    return manifests.find((manifest) => manifest.platform === platform) ?? missing(platform, manifests)
  })
  return { manifests: chosen }
}

function canonical(text: string): string {
  const [os = "", architecture = "", variant] = text.split("/")
  return platformText(normalise({ os, architecture, ...(variant && { variant }) }))
}

function missing(platform: string, manifests: PlatformManifest[]): never {
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: `smoke.platforms to be among the image's (${manifests.map((one) => one.platform).join(", ")})`,
    got: platform,
    fix: "Add it to platforms, or remove it from smoke.platforms in slipway.yaml (alone: --platforms).",
  })
}
