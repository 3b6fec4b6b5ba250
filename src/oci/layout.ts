import type { Directory } from "@dagger.io/dagger"
import { SlipwayError } from "../error.ts"
import type { Descriptor } from "./descriptor.ts"
import { blobPath, type Digest, digestOf } from "./digest.ts"
import { IMAGE_INDEX, parseImageIndex, renderImageIndex } from "./image-index.ts"
import { normalise, type PlatformSpec, platformText } from "./platform.ts"

const LAYOUT_MARKER = '{"imageLayoutVersion":"1.0.0"}'

/** One platform's image within a layout. */
export type PlatformManifest = {
  platform: string
  spec: PlatformSpec
  digest: Digest
  size: number
  descriptor: Descriptor
}

/** What a layout holds: one image index, and the manifest of each platform. `digest` is the index's. */
export type LayoutContent = { digest: Digest; size: number; manifests: PlatformManifest[] }

/** Reads what will be scanned, pushed and signed. The index's digest is computed from its bytes, not believed. */
export async function readLayout(layout: Directory): Promise<LayoutContent> {
  const outer = parseImageIndex(await readText(layout, "index.json"), "index.json")
  const [entry, ...more] = outer.manifests
  if (!entry || more.length || entry.mediaType !== IMAGE_INDEX) {
    throw new SlipwayError("LAYOUT_INVALID", {
      expected: "a layout whose index.json lists exactly one image index",
      got: `${outer.manifests.length} entries (${outer.manifests.map(({ mediaType }) => mediaType).join(", ")})`,
      fix: "Pass the directory that buildMultiArch or imageLayout returned.",
    })
  }
  const text = await readText(layout, blobPath(entry.digest))
  const digest = digestOf(text)
  if (digest !== entry.digest) {
    throw new SlipwayError("LAYOUT_INVALID", {
      expected: `an image index with the digest ${entry.digest}`,
      got: digest,
      fix: "The layout was changed after it was made: build it again.",
    })
  }
  return {
    digest,
    size: entry.size,
    manifests: parseImageIndex(text, entry.digest).manifests.flatMap(platformManifest),
  }
}

/** The layout as `crane push --index` takes it: with the image index itself, byte for byte, as index.json. */
export function pushableLayout(layout: Directory, digest: Digest): Directory {
  return layout.withFile("index.json", layout.file(blobPath(digest)))
}

/** The layout as scanners take it: index.json lists the one manifest that is meant. */
export function platformLayout(layout: Directory, { descriptor }: PlatformManifest): Directory {
  return layout.withNewFile("index.json", renderImageIndex([descriptor]))
}

/** Puts an image index in charge of a layout's blobs. */
export function layoutWithIndex(blobs: Directory, indexText: string): Directory {
  const digest = digestOf(indexText)
  const entry = { mediaType: IMAGE_INDEX, digest, size: Buffer.byteLength(indexText) }
  return blobs
    .withNewFile("oci-layout", LAYOUT_MARKER)
    .withNewFile(blobPath(digest), indexText)
    .withNewFile("index.json", renderImageIndex([entry]))
}

/** Entries without a platform, or with an unknown one, are attachments (BuildKit's attestations), not images. */
function platformManifest(descriptor: Descriptor): PlatformManifest[] {
  const { platform, digest, size } = descriptor
  if (!platform || platform.os === "unknown") return []
  const spec = normalise(platform)
  return [{ platform: platformText(spec), spec, digest, size, descriptor }]
}

async function readText(layout: Directory, path: string): Promise<string> {
  if (await layout.exists(path)) return await layout.file(path).contents()
  throw new SlipwayError("LAYOUT_INVALID", {
    expected: `an OCI image layout with the file ${path}`,
    got: `a directory with ${(await layout.entries()).slice(0, 10).join(", ") || "nothing"}`,
    fix: "Pass the directory that buildMultiArch returned, or any OCI image layout.",
  })
}
