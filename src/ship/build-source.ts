import type { Directory } from "@dagger.io/dagger"
import { buildImage } from "../build/docker-build.ts"
import { blobPath } from "../oci/digest.ts"
import { parseImageManifest, pullSize } from "../oci/image-manifest.ts"
import { type LayoutContent, readLayout } from "../oci/layout.ts"
import type { Built, ShipOptions } from "./context.ts"
import { ciRevision } from "./revision.ts"

/** Builds the image, and reads from its layout what the record and the plan say of it. */
export async function buildSource(source: Directory, options: ShipOptions): Promise<Built> {
  const image = await buildImage(source, options.build)
  const content = await readLayout(image.layout)
  const revision = ciRevision(image.revision, options.ci)
  const sizes = await pullSizes(image.layout, content)
  return { ...image, content, sizes, ...(revision && { revision }) }
}

async function pullSizes(layout: Directory, { manifests }: LayoutContent): Promise<Map<string, number>> {
  const sizes = manifests.map(async ({ digest }) => {
    const text = await layout.file(blobPath(digest)).contents()
    return [digest, pullSize(parseImageManifest(text, digest))] as const
  })
  return new Map(await Promise.all(sizes))
}
