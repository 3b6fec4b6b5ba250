import { z } from "zod"
import { Text, Texts } from "./setting-values.ts"

/** The Helm chart of an image, which is released with it. */
export const Chart = z.strictObject({
  path: Text.optional().describe("folder of the chart, from the root of the source"),
  repository: Text.optional().describe(
    "OCI repository of charts, as for helm push: the chart's name is added, such as ghcr.io/acme/charts",
  ),
  values: Texts.min(1)
    .optional()
    .describe("addresses of the image in the chart's values.yaml, as in a helm: edit; default image"),
  version: Text.optional().describe(
    "template of the chart's version, with {chart} for that in Chart.yaml and the placeholders of tags; default {semver}, or {chart}-g{shortSha} for a commit without a version tag",
  ),
  gitops: Texts.min(1)
    .optional()
    .describe(
      "files of the GitOps repository whose sources of the chart get its version and digest, such as an Argo CD Application or a Flux OCIRepository; FILE, or FILE#Kind/name for one object in it",
    ),
})
export type ChartSettings = z.infer<typeof Chart>
