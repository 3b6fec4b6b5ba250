import { dag, type Service } from "@dagger.io/dagger"
import type { Run } from "../config/effect.ts"
import type { Tools } from "../config/tools.ts"
import { rehearsalRepository } from "../gitops/rehearsal.ts"
import { parseRepository } from "../oci/repository.ts"
import { throwAwayKey } from "../sign/throw-away-key.ts"
import type { Place } from "./place.ts"

/** A name that no public registry can have, so that nobody takes the reference for one that can be pulled. */
export const REHEARSAL_REPOSITORY = "registry.rehearsal:5000/app"
const CONFIG = "/slipway/registry.yml"
const REGISTRY_CONFIG = `version: 0.1
log: { level: warn }
storage: { filesystem: { rootdirectory: /slipway/registry } }
http: { addr: ":5000" }
`

/** A registry, a key and a git repository that live in the engine and for this run alone: the same steps, no effect. */
export async function openRehearsal(run: Run, tools: Tools): Promise<Place> {
  const registry = registryService(run, tools)
  const repository = parseRepository(REHEARSAL_REPOSITORY)
  const [{ key }, git] = await Promise.all([
    throwAwayKey({ cosignImage: tools.cosign, run }),
    rehearsalRepository({ imageName: repository.name, image: tools.kustomize, run }),
    registry.start(),
  ])
  const { access, branch, path } = git
  return {
    mode: "rehearsal",
    repository,
    access: { service: registry, plainHttp: true },
    key,
    bump: { context: { access, image: tools.kustomize, run }, branch, path, image: repository.name },
    close: async () => {
      await registry.stop()
    },
  }
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
