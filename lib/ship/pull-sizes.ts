import type { LayoutContent } from "../oci/layout.ts"
import { pullSize } from "../oci/manifest.ts"

/** What a node pulls of each platform's image, in bytes, by the manifest's digest. */
export function pullSizes({ manifests }: LayoutContent): Map<string, number> {
  return new Map(manifests.map(({ digest, manifest }) => [digest, pullSize(manifest)]))
}
