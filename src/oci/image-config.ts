import { z } from "zod"
import { Digest } from "./digest.ts"
import { type DocumentRead, readDocument } from "./document.ts"

export const IMAGE_CONFIG = "application/vnd.oci.image.config.v1+json"
export const DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"
/** What stands in a config's place where there is none: https://github.com/opencontainers/image-spec/blob/main/manifest.md#guidance-for-an-empty-descriptor */
export const EMPTY_CONFIG = "application/vnd.oci.empty.v1+json"

/** https://github.com/opencontainers/image-spec/blob/main/config.md, as far as it decides what is scanned and who pulls it. */
export const ImageConfig = z.looseObject({
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
export type ImageConfig = z.infer<typeof ImageConfig>

const SPELLING = {
  fields: ["os", "architecture", "variant", "os.version", "os.features", "rootfs", "diff_ids", "history"],
  maps: ["Labels", "Volumes", "ExposedPorts", "annotations"],
}

export function readImageConfig(text: string): DocumentRead<ImageConfig> {
  return readDocument(text, ImageConfig, SPELLING)
}
