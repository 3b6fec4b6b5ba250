import { MEGABYTES } from "../../cache/bundle.ts"
import type { ServiceSettings } from "../../config/services.ts"
import { parseRepository } from "../../oci/reference.ts"
import { registryAccess } from "../../oci/registry-access.ts"
import { parseIdentity, type Signer } from "../../sign/signer.ts"
import type { CacheOptions } from "../cache/run-cache.ts"
import { mergeRegistry } from "./delivery-options.ts"
import type { ShipFlags } from "./flags.ts"
import type { SettingsFiles } from "./settings-files.ts"

/** The days that a result counts by default: what its inputs do not show, such as a server that tests reach, may change. */
const RESULT_DAYS = 7

/** The caches of a run: the directory of the call, else the repository of the settings, else none. */
export async function cacheOptions(
  { cache: directory, registry }: Pick<ShipFlags, "cache" | "registry">,
  { cache: settings, repository, sign, registry: registrySettings }: ServiceSettings,
  files: SettingsFiles = {},
): Promise<CacheOptions | undefined> {
  const limit = (settings?.megabytes ?? MEGABYTES) * 1e6
  if (directory) return { directory, limit }
  if (!settings?.repository) return undefined
  const input = mergeRegistry(registry, { registry: registrySettings }, files)
  const access = await registryAccess(settings.repository, input)
  const signer = settingsSigner(sign, files)
  const days = settings.resultDays ?? RESULT_DAYS
  return {
    ...{ store: { repository: parseRepository(settings.repository), access }, limit },
    ...(days !== false && { resultDays: days }),
    ...(repository && { of: parseRepository(repository).name }),
    ...(signer && { signer }),
  }
}

/** The signer that the settings name, for a rehearsal, which has none. */
function settingsSigner(sign: ServiceSettings["sign"] = {}, files: SettingsFiles): Signer | undefined {
  if (files.publicKey) return { kind: "publicKey", publicKey: files.publicKey }
  const { identity, issuer, fulcioUrl, rekorUrl, timestampUrl } = sign
  if (identity === undefined || issuer === undefined) return undefined
  const { signingConfig, trustedRoot } = files
  return {
    kind: "identity",
    identity: parseIdentity("subject", { exact: identity }),
    issuer: parseIdentity("issuer", { exact: issuer }),
    services: {
      ...(fulcioUrl && { fulcioUrl }),
      ...(rekorUrl && { rekorUrl }),
      ...(timestampUrl && { timestampUrl }),
      ...(signingConfig && { signingConfig }),
      ...(trustedRoot && { trustedRoot }),
    },
  }
}
