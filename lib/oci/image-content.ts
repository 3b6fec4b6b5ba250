import { z } from "zod"
import { quote } from "../error.ts"
import { attachedTo, type Descriptor, descriptorFaults, entryName, type ImageManifest } from "./manifest.ts"
import { isPlatform, normalise, type PlatformSpec, platformText } from "./platform.ts"
import { Digest } from "./reference.ts"
import { type DocumentResult, readDocument, type Spelling } from "./strict-json.ts"

export const IMAGE_CONFIG = "application/vnd.oci.image.config.v1+json"
export const DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"
/** The media type of an empty config: https://github.com/opencontainers/image-spec/blob/main/manifest.md#guidance-for-an-empty-descriptor */
export const EMPTY_CONFIG = "application/vnd.oci.empty.v1+json"

/** https://github.com/opencontainers/image-spec/blob/main/config.md: the fields that decide what is scanned and which node pulls it. */
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

/** An entry of an index with its manifest, and its config's text. */
export type EntryContent = { entry: Descriptor; manifest: ImageManifest; config: string }

/** The layers that scanners unpack. A scanner would skip others, such as encrypted ones. */
const LAYERS = [
  "application/vnd.oci.image.layer.v1.tar",
  "application/vnd.oci.image.layer.v1.tar+gzip",
  "application/vnd.oci.image.layer.v1.tar+zstd",
  "application/vnd.docker.image.rootfs.diff.tar",
  "application/vnd.docker.image.rootfs.diff.tar.gzip",
  "application/vnd.docker.image.rootfs.diff.tar.zstd",
]
const STATEMENT = "application/vnd.in-toto+json"

/** The platform of an image, from its entry or else its config, and why it cannot be scanned. */
export function judgeImage({ entry, manifest, config }: EntryContent): { spec?: PlatformSpec; faults: string[] } {
  const name = entryName(entry)
  const faults = [
    ...manifestFaults({ entry, manifest }),
    ...([IMAGE_CONFIG, DOCKER_CONFIG].includes(manifest.config.mediaType)
      ? []
      : [`${name} has a config of the type ${quote(manifest.config.mediaType)}, so it is not an image`]),
    ...layerFaults(manifest, { name, accepted: LAYERS }),
  ]
  const read = readImageConfig(config)
  if ("fault" in read) return { faults: [...faults, `${name} has a config without a platform: ${read.fault}`] }
  const { os, architecture, variant, rootfs } = read.value
  const own = { os, architecture, ...(variant && { variant }) }
  if (rootfs.diff_ids.length !== manifest.layers.length) {
    faults.push(`${name} has ${manifest.layers.length} layers, and a config with ${rootfs.diff_ids.length}`)
  }
  faults.push(...hiddenLayers(manifest, rootfs.diff_ids).map((layer) => `${name} has ${layer}`))
  return { spec: normalise(entry.platform ?? own), faults: [...faults, ...platformFaults(entry, own)] }
}

/**
 * Why an entry annotated as an attestation is not one. It is not scanned, so it must not be runnable: it contains only
 * in-toto statements, and an empty or unknown/unknown config. `listed` are the index's entries, which no statement may be.
 */
export function judgeAttachment({ entry, manifest, config }: EntryContent, listed: Descriptor[]): string[] {
  const name = `${entry.digest}, an attestation by its annotation,`
  const { subject } = manifest
  return [
    ...manifestFaults({ entry, manifest }),
    ...(manifest.layers.length === 0 ? [`${name} contains no statement`] : []),
    ...layerFaults(manifest, { name, accepted: [STATEMENT] }),
    ...manifest.layers
      .filter((layer) => listed.some(({ digest }) => digest === layer.digest))
      .map(({ digest }) => `${name} contains ${digest} as a statement, and the index lists it too`),
    ...(isBare(manifest, config) ? [] : [`${name} has the config of an image that runs`]),
    ...(!subject || subject.digest === attachedTo(entry)
      ? []
      : [`${name} has another subject than the image in its annotation`]),
  ]
}

/** Whether the config is that of an OCI artifact, or is for unknown/unknown and runs no command. */
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

/** A scanner reads one layer per diff ID, so it would not see another blob with the same diff ID. */
function hiddenLayers({ layers }: ImageManifest, diffIds: string[]): string[] {
  return layers.flatMap(({ digest }, at) => {
    const first = layers[diffIds.indexOf(diffIds[at] ?? "")]
    return first && first.digest !== digest ? [`a layer ${digest} with the diff ID of ${first.digest}`] : []
  })
}

/** With an amd64 image listed as arm64, the scan of the wrong image would count for the right one. */
function platformFaults({ digest, platform }: Descriptor, own: PlatformSpec): string[] {
  if (!isPlatform(own)) return [`${digest} is for ${quote(platformText(own))} by its config, which is not a platform`]
  if (!platform) return []
  const isSame = platform.os === own.os && platform.architecture === own.architecture
  const [listed, actual] = [normalise(platform), normalise(own)]
  const isVariant = !platform.variant || !own.variant || listed.variant === actual.variant
  return isSame && isVariant ? [] : [`${platformText(listed)} ${digest} is for ${platformText(actual)} by its config`]
}

const SPELLING: Spelling = {
  fields: ["os", "architecture", "variant", "os.version", "os.features", "rootfs", "diff_ids", "history"],
  maps: ["Labels", "Volumes", "ExposedPorts", "annotations"],
}

function readImageConfig(text: string): DocumentResult<ImageConfig> {
  return readDocument(text, ImageConfig, SPELLING)
}
