import type { Directory } from "@dagger.io/dagger"
import { blobPath } from "../oci/digest.ts"
import { parseImageManifest, pullSize } from "../oci/image-manifest.ts"
import type { LayoutContent } from "../oci/layout.ts"

/** What a node pulls of each platform's image, in bytes, by the manifest's digest. */
export async function pullSizes(layout: Directory, { manifests }: LayoutContent): Promise<Map<string, number>> {
  const sizes = manifests.map(async ({ digest }) => {
    const text = await layout.file(blobPath(digest)).contents()
    return [digest, pullSize(parseImageManifest(text, digest))] as const
  })
  return new Map(await Promise.all(sizes))
}
