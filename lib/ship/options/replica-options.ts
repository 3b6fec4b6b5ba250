import { replicaList } from "../../config/registry-settings.ts"
import type { ServiceSettings } from "../../config/services.ts"
import { quote, SlipwayError } from "../../error.ts"
import { parseRepository } from "../../oci/reference.ts"
import { type RegistryInput, registryAccess } from "../../oci/registry-access.ts"
import type { Replica } from "../../publish/release-copy.ts"
import type { SettingsFiles } from "./settings-files.ts"
import { kept } from "./stage-options.ts"

/** A replica's repository with the access to it, before parsing. */
export type ReplicaInput = { repository: string; registry: RegistryInput }

type Merging = { repository?: string; files?: SettingsFiles }

/**
 * The replicas of the settings. Each login comes from the caller's config.json; user and password are those of the main
 * registry, and so apply to a replica only if it is in the same registry, and so do the main registry's other options.
 */
export function mergeReplicas(
  main: RegistryInput,
  { replicas }: Pick<ServiceSettings, "replicas">,
  { repository = "", files = {} }: Merging,
): ReplicaInput[] {
  return replicaList(replicas).map(({ repository: name, plainHttp, caCertificate }) => {
    const own = kept({
      plainHttp,
      caCertificate: caCertificate === undefined ? undefined : files.replicaCertificates?.get(caCertificate),
    })
    const registry = siblingRegistry(main, { repository, other: name })
    return { repository: name, registry: { ...registry, ...own } }
  })
}

/** The access to another repository: that of the main one in the same registry, else a login of the caller's config.json. */
export function siblingRegistry(
  main: RegistryInput,
  { repository, other }: { repository: string; other: string },
): RegistryInput {
  return hostOf(other) === hostOf(repository) ? main : kept({ dockerConfig: main.dockerConfig })
}

function hostOf(repository: string): string {
  return repository.split("/", 1)[0] ?? ""
}

/** The replicas with their access. A repository can be only once among them and the main one. */
export async function parseReplicas(repository: string, replicas: ReplicaInput[] = []): Promise<Replica[]> {
  const names = [repository, ...replicas.map((replica) => replica.repository)]
  const double = names.find((name, at) => names.indexOf(name) !== at)
  if (double !== undefined) {
    throw new SlipwayError("SETTINGS_INVALID", {
      expected: "replicas to be repositories other than repository, each once",
      got: `${quote(double)} twice`,
      fix: "Remove it from replicas in slipway.yaml.",
    })
  }
  return await Promise.all(
    replicas.map(async ({ repository: name, registry }) => {
      return { repository: parseRepository(name), access: await registryAccess(name, registry) }
    }),
  )
}
