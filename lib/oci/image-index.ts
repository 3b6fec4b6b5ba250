import { z } from "zod"
import { SlipwayError } from "../error.ts"
import { Descriptor, MANIFEST_SPELLING } from "./descriptor.ts"
import { readDocument } from "./strict-json.ts"

export const IMAGE_INDEX = "application/vnd.oci.image.index.v1+json"
export const IMAGE_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
export const DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"

/**
 * https://github.com/opencontainers/image-spec/blob/main/image-index.md. A document that is an index and a manifest at
 * once would be pulled as one and scanned as the other.
 */
export const ImageIndex = z.looseObject({
  schemaVersion: z.literal(2),
  mediaType: z.enum([IMAGE_INDEX, DOCKER_LIST]).optional(),
  manifests: z.array(Descriptor),
  annotations: z.record(z.string(), z.string()).optional(),
  config: z.undefined().optional(),
  layers: z.undefined().optional(),
})
export type ImageIndex = z.infer<typeof ImageIndex>

/** Reads an index; `what` says in a message which one it was. */
export function parseImageIndex(text: string, what: string): ImageIndex {
  const read = readDocument(text, ImageIndex, MANIFEST_SPELLING)
  if ("value" in read) return read.value
  throw new SlipwayError("LAYOUT_INVALID", { expected: `an OCI image index in ${what}`, got: read.fault, fix: PASS })
}

/** What a stage takes as an image, for the end of a message. */
export const PASS =
  "Pass the directory that build-multi-arch or image-layout returned, or an unpacked OCI image layout of one image: of docker buildx build --output type=oci, crane pull --format=oci, skopeo copy or ko."

/** The bytes are part of the contract: the digest that is signed is the digest of exactly this text. */
export function renderImageIndex(manifests: Descriptor[], annotations?: Record<string, string>): string {
  const index = { schemaVersion: 2, mediaType: IMAGE_INDEX, manifests, ...(annotations && { annotations }) }
  return JSON.stringify(index)
}
