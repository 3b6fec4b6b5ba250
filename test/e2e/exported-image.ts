import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Directory } from "@dagger.io/dagger"

type Descriptor = { digest: string; platform?: { os: string; architecture: string; variant?: string } }
type Manifest = { config: Descriptor; layers: Descriptor[]; annotations?: Record<string, string> }
type Config = {
  os: string
  architecture: string
  config: { Labels?: Record<string, string>; User?: string }
  created?: string
}

/** An image layout on disk, as other tools read it. */
export type ExportedImage = {
  folder: string
  digest: string
  annotations: Record<string, string>
  platforms: Record<string, PlatformImage>
}
export type PlatformImage = {
  manifest: Manifest
  config: Config
  file: (path: string) => Buffer
  paths: () => string[]
}

export async function exportImage(layout: Directory): Promise<ExportedImage> {
  const folder = mkdtempSync(join(tmpdir(), "slipway-image-"))
  await layout.export(folder)
  return readImage(folder)
}

/** The layout in a folder, as `dagger call ... export` wrote it. */
export function readImage(folder: string): ExportedImage {
  const blob = (digest: string) => join(folder, "blobs", digest.replace(":", "/"))
  const json = (digest: string) => JSON.parse(readFileSync(blob(digest), "utf8"))
  const [index] = JSON.parse(readFileSync(join(folder, "index.json"), "utf8")).manifests as Descriptor[]
  if (!index) throw new Error("expected an image in the layout, got none")
  const { manifests, annotations = {} } = json(index.digest)
  const platforms = (manifests as Descriptor[]).map(({ digest, platform }) => {
    const manifest: Manifest = json(digest)
    const layers = manifest.layers.map((layer) => blob(layer.digest))
    return [
      Object.values(platform ?? {}).join("/"),
      {
        manifest,
        config: json(manifest.config.digest) as Config,
        file: (path: string) => readLayers(layers, path),
        paths: () => layers.flatMap((layer) => tar(["-tzf", layer]).toString().split("\n")),
      },
    ] as const
  })
  return { folder, digest: index.digest, annotations, platforms: Object.fromEntries(platforms) }
}

/** The file from the uppermost layer that contains it. */
function readLayers(layers: string[], path: string): Buffer {
  const layer = layers.findLast((candidate) => tar(["-tzf", candidate]).toString().split("\n").includes(path))
  if (!layer) throw new Error(`expected a layer with ${path}, got none`)
  return tar(["-xzOf", layer, path])
}

function tar(args: string[]): Buffer {
  return execFileSync("tar", args, { maxBuffer: 256 << 20 })
}
