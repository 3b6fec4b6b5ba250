import { z } from "zod"
import { Digest } from "./digest.ts"
import type { Spelling } from "./strict-json.ts"

/** https://github.com/opencontainers/image-spec/blob/main/descriptor.md: loose, so that what is written again loses nothing. */
export const Descriptor = z.looseObject({
  mediaType: z.string(),
  digest: Digest,
  size: z.number().int().nonnegative(),
  platform: z.looseObject({ os: z.string(), architecture: z.string(), variant: z.string().optional() }).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
  /** Where else the content may be fetched from, and the content itself: neither is what a scanner reads. */
  urls: z.array(z.string()).optional(),
  data: z.string().optional(),
})
export type Descriptor = z.infer<typeof Descriptor>

/** What the names of annotations and labels begin with: https://github.com/opencontainers/image-spec/blob/main/annotations.md */
export const OCI_ANNOTATION = "org.opencontainers.image"

/** The fields of indexes, manifests and their descriptors, all in one spelling. */
export const MANIFEST_SPELLING: Spelling = {
  fields: [
    ...["schemaVersion", "mediaType", "artifactType", "manifests", "config", "layers", "subject", "annotations"],
    ...["digest", "size", "urls", "data", "platform"],
    ...["os", "architecture", "variant", "os.version", "os.features", "features"],
  ],
  maps: ["annotations"],
}
