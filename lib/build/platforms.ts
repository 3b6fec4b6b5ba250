import { quote, SlipwayError } from "../error.ts"
import { parsePlatform, platformText } from "../oci/platform.ts"

/** The platforms to build, in one spelling, each once. Given as a list, or as one text with commas, as Docker takes it. */
export function parsePlatforms(texts: string[]): string[] {
  const platforms = texts
    .flatMap((text) => text.split(","))
    .map((text) => text.trim())
    .filter((text) => text !== "")
    .map((text) => platformText(parsePlatform(text)))
  const twice = platforms.find((platform, i) => platforms.indexOf(platform) !== i)
  if (platforms.length > 0 && !twice) return platforms
  throw new SlipwayError("PLATFORM_INVALID", {
    expected: "one or more different platforms",
    got: twice ? `${twice} twice` : quote(texts.join(",")),
    fix: "Pass for example --platforms=linux/amd64,linux/arm64.",
  })
}
