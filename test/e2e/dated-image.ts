import { IMAGE_INDEX, IMAGE_MANIFEST } from "../../lib/oci/manifest.ts"
import { digestOf } from "../../lib/oci/reference.ts"
import { type TinyImage, tinyImage } from "./sign-tiny-image.ts"

/** `dated` is the document with the image's creation time; `shares` is another image with the same first platform. */
type Dated = { age: number; dated?: "index" | "config"; shares?: TinyImage }

/** A tiny image of the given age in days. */
export function datedImage(label: string, { age, dated = "index", shares }: Dated): TinyImage {
  const created = new Date(Date.now() - age * 86_400_000).toISOString()
  const own = tinyImage(label).platforms.map((platform) =>
    dated === "config" ? withTime(platform, created) : platform,
  )
  const platforms = own.map((platform, at) => (at === 0 ? (shares?.platforms[0] ?? platform) : platform))
  const manifests = platforms.map(({ platform, digest, manifest }) => {
    const [os, architecture] = platform.split("/")
    return { mediaType: IMAGE_MANIFEST, digest, size: Buffer.byteLength(manifest), platform: { os, architecture } }
  })
  const annotations = { "org.opencontainers.image.created": created }
  const index = { schemaVersion: 2, mediaType: IMAGE_INDEX, manifests, ...(dated === "index" && { annotations }) }
  const text = JSON.stringify(index)
  return { digest: digestOf(text), index: text, platforms }
}

function withTime(platform: TinyImage["platforms"][number], created: string): TinyImage["platforms"][number] {
  const config = JSON.stringify({ ...JSON.parse(platform.config), created })
  const manifest = JSON.parse(platform.manifest)
  const descriptor = { ...manifest.config, digest: digestOf(config), size: Buffer.byteLength(config) }
  const text = JSON.stringify({ ...manifest, config: descriptor })
  return { ...platform, digest: digestOf(text), manifest: text, config }
}
