import type { Revision } from "../config/revision.ts"
import { CHART_CONFIG, IMAGE_MANIFEST, OCI_ANNOTATION } from "../oci/manifest.ts"
import { digestOf } from "../oci/reference.ts"
import type { ChartFile } from "./chart-source.ts"

// https://helm.sh/docs/topics/registries/#oci-feature-deprecation-and-behavior-changes-with-v380
export const CHART_CONTENT = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"

export type ChartVersions = { version: string; appVersion?: string }
type Blob = { digest: string; size: number }

/** The config of a chart in a registry: the fields of Chart.yaml. */
export function renderChartConfig(file: ChartFile, { version, appVersion }: ChartVersions): string {
  return JSON.stringify({ ...file, version, ...(appVersion && { appVersion }) })
}

/** The manifest of a chart. Its annotations name the commit, as those of an image. */
export function renderChartManifest({
  config,
  layer,
  annotations,
}: {
  config: string
  layer: Blob
  annotations: Record<string, string>
}): string {
  const { digest, size } = layer
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: IMAGE_MANIFEST,
    config: { mediaType: CHART_CONFIG, digest: digestOf(config), size: Buffer.byteLength(config) },
    layers: [{ mediaType: CHART_CONTENT, digest, size }],
    annotations,
  })
}

/** The annotations that helm push writes, and those of the commit. */
export function chartAnnotations(
  { name, description }: ChartFile,
  { version, revision }: { version: string; revision?: Revision },
): Record<string, string> {
  const own = {
    title: name,
    version,
    ...(typeof description === "string" && { description }),
    ...(revision && {
      created: new Date(revision.time * 1000).toISOString().replace(".000Z", "Z"),
      revision: revision.commit,
      ...(revision.url && { source: revision.url }),
    }),
  }
  const entries = Object.entries(own).map(([key, value]) => [`${OCI_ANNOTATION}.${key}`, value] as const)
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
