import { dag, type Service } from "@dagger.io/dagger"
import type { Run } from "../config/effect.ts"
import type { Tools } from "../config/tools.ts"
import { rehearsalRepository } from "../gitops/rehearsal.ts"
import { parseRepository } from "../oci/repository.ts"
import { throwAwayKey } from "../sign/throw-away-key.ts"
import type { Place } from "./place.ts"

/** A name that no public registry can have, so that nobody takes the reference for one that can be pulled. */
const REHEARSAL_HOST = "registry.rehearsal:5000"
export const REHEARSAL_REPOSITORY = `${REHEARSAL_HOST}/app`
const CONFIG = "/slipway/registry.yml"
const REGISTRY_CONFIG = `version: 0.1
log: { level: warn }
storage: { filesystem: { rootdirectory: /slipway/registry } }
http: { addr: ":5000" }
`

/** What a rehearsal of this service, or of the whole repository, is published to. */
export function rehearsalName(service?: string): string {
  return service ? `${REHEARSAL_HOST}/${service}` : REHEARSAL_REPOSITORY
}

/**
 * A registry, a key and a git repository that live in the engine and for this run alone: the same steps, no effect. All
 * images of one repository meet in one overlay.
 */
export async function openRehearsal(
  run: Run,
  tools: Tools,
  names: string[] = [REHEARSAL_REPOSITORY],
): Promise<Place[]> {
  const registry = registryService(run, tools)
  const repositories = names.map(parseRepository)
  const [{ key }, git] = await Promise.all([
    throwAwayKey({ cosignImage: tools.cosign, run }),
    rehearsalRepository({ imageNames: names, image: tools.kustomize, run }),
    registry.start(),
  ])
  const { access, branch, path } = git
  return repositories.map((repository) => ({
    mode: "rehearsal",
    repository,
    access: { service: registry, plainHttp: true },
    key,
    bump: { context: { access, image: tools.kustomize, run }, branch, path, image: repository.name },
    close: async () => {
      await registry.stop()
    },
  }))
}

function registryService(run: Run, { registry }: Tools): Service {
  return dag
    .container()
    .from(registry)
    .withNewFile(CONFIG, REGISTRY_CONFIG)
    .withEnvVariable("SLIPWAY_RUN", run)
    .withExposedPort(5000)
    .asService({ args: ["/bin/registry", "serve", CONFIG] })
}
