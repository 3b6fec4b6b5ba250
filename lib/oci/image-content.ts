import { z } from "zod"
import { quote } from "../error.ts"
import { attachedTo, type Descriptor, descriptorFaults, entryName, type ImageManifest } from "./manifest.ts"
import { isPlatform, normalise, type PlatformSpec, platformText } from "./platform.ts"
import { Digest } from "./reference.ts"
import { type DocumentResult, readDocument, type Spelling } from "./strict-json.ts"

export const IMAGE_CONFIG = "application/vnd.oci.image.config.v1+json"
export const DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"
/** What stands in a config's place where there is none: https://github.com/opencontainers/image-spec/blob/main/manifest.md#guidance-for-an-empty-descriptor */
export const EMPTY_CONFIG = "application/vnd.oci.empty.v1+json"

/** https://github.com/opencontainers/image-spec/blob/main/config.md, as far as it decides what is scanned and who pulls it. */
const ImageConfig = z.looseObject({
  os: z.string(),
  architecture: z.string(),
  variant: z.string().optional(),
  rootfs: z.looseObject({
    type: z.literal("layers"),
    diff_ids: z
      .array(Digest)
      .nullish()
      .transform((all) => all ?? []),
  }),
})
type ImageConfig = z.infer<typeof ImageConfig>

/** An entry of an index with what it leads to: its manifest, and its config's text. */
export type EntryContent = { entry: Descriptor; manifest: ImageManifest; config: string }

/** What scanners unpack and nodes run. Others, such as encrypted or lazily pulled ones, a scanner would pass over. */
const LAYERS = [
  "application/vnd.oci.image.layer.v1.tar",
  "application/vnd.oci.image.layer.v1.tar+gzip",
  "application/vnd.oci.image.layer.v1.tar+zstd",
  "application/vnd.docker.image.rootfs.diff.tar",
  "application/vnd.docker.image.rootfs.diff.tar.gzip",
  "application/vnd.docker.image.rootfs.diff.tar.zstd",
]
const STATEMENT = "application/vnd.in-toto+json"

/** The platform of an image, or why it cannot be scanned. An entry without a platform has its config's. */
export function judgeImage({ entry, manifest, config }: EntryContent): { spec?: PlatformSpec; faults: string[] } {
  const name = entryName(entry)
  const faults = [
    ...manifestFaults({ entry, manifest }),
    ...([IMAGE_CONFIG, DOCKER_CONFIG].includes(manifest.config.mediaType)
      ? []
      : [`${name} has a config of ${quote(manifest.config.mediaType)}, so it is not an image`]),
    ...layerFaults(manifest, { name, accepted: LAYERS }),
  ]
  const read = readImageConfig(config)
  if ("fault" in read) return { faults: [...faults, `${name} has a config that names no platform: ${read.fault}`] }
  const { os, architecture, variant, rootfs } = read.value
  const own = { os, architecture, ...(variant && { variant }) }
  if (rootfs.diff_ids.length !== manifest.layers.length) {
    faults.push(`${name} has ${manifest.layers.length} layers, and a config of ${rootfs.diff_ids.length}`)
  }
  faults.push(...hiddenLayers(manifest, rootfs.diff_ids).map((layer) => `${name} has ${layer}`))
  return { spec: normalise(entry.platform ?? own), faults: [...faults, ...platformFaults(entry, own)] }
}

/**
 * Why an entry that is annotated as an attestation is none. It escapes the scan, so nothing in it may be runnable: only
 * in-toto statements, and a config that says so, or none. `listed` is what the index lists: a statement is no entry.
 */
export function judgeAttachment({ entry, manifest, config }: EntryContent, listed: Descriptor[]): string[] {
  const name = `${entry.digest}, an attestation by its annotation,`
  const { subject } = manifest
  return [
    ...manifestFaults({ entry, manifest }),
    ...(manifest.layers.length === 0 ? [`${name} holds no statement`] : []),
    ...layerFaults(manifest, { name, accepted: [STATEMENT] }),
    ...manifest.layers
      .filter((layer) => listed.some(({ digest }) => digest === layer.digest))
      .map(({ digest }) => `${name} holds ${digest} as a statement, which the index lists`),
    ...(isBare(manifest, config) ? [] : [`${name} has the config of an image that runs`]),
    ...(!subject || subject.digest === attachedTo(entry) ? [] : [`${name} has another subject than its annotation`]),
  ]
}

/** An image config that says unknown/unknown and what to run of nothing, or the empty config of an OCI artifact. */
function isBare({ config: { mediaType } }: ImageManifest, config: string): boolean {
  if (mediaType === EMPTY_CONFIG) return config === "{}"
  const read = readImageConfig(config)
  if (mediaType !== IMAGE_CONFIG || "fault" in read) return false
  const { os, architecture, variant } = read.value
  return os === "unknown" && architecture === "unknown" && !variant && isEmpty(read.value["config"])
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === "object" && Object.keys(value).length === 0)
}

function manifestFaults({ entry, manifest }: Pick<EntryContent, "entry" | "manifest">): string[] {
  const name = entryName(entry)
  const { mediaType = entry.mediaType } = manifest
  return [
    ...(mediaType === entry.mediaType ? [] : [`${name} is listed as ${entry.mediaType}, and says ${mediaType}`]),
    ...descriptorFaults(manifest.config, `the config of ${name}`),
  ]
}

function layerFaults({ layers }: ImageManifest, { name, accepted }: { name: string; accepted: string[] }): string[] {
  return layers.flatMap((layer) => {
    const own = `the layer ${layer.digest} of ${name}`
    const faults = descriptorFaults(layer, own)
    return accepted.includes(layer.mediaType) ? faults : [...faults, `${own} is ${quote(layer.mediaType)}`]
  })
}

/** A scanner looks once at layers of one diff ID, the first of them: another blob behind the same ID is never looked at. */
function hiddenLayers({ layers }: ImageManifest, diffIds: string[]): string[] {
  return layers.flatMap(({ digest }, at) => {
    const first = layers[diffIds.indexOf(diffIds[at] ?? "")]
    return first && first.digest !== digest ? [`a layer ${digest} with the diff ID of ${first.digest}`] : []
  })
}

/** An index that calls an amd64 image arm64 has a scan of the wrong thing taken for the right one. */
function platformFaults({ digest, platform }: Descriptor, own: PlatformSpec): string[] {
  if (!isPlatform(own)) return [`${digest} is for ${quote(platformText(own))} by its config, which no node is`]
  if (!platform) return []
  const isSame = platform.os === own.os && platform.architecture === own.architecture
  const [listed, said] = [normalise(platform), normalise(own)]
  const isVariant = !platform.variant || !own.variant || listed.variant === said.variant
  return isSame && isVariant ? [] : [`${platformText(listed)} ${digest} is for ${platformText(said)} by its own config`]
}

const SPELLING: Spelling = {
  fields: ["os", "architecture", "variant", "os.version", "os.features", "rootfs", "diff_ids", "history"],
  maps: ["Labels", "Volumes", "ExposedPorts", "annotations"],
}

function readImageConfig(text: string): DocumentResult<ImageConfig> {
  return readDocument(text, ImageConfig, SPELLING)
}
