import { dag, type Service } from "@dagger.io/dagger"
import { deferRejection } from "../engine/concurrency.ts"
import type { Run, Tools } from "../engine/tool.ts"
import { rehearsalRepository } from "../gitops/rehearsal.ts"
import { parseRepository } from "../oci/reference.ts"
import { createEphemeralKey } from "../sign/cosign-run.ts"
import { type Context, fetchTools, type ReleasedImage, type ShipOptions } from "./context.ts"
import { openDelivery, type Place } from "./delivery.ts"
import { openPreview } from "./preview/preview.ts"
import { bumpTag } from "./release-tags.ts"

/** Reads a release's tags, for bumps that write one of them. */
type ReadReleaseNames = () => Promise<Pick<ReleasedImage, "revision" | "tags">>

/** Opens the delivery's destination, or a rehearsal's stand-ins. */
export async function openPlace(options: ShipOptions, run: Run, naming: ReadReleaseNames): Promise<Place> {
  const { destination, delivery, ci, defaultBranch, tools } = options
  if (destination.kind === "delivery" && delivery) {
    const { preview } = options
    const spareTag = async (template?: string) => bumpTag({ template, ci, defaultBranch, ...(await naming()) })
    const opening = openDelivery(destination, { input: delivery, run, tools, spareTag })
    const repository = destination.repository.name
    const checked = preview && naming().then(({ revision }) => openPreview(preview, { repository, revision }))
    const [place] = await Promise.all([opening, checked])
    return place
  }
  const { placeOf } = await openRehearsal(run, tools, [rehearsalName()])
  return placeOf(rehearsalName(), options.chart?.source.file.name)
}

/** Like openPlace, but pulls the tools once for all services of the run. */
export async function openInRun(
  context: Pick<Context, "options" | "run" | "fetchImage">,
  naming: ReadReleaseNames,
): Promise<Place> {
  await fetchTools(context.fetchImage, context.options.tools)
  return await openPlace(context.options, context.run, naming)
}

/** A service before its run. A failure of `open` only fails this service. */
export type ServiceRun = { name: string; context: Context; open: (naming: ReadReleaseNames) => Promise<Place> }

type ServicePlaces = { begun: ServiceRun[]; close: () => Promise<void> }

/** How each service opens its place. A rehearsal has one registry, key and git repository for all services. */
export function servicePlaces(services: Omit<ServiceRun, "open">[], run: Run): ServicePlaces {
  const [first] = services
  if (!first || first.context.facts.mode === "delivery") {
    const begun = services.map((service) => ({
      ...service,
      open: (naming: ReadReleaseNames) => openInRun(service.context, naming),
    }))
    return { begun, close: async () => {} }
  }
  const repositories = services.map(({ context }) => context.facts.repository)
  const { fetchImage, options } = first.context
  const { tools } = options
  const opening = deferRejection(fetchTools(fetchImage, tools).then(() => openRehearsal(run, tools, repositories)))
  return {
    begun: services.map((service) => ({
      ...service,
      open: async () => {
        const { facts, options: its } = service.context
        return (await opening).placeOf(facts.repository, its.chart?.source.file.name)
      },
    })),
    close: async () => {
      await opening.then(({ close }) => close()).catch(() => {})
    },
  }
}

/** A host name that no public registry can have, so that the reference is not mistaken for one that can be pulled. */
const HOST = "registry.rehearsal:5000"
const CONFIG = "/slipway/registry.yml"
const REGISTRY_CONFIG = `version: 0.1
log: { level: warn }
storage: { filesystem: { rootdirectory: /slipway/registry } }
http: { addr: ":5000" }
`

/** The repository that a rehearsal pushes this service, or the one image, to. */
export function rehearsalName(service?: string): string {
  return `${HOST}/${service ?? "app"}`
}

/** One registry, key and overlay for all images of a repository. */
type Rehearsal = { placeOf: (repository: string, chart?: string) => Place; close: () => Promise<void> }

/** Starts a registry, a key and a git repository that exist only in the engine and for this run. */
async function openRehearsal(run: Run, tools: Tools, repositories: string[]): Promise<Rehearsal> {
  const registry = registryService(run, tools)
  const [{ key, publicKey }, { access: git, branch, path }] = await Promise.all([
    createEphemeralKey({ cosignImage: tools.cosign, run }),
    rehearsalRepository({ imageNames: repositories, image: tools.kustomize, run }),
    registry.start(),
  ])
  const close = async () => {
    await registry.stop()
  }
  const access = { service: registry, plainHttp: true }
  const placeOf = (image: string, chart?: string): Place => ({
    mode: "rehearsal",
    repository: parseRepository(image),
    access,
    replicas: [],
    chart: { repository: parseRepository(`${HOST}/charts/${chart ?? "chart"}`), access },
    key,
    signer: { kind: "publicKey", publicKey },
    bump: { context: { access: git, image: tools.kustomize, run }, branch, path, image },
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
