import { z } from "zod"
import { SlipwayError } from "../error.ts"
import { Descriptor, MANIFEST_SPELLING } from "./descriptor.ts"
import { IMAGE_MANIFEST, PASS } from "./image-index.ts"
import { readDocument } from "./strict-json.ts"

export const DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"

/** https://github.com/opencontainers/image-spec/blob/main/manifest.md, and Docker's older manifest, which says the same. */
export const ImageManifest = z.looseObject({
  schemaVersion: z.literal(2),
  mediaType: z.enum([IMAGE_MANIFEST, DOCKER_MANIFEST]).optional(),
  config: Descriptor,
  layers: z.array(Descriptor),
  subject: Descriptor.optional(),
  manifests: z.undefined().optional(),
})
export type ImageManifest = z.infer<typeof ImageManifest>

/** Reads one platform's manifest; `what` says in a message which one it was. */
export function parseImageManifest(text: string, what: string): ImageManifest {
  const read = readDocument(text, ImageManifest, MANIFEST_SPELLING)
  if ("value" in read) return read.value
  throw new SlipwayError("LAYOUT_INVALID", { expected: `an OCI image manifest in ${what}`, got: read.fault, fix: PASS })
}

/** What a node pulls, in bytes: config and layers, compressed as they are. */
export function pullSize({ config, layers }: ImageManifest): number {
  return [config, ...layers].reduce((sum, { size }) => sum + size, 0)
}
