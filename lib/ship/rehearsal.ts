import { dag, type Service } from "@dagger.io/dagger"
import type { Run, Tools } from "../engine/tool.ts"
import { rehearsalRepository } from "../gitops/rehearsal.ts"
import { parseRepository } from "../oci/reference.ts"
import { createEphemeralKey } from "../sign/cosign-run.ts"
import type { Place } from "./place.ts"

/** A name that no public registry can have, so that nobody takes the reference for one that can be pulled. */
const HOST = "registry.rehearsal:5000"
const CONFIG = "/slipway/registry.yml"
const REGISTRY_CONFIG = `version: 0.1
log: { level: warn }
storage: { filesystem: { rootdirectory: /slipway/registry } }
http: { addr: ":5000" }
`

/** What a rehearsal of this service, or of the whole repository, is published to. */
export function rehearsalName(service?: string): string {
  return `${HOST}/${service ?? "app"}`
}

/** What stands in for the world: one registry, key and overlay for all images of a repository. */
export type Rehearsal = { placeOf: (repository: string) => Place; close: () => Promise<void> }

/** A registry, a key and a git repository that live in the engine and for this run alone: the same steps, no effect. */
export async function openRehearsal(run: Run, tools: Tools, repositories: string[]): Promise<Rehearsal> {
  const registry = registryService(run, tools)
  const [{ key, publicKey }, { access, branch, path }] = await Promise.all([
    createEphemeralKey({ cosignImage: tools.cosign, run }),
    rehearsalRepository({ imageNames: repositories, image: tools.kustomize, run }),
    registry.start(),
  ])
  const close = async () => {
    await registry.stop()
  }
  const placeOf = (image: string): Place => ({
    mode: "rehearsal",
    repository: parseRepository(image),
    access: { service: registry, plainHttp: true },
    key,
    signer: { kind: "publicKey", publicKey },
    bump: { context: { access, image: tools.kustomize, run }, branch, path, image },
    close,
  })
  return { placeOf, close }
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
