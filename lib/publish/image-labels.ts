import { z } from "zod"
import { parseJson } from "../config/file.ts"
import { Descriptor } from "../oci/manifest.ts"

const Manifest = z.looseObject({
  manifests: z.array(Descriptor).optional(),
  config: z.looseObject({}).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
})
const Config = z.looseObject({
  config: z.looseObject({ Labels: z.record(z.string(), z.string()).nullish() }).nullish(),
})

/** What a manifest says itself, and whose config says more: that of an index's first image, or its own. */
export type ManifestLabels = { annotations: Record<string, string>; described?: "itself" | { digest: string } }

/** Reads a manifest of any kind; one that is not understood says nothing. */
export function readManifestLabels(text: string): ManifestLabels {
  const parsed = Manifest.safeParse(parseJson(text))
  if (!parsed.success) return { annotations: {} }
  const { annotations = {}, manifests, config } = parsed.data
  const [first] = (manifests ?? []).filter(({ platform }) => platform?.os !== "unknown")
  if (first) return { annotations, described: { digest: first.digest } }
  return { annotations, ...(config && { described: "itself" }) }
}

/** The labels of one platform's image. */
export function readConfigLabels(text: string): Record<string, string> {
  const parsed = Config.safeParse(parseJson(text))
  return (parsed.success && parsed.data.config?.Labels) || {}
}
