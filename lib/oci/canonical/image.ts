/** What an image shall say of itself. `seconds` is the time of its files, `created` that of the image. */
export type Finish = {
  created?: string
  labels: Record<string, string>
  annotations: Record<string, string>
}

export type Json = Record<string, unknown>
type History = { created?: string; created_by?: string; comment?: string; empty_layer?: boolean }
export type Config = Json & {
  architecture: string
  os: string
  variant?: string
  created?: string
  config?: Json & { Labels?: Record<string, string> }
  rootfs: { type: string; diff_ids: string[] }
  history?: History[]
}

/** The engine notes on a layer that it took over unchanged which blob that was. */
export function isBaseLayer(history: History | undefined): boolean {
  return history?.created_by?.startsWith("import image layer") ?? false
}

/** The same config with its new layers, labels and time. The engine's clock and its notes on its own cache go. */
export function finishConfig(config: Config, diffIds: string[], { created, labels }: Finish): Config {
  const all = { ...config.config?.Labels, ...labels }
  return {
    ...config,
    ...(created && { created, history: config.history?.map((entry) => ({ ...entry, created })) }),
    config: { ...config.config, ...(Object.keys(all).length > 0 && { Labels: sorted(all) }) },
    rootfs: { ...config.rootfs, diff_ids: diffIds },
  }
}

function sorted(record: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)))
}
