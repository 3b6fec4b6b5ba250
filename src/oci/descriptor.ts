import { z } from "zod"
import { Digest } from "./digest.ts"

/** https://github.com/opencontainers/image-spec/blob/main/descriptor.md: loose, so that what is written again loses nothing. */
export const Descriptor = z.looseObject({
  mediaType: z.string(),
  digest: Digest,
  size: z.number().int().nonnegative(),
  platform: z.looseObject({ os: z.string(), architecture: z.string(), variant: z.string().optional() }).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
})
export type Descriptor = z.infer<typeof Descriptor>
