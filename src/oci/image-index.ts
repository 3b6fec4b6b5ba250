import { z } from "zod"
import { SlipwayError } from "../error.ts"
import { Descriptor } from "./descriptor.ts"

export const IMAGE_INDEX = "application/vnd.oci.image.index.v1+json"
export const IMAGE_MANIFEST = "application/vnd.oci.image.manifest.v1+json"

/** https://github.com/opencontainers/image-spec/blob/main/image-index.md */
export const ImageIndex = z.looseObject({
  schemaVersion: z.literal(2),
  mediaType: z.string().optional(),
  manifests: z.array(Descriptor),
  annotations: z.record(z.string(), z.string()).optional(),
})
export type ImageIndex = z.infer<typeof ImageIndex>

/** Reads an index; `what` says in a message which one it was. */
export function parseImageIndex(text: string, what: string): ImageIndex {
  const parsed = ImageIndex.safeParse(readJson(text))
  if (parsed.success) return parsed.data
  throw new SlipwayError("LAYOUT_INVALID", {
    expected: `an OCI image index in ${what}`,
    got: z.prettifyError(parsed.error).replaceAll("\n", " "),
    fix: "Pass the directory that buildMultiArch returned, or any OCI image layout.",
  })
}

/** The bytes are part of the contract: the digest that is signed is the digest of exactly this text. */
export function renderImageIndex(manifests: Descriptor[], annotations?: Record<string, string>): string {
  const index = { schemaVersion: 2, mediaType: IMAGE_INDEX, manifests, ...(annotations && { annotations }) }
  return JSON.stringify(index)
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
