import type { ChartSource } from "../../chart/chart-source.ts"
import type { ServiceSettings } from "../../config/services.ts"
import type { RegistryInput } from "../../oci/registry-access.ts"
import type { ChartOptions } from "../context.ts"
import type { DestinationInput } from "../delivery.ts"
import { siblingRegistry } from "./replica-options.ts"

/** What is packaged: the chart of the source, and the settings for it. */
export function chartOptions(source: ChartSource, { chart = {} }: Pick<ServiceSettings, "chart">): ChartOptions {
  const { values = ["image"], version: template } = chart
  return { source, addresses: values, ...(template !== undefined && { template }) }
}

/** Where a chart goes, with the access before parsing. */
export type ChartDestination = NonNullable<DestinationInput["chart"]> & { registry: RegistryInput }

/** Where the chart goes: as with helm push, to the repository with the chart's name. */
export function chartDestination(
  main: RegistryInput,
  { chart: settings }: Pick<ServiceSettings, "chart">,
  { repository = "", chart }: { repository?: string; chart?: ChartSource },
): { chart?: ChartDestination } {
  if (!chart || settings?.repository === undefined) return {}
  const name = `${settings.repository.replace(/^oci:\/\//, "").replace(/\/+$/, "")}/${chart.file.name}`
  const registry = siblingRegistry(main, { repository, other: name })
  return { chart: { repository: name, files: settings.gitops ?? [], registry } }
}
