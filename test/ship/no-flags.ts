import type { ShipFlags } from "../../lib/ship/options/flags.ts"

/** A call of ship without arguments. */
export const NO_FLAGS: ShipFlags = {
  set: [],
  services: [],
  ...{ tags: [], platforms: [], buildSecrets: [], buildSecretIds: [], testSecrets: [], testSecretNames: [] },
  ...{ rehearse: false, prepare: false, force: false, refresh: false, registry: {}, git: {} },
  ...{ signing: {}, ci: [], cluster: {} },
}
