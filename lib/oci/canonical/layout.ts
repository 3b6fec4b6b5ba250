import { createHash } from "node:crypto"
import { readdir, readFile, rm, writeFile } from "node:fs/promises"
import { hex, type Layer, retimeLayer } from "./layer.ts"
import { untarLayout } from "./tar.ts"

/** The metadata of a finished image; `created` is the image's time. */
type Finish = {
  created?: string
  labels: Record<string, string>
  annotations: Record<string, string>
}

type Json = Record<string, unknown>
type History = { created?: string; created_by?: string; comment?: string; empty_layer?: boolean }
type Config = Json & {
  architecture: string
  os: string
  variant?: string
  created?: string
  config?: Json & { Labels?: Record<string, string> }
  rootfs: { type: string; diff_ids: string[] }
  history?: History[]
}

/** The engine records the blob of a layer that it copied unchanged. */
export function isBaseLayer(history: History | undefined): boolean {
  return history?.created_by?.startsWith("import image layer") ?? false
}

/** The config with the new layers, labels and time; without the engine's timestamps. */
export function finishConfig(config: Config, diffIds: string[], { created, labels }: Finish): Config {
  const all = { ...config.config?.Labels, ...labels }
  return {
    ...config,
    ...(created && { created, history: config.history?.map((entry) => ({ ...entry, created })) }),
    config: { ...config.config, ...(Object.keys(all).length > 0 && { Labels: sorted(all) }) },
    rootfs: { ...config.rootfs, diff_ids: diffIds },
  }
}

function sorted(record: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)))
}

const INDEX = "application/vnd.oci.image.index.v1+json"
const MANIFEST = "application/vnd.oci.image.manifest.v1+json"

type Blob = Json & { mediaType: string; digest: string; size: number }
type Manifest = Json & { config: Blob; layers: Blob[] }
/** `seconds` is the time of every file in the layers of the build; without it, files keep their times. */
export type Plan = Finish & { seconds?: number }
/** The engine's export of one platform. `platform` corrects an image on scratch, which gets the engine's platform. */
export type Export = { tarball: string; platform?: Platform }
type Platform = { os: string; architecture: string; variant?: string }
type Image = { manifest: Blob; platform?: Platform | undefined }
/** Platforms may share a layer, which is written once. */
type Work = { blobs: string; retimed: Map<string, Promise<Layer>> }

/**
 * Turns the engine's tarballs into one OCI layout whose index.json lists one manifest per tarball. With a time in the plan,
 * the layout does not depend on when or where it was built. Runs in a container, so this folder imports only Node and
 * itself.
 */
export async function canonicalLayout(exports: Export[], folder: string, plan: Plan): Promise<void> {
  const blobs = `${folder}/blobs/sha256`
  const images: Image[] = []
  // sequential, because the exports share blobs and the file index.json
  for (const { tarball, platform } of exports) {
    await untarLayout(tarball, folder)
    images.push({ manifest: await onlyManifest(folder), platform })
  }
  const work: Work = { blobs, retimed: new Map() }
  const finished = await Promise.all(images.map((image) => finishImage(work, image, plan)))
  await writeFile(`${folder}/oci-layout`, '{"imageLayoutVersion":"1.0.0"}')
  await writeFile(
    `${folder}/index.json`,
    JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: finished.map(({ manifest }) => manifest) }),
  )
  await keepOnly(blobs, new Set(finished.flatMap(({ uses }) => uses)))
}

async function onlyManifest(folder: string): Promise<Blob> {
  const [manifest, ...more] = ((await readJson(`${folder}/index.json`))["manifests"] ?? []) as Blob[]
  if (manifest && manifest.mediaType !== INDEX && more.length === 0) return manifest
  throw new Error(`expected an export of one image, got ${JSON.stringify([manifest, ...more]).slice(0, 200)}`)
}

async function finishImage(work: Work, image: Image, plan: Plan): Promise<{ manifest: Blob; uses: string[] }> {
  const { blobs } = work
  const manifest = (await readJson(`${blobs}/${hex(image.manifest.digest)}`)) as Manifest
  const made = (await readJson(`${blobs}/${hex(manifest.config.digest)}`)) as Config
  const config = image.platform ? { ...made, ...image.platform } : made
  const layers = await Promise.all(manifest.layers.map((layer, i) => finishLayer(work, { layer, config, i }, plan)))
  const newConfig = await writeJson(
    blobs,
    manifest.config.mediaType,
    finishConfig(
      config,
      layers.map(({ diffId }) => diffId),
      plan,
    ),
  )
  const newManifest = await writeJson(blobs, MANIFEST, {
    ...manifest,
    mediaType: MANIFEST,
    config: newConfig,
    layers: layers.map(({ diffId: _, ...layer }) => layer),
    ...annotated(manifest, plan),
  })
  const { os, architecture, variant } = config
  return {
    manifest: { ...newManifest, platform: { architecture, os, ...(variant && { variant }) } },
    uses: [newManifest, newConfig, ...layers].map(({ digest }) => hex(digest)),
  }
}

/** Layers of the base image stay byte for byte, so that registries and nodes share them with other images. */
async function finishLayer(
  { blobs, retimed }: Work,
  { layer, config, i }: { layer: Blob; config: Config; i: number },
  { seconds }: Plan,
): Promise<Layer> {
  const nonEmpty = config.history?.filter(({ empty_layer }) => !empty_layer) ?? []
  if (seconds === undefined || isBaseLayer(nonEmpty[i])) return { ...layer, diffId: config.rootfs.diff_ids[i] ?? "" }
  const done = retimed.get(layer.digest) ?? retimeLayer(blobs, layer, seconds)
  retimed.set(layer.digest, done)
  return await done
}

function annotated(manifest: Json, { annotations }: Finish): Json {
  const all = { ...(manifest["annotations"] as Record<string, string> | undefined), ...annotations }
  return Object.keys(all).length > 0 ? { annotations: all } : {}
}

async function keepOnly(blobs: string, used: Set<string>): Promise<void> {
  const unused = (await readdir(blobs)).filter((name) => !used.has(name))
  await Promise.all(unused.map((name) => rm(`${blobs}/${name}`)))
}

async function readJson(path: string): Promise<Json> {
  return JSON.parse(await readFile(path, "utf8"))
}

async function writeJson(blobs: string, mediaType: string, content: unknown): Promise<Blob> {
  const text = JSON.stringify(content)
  const digest = `sha256:${createHash("sha256").update(text).digest("hex")}`
  await writeFile(`${blobs}/${hex(digest)}`, text)
  return { mediaType, digest, size: Buffer.byteLength(text) }
}
