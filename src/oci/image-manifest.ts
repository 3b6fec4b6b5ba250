import { z } from "zod"
import { SlipwayError } from "../error.ts"
import { Descriptor } from "./descriptor.ts"

/** https://github.com/opencontainers/image-spec/blob/main/manifest.md */
export const ImageManifest = z.looseObject({
  schemaVersion: z.literal(2),
  config: Descriptor,
  layers: z.array(Descriptor),
})
export type ImageManifest = z.infer<typeof ImageManifest>

/** Reads one platform's manifest; `what` says in a message which one it was. */
export function parseImageManifest(text: string, what: string): ImageManifest {
  const parsed = ImageManifest.safeParse(JSON.parse(text))
  if (parsed.success) return parsed.data
  throw new SlipwayError("LAYOUT_INVALID", {
    expected: `an OCI image manifest in ${what}`,
    got: z.prettifyError(parsed.error).replaceAll("\n", " "),
    fix: "Pass the directory that buildMultiArch returned, or any OCI image layout.",
  })
}

/** What a node pulls, in bytes: config and layers, compressed as they are. */
export function pullSize({ config, layers }: ImageManifest): number {
  return [config, ...layers].reduce((sum, { size }) => sum + size, 0)
}
