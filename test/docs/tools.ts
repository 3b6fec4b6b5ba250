import { kebab } from "./flag.ts"
import { code, page, table } from "./markdown.ts"

/** The images that run, with the flag that replaces each. */
export function renderTools(images: Record<string, string>): string {
  const text =
    "Slipway runs these official images, pinned by digest. A flag before the function's name, or a line of `.env`, replaces an image, for example by a mirror: see [Private registries and air gap](../guides/private-registries-and-air-gap.md)."
  // a module's exports have no order of their own
  const rows = Object.entries(images)
    .sort()
    .map(([name, image]) => [
      code(`--${flagOf(name)}`),
      code(image.split("@")[0] ?? ""),
      code(image.split("@")[1] ?? ""),
    ])
  return page("Tools", "src/tool-images.ts", text, table(["Flag", "Image", "Digest"], rows))
}

/** GRYPE_IMAGE is --grype-image. */
function flagOf(name: string): string {
  return kebab(name.toLowerCase().replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()))
}
