import { type Container, type Directory, dag } from "@dagger.io/dagger"
import { readText } from "../config/file.ts"
import { SlipwayError } from "../error.ts"
import type { Export, Plan } from "./canonical/layout.ts"
import { layoutWithIndex } from "./layout.ts"
import { type ImageIndex, parseImageIndex, renderImageIndex } from "./manifest.ts"
import { normalise, parsePlatform, platformText } from "./platform.ts"

const WORK = "/slipway"
/** The files of the program that finishes a layout, which runs in a container with only Node. */
export const FINISH_PROGRAM = ["finish.mjs", "layer.ts", "layout.ts", "tar.ts"]

/** An image for a platform. With `onScratch` the export corrects its platform, because the engine sets its own. */
export type PlatformImage = { container: Container; platform: string; onScratch: boolean }

/**
 * Exports one container per platform as one layout with one image index, also for a single platform. It exports each
 * container separately: from a joint export the engine silently omits images that it considers to be of the same platform.
 */
export async function exportLayout(
  images: PlatformImage[],
  { nodeImage, ...plan }: Plan & { nodeImage: string },
): Promise<Directory> {
  const exports = images.map(
    ({ platform, onScratch }, i): Export => ({
      tarball: `${WORK}/${i}.tar`,
      ...(onScratch && { platform: parsePlatform(platform) }),
    }),
  )
  const layout = images
    .reduce(
      (container, image, i) => container.withMountedFile(`${WORK}/${i}.tar`, image.container.asTarball()),
      dag.container().from(nodeImage).withDirectory(`${WORK}/canonical`, program()),
    )
    .withNewFile(`${WORK}/layout/.keep`, "")
    .withExec(["node", `${WORK}/canonical/finish.mjs`, JSON.stringify(exports), `${WORK}/layout`, JSON.stringify(plan)])
    .directory(`${WORK}/layout`)
    .withoutFile(".keep")
  const { manifests } = parseImageIndex(await layout.file("index.json").contents(), "index.json")
  requirePlatforms(
    manifests,
    images.map(({ platform }) => platform),
  )
  const annotations = Object.keys(plan.annotations).length > 0 ? plan.annotations : undefined
  return layoutWithIndex(layout, renderImageIndex(manifests, annotations))
}

function requirePlatforms(manifests: ImageIndex["manifests"], expected: string[]): void {
  const made = manifests.map(({ platform }) => (platform ? platformText(normalise(platform)) : "no platform"))
  if (made.join() === expected.join()) return
  throw new SlipwayError("PLATFORM_MISSING", {
    expected: `images for ${expected.join(", ")}`,
    got: made.join(", ") || "none",
    fix: "Use base images for these platforms, or remove the platform.",
  })
}

function program(): Directory {
  return FINISH_PROGRAM.reduce(
    (folder, name) => folder.withNewFile(name, readText(new URL(`./canonical/${name}`, import.meta.url))),
    dag.directory(),
  )
}
