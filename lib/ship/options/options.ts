import type { Directory } from "@dagger.io/dagger"
import type { RefreshPolicy } from "../../bases/decision.ts"
import { type ServiceSettings, serviceSettings } from "../../config/services.ts"
import { type SecretUse, watchSecrets } from "../../engine/secret-use.ts"
import { quote, SlipwayError } from "../../error.ts"
import { type CheckOptions, parseChecks } from "../../gitops/checks/options.ts"
import type { NotifyOptions } from "../../notify/send.ts"
import { imageAccess, registryAccess } from "../../oci/registry-access.ts"
import { parseSigningKey, type SigningKeyInput } from "../../sign/signer-input.ts"
import type { ShipOptions } from "../context.ts"
import { type DeliveryInput, parseDestination } from "../delivery.ts"
import { previewDestination } from "../preview/destination.ts"
import { choosePreview, type PreviewOptions } from "../preview/options.ts"
import type { ServicesOptions } from "../services.ts"
import { cacheOptions } from "./cache-options.ts"
import { deploymentOptions } from "./deployment-options.ts"
import {
  type DestinationRequest,
  mergeDestination,
  type ShipFlags,
  type ShipTools,
  serviceFlags,
  stageOptions,
} from "./flags.ts"
import { notifyOptions } from "./notify-options.ts"
import { parseReplicas } from "./replica-options.ts"
import { type SettingsFiles, settingsFiles } from "./settings-files.ts"
import { stageHosts } from "./stage-hosts.ts"
import { loginForSettings, readSettings, requireFolders } from "./step-settings.ts"
import { syncOptions } from "./sync-options.ts"

/** One image, or several services of one repository. */
export type ShipTarget = { notify?: NotifyOptions } & (
  | { kind: "image"; options: ShipOptions }
  | ({ kind: "services" } & ServicesOptions)
)

/** The chain's options from flags and settings. Invalid ones are an error here, before anything runs. */
export async function readShipOptions(source: Directory, flags: ShipFlags, tools: ShipTools): Promise<ShipTarget> {
  requireOneEnd(flags)
  const { given = [] } = flags
  const uses: SecretUse[] = []
  return await watchSecrets({ stage: "options", uses }, () => readTarget(source, flags, { ...tools, given, uses }))
}

type ReadContext = ShipTools & { given: string[]; uses: SecretUse[] }

async function readTarget(source: Directory, flags: ShipFlags, tools: ReadContext): Promise<ShipTarget> {
  const settings = await readSettings(source, flags.set)
  const [files] = await Promise.all([
    settingsFiles(source, settings.services ? { ...settings, chart: undefined } : settings),
    loginForSettings(flags.registry, { ...settings, ...(flags.repository && { repository: flags.repository }) }),
  ])
  const services = chosenServices(serviceSettings(settings), flags.services)
  await requireFolders(source, services)
  const webhook = notifyOptions(settings, { url: flags.notifyUrl, key: flags.notifySecret })
  const notify = webhook && { notify: webhook }
  if (services.size === 0) {
    return { kind: "image", options: await shipOptions(flags, settings, { ...tools, files }), ...notify }
  }
  const each = [...services].map(async ([name, its]) => {
    const { vex, chart } = await settingsFiles(source, { scan: its.scan, chart: its.chart })
    const context = { ...tools, files: { ...files, vex, ...(chart && { chart }) }, service: name }
    return [name, await shipOptions(serviceFlags(flags, name), its, context)] as const
  })
  const { onFailure = "stopAll" } = settings
  return { kind: "services", services: new Map(await Promise.all(each)), onFailure, prepare: flags.prepare, ...notify }
}

function requireOneEnd({ prepare, wait }: ShipFlags): void {
  if (!prepare || !wait) return
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "--prepare, which ends before the bump, or --wait, which waits after it",
    got: "both",
    fix: "Omit --wait, and pass it to the call that deploys what is prepared.",
  })
}

/** The services that --services names, in the order of the settings; all without it. */
export function chosenServices<T>(services: Map<string, T>, names: string[]): Map<string, T> {
  const unknown = names.filter((name) => !services.has(name))
  if (unknown.length > 0) {
    throw new SlipwayError("OPTIONS_INVALID", {
      expected: services.size > 0 ? `--services to name any of ${[...services.keys()].join(", ")}` : "no --services",
      got: unknown.map(quote).join(", "),
      fix: services.size > 0 ? "Correct --services." : "Omit --services: slipway.yaml has no services.",
    })
  }
  return names.length > 0 ? new Map([...services].filter(([name]) => names.includes(name))) : services
}

/** `files` are those that the settings name by path; `service` is the name of one of several. */
type ImageContext = ShipTools & Partial<ReadContext> & { files?: SettingsFiles; service?: string }

/** The chain's options for one image. */
export async function shipOptions(
  flags: ShipFlags,
  settings: ServiceSettings,
  context: ImageContext,
): Promise<ShipOptions> {
  const stages = stageOptions(flags, settings, context)
  const choice = choosePreview(flags, settings)
  const preview = choice?.kind === "preview" ? choice : undefined
  const facts = { ci: stages.ci, files: context.files }
  const destination = preview
    ? previewDestination(flags, settings, { preview, ...facts })
    : mergeDestination(flags, settings, facts)
  const options = checkOptions(settings, preview)
  const checks = options && { checks: { options, tools: context.checkers } }
  const place = await destinationOptions({ ...destination, ...checks })
  const refresh = flags.refresh && { refresh: refreshPolicy(flags, settings, { ...place, preview }) }
  const cache = await cacheOptions(flags, settings, context.files)
  const common = { ...stages, ...place, ...(cache && { cache }) }
  const audited = (merged: Omit<ShipOptions, "audit">): ShipOptions => {
    const { given = [], uses = [] } = context
    return { ...merged, audit: { given, uses, hosts: stageHosts(merged) } }
  }
  if (choice?.kind === "rehearsal") return audited({ ...common, noPreview: choice.reason })
  const delivered = place.destination.kind === "delivery"
  // wait names what deploys the release
  if (preview) return audited({ ...withoutChart(common), ...(delivered && { preview }) })
  const sync = await syncOptions(flags, settings, place)
  const deployments = delivered && deploymentsOf(flags, settings, { stages, place })
  return audited({ ...common, ...(sync && { sync }), ...(deployments && { deployments }), ...refresh })
}

/** A refresh replaces a release, so it needs a delivery, and the source that the release was built from. */
function refreshPolicy(
  { layout, force }: ShipFlags,
  settings: ServiceSettings,
  { destination, preview }: Pick<ShipOptions, "destination" | "preview">,
): RefreshPolicy {
  const others = {
    "--layout": layout,
    "--force": force,
    "a preview": preview,
    "a rehearsal": destination.kind === "rehearsal",
  }
  const [other] = Object.entries(others).flatMap(([name, given]) => (given ? [name] : []))
  if (!other) return settings.refresh ?? "moved"
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "--refresh with a delivery that builds its source",
    got: `--refresh with ${other}`,
    fix: "Omit --refresh, or pass it with repository and signer, without --layout and --force.",
  })
}

type Placed = { stages: Pick<ShipOptions, "ci" | "service">; place: Pick<ShipOptions, "destination"> }

function deploymentsOf(
  { sourceForgeToken, forgeToken, git }: ShipFlags,
  settings: ServiceSettings,
  { stages: { ci, service }, place: { destination } }: Placed,
): ShipOptions["deployments"] {
  const bump = destination.kind === "delivery" ? destination.bump : undefined
  const tokens = { source: sourceForgeToken, forge: forgeToken, git: git.token, authority: git.gitCaCertificate }
  return deploymentOptions(settings, { tokens, ci, service, gitopsRepo: bump?.repo })
}

/** A chart belongs to a release. */
function withoutChart<T extends Pick<ShipOptions, "chart">>({ chart: _, ...stages }: T): Omit<T, "chart"> {
  return stages
}

/** A preview's manifests are not committed to the branch of the release's, from which nothing would remove them. */
function checkOptions({ checks }: ServiceSettings, preview?: PreviewOptions): CheckOptions | undefined {
  const options = parseChecks(checks)
  if (!options || !preview) return options
  const { branch: _, ...others } = options
  return others
}

/** The parsed destination, and the access to it. */
export async function destinationOptions(
  request: DestinationRequest,
): Promise<Pick<ShipOptions, "destination" | "delivery" | "tags">> {
  const { repository, signing, tags } = request
  return {
    destination: parseDestination({ ...request, hasKey: hasKey(signing) }),
    ...(repository && signing && { delivery: await deliveryInput(repository, signing, request) }),
    tags,
  }
}

function hasKey(signing: SigningKeyInput = {}): boolean {
  return [signing.key, signing.kmsKey, signing.identityToken].some((way) => way !== undefined)
}

async function deliveryInput(
  repository: string,
  signing: SigningKeyInput,
  { registry, replicas, chart, publicKey, gitopsBranch, git, commit, proposal = {}, checks }: DestinationRequest,
): Promise<DeliveryInput> {
  return {
    access: await registryAccess(repository, registry),
    replicas: await parseReplicas(repository, replicas),
    ...(chart && { chartAccess: await registryAccess(chart.repository, chart.registry) }),
    key: parseSigningKey(signing),
    ...(publicKey && { publicKey }),
    branch: gitopsBranch,
    git,
    ...(commit && { commit }),
    proposal,
    ...(checks && { checks: { ...checks, access: (ref) => imageAccess(ref, registry) } }),
  }
}
