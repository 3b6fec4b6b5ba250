import { IMAGE_INDEX, IMAGE_MANIFEST } from "../../lib/oci/manifest.ts"
import { type Digest, digestOf } from "../../lib/oci/reference.ts"

/** A minimal image of several platforms; `label` changes its digest. */
export type TinyImage = {
  digest: Digest
  index: string
  platforms: { platform: string; digest: Digest; manifest: string; config: string }[]
}

export function tinyImage(label: string, architectures = ["amd64", "arm64"]): TinyImage {
  const platforms = architectures.map((architecture) => {
    const rootfs = { type: "layers", diff_ids: [] }
    const config = JSON.stringify({ architecture, os: "linux", config: { Labels: { label } }, rootfs })
    const mediaType = "application/vnd.oci.image.config.v1+json"
    const descriptor = { mediaType, digest: digestOf(config), size: Buffer.byteLength(config) }
    const manifest = JSON.stringify({ schemaVersion: 2, mediaType: IMAGE_MANIFEST, config: descriptor, layers: [] })
    return { platform: `linux/${architecture}`, digest: digestOf(manifest), manifest, config }
  })
  const manifests = platforms.map(({ platform, digest, manifest }) => {
    const [os, architecture] = platform.split("/")
    return { mediaType: IMAGE_MANIFEST, digest, size: Buffer.byteLength(manifest), platform: { os, architecture } }
  })
  const index = JSON.stringify({ schemaVersion: 2, mediaType: IMAGE_INDEX, manifests })
  return { digest: digestOf(index), index, platforms }
}
