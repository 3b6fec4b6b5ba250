import type { ShipFlags } from "../../lib/ship/flags.ts"

/** A call of ship without any argument. */
export const NO_FLAGS: ShipFlags = {
  set: [],
  ...{ tags: [], platforms: [], buildArgs: [], buildSecrets: [], buildSecretIds: [] },
  ...{ testSecrets: [], testSecretNames: [] },
  ...{ testCommands: [], testServices: [], dbRepositories: [], gitopsEdits: [], gitopsProposal: {} },
  ...{ gitopsKustomizeOptions: [] },
  ...{ rehearse: false, force: false, registry: {}, git: {} },
  ...{ signing: {}, ci: [] },
}
