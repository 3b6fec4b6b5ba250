import type { Directory } from "@dagger.io/dagger"
import { Scanner } from "../../src/enums.ts"
import { type ServiceSettings, serviceSettings } from "../config/services.ts"
import type { Tools } from "../config/tools.ts"
import { registryAccess } from "../oci/registry-login.ts"
import type { ScanTools } from "../scan/scan-layout.ts"
import { parseSigningKey, type SigningKeyInput } from "../sign/key-input.ts"
import type { ShipOptions } from "./context.ts"
import type { DeliveryInput } from "./delivery.ts"
import { parseDestination } from "./destination.ts"
import { type DestinationArgs, mergeFlags, type ShipArgs, type ShipFlags } from "./flags.ts"
import { serviceFlags } from "./service-flags.ts"
import { requireFolders } from "./service-folders.ts"
import type { ServicesOptions } from "./services.ts"
import { exceptionsFile, readSettings, settingsFiles } from "./settings.ts"

export type ShipTools = { images: Tools; scan: Omit<ScanTools, "run"> }

/** What is shipped: one image, or several services of one repository. */
export type ShipWhat = { kind: "image"; options: ShipOptions } | ({ kind: "services" } & ServicesOptions)

/** Flags and settings as the chain takes them; whatever cannot work is refused here, before anything runs. */
export async function readShipOptions(
  source: Directory,
  flags: ShipFlags,
  { nodeImage, ...tools }: ShipTools & { nodeImage: string },
): Promise<ShipWhat> {
  const settings = await readSettings(source, flags.set)
  const files = await settingsFiles(source, settings)
  const read = async (own: ShipFlags, its: ServiceSettings, service?: string) => {
    const gitImage = tools.images.git ?? tools.images.kustomize
    const args = mergeFlags(own, its, { nodeImage, gitImage, files })
    return await shipOptions({ ...args, service, exceptions: args.exceptions ?? exceptionsFile(its) }, tools)
  }
  const known = serviceSettings(settings)
  await requireFolders(source, known)
  const services = [...known]
  if (services.length === 0) return { kind: "image", options: await read(flags, settings) }
  const named = services.map(async ([name, its]) => [name, await read(serviceFlags(flags, name), its, name)] as const)
  return { kind: "services", services: new Map(await Promise.all(named)), onFailure: settings.onFailure ?? "stopAll" }
}

/** A caller's arguments as the chain takes them; whatever cannot work is refused here, before anything runs. */
export async function shipOptions(args: ShipArgs, tools: ShipTools): Promise<ShipOptions> {
  const { destination, ci, defaultBranch, service, given, noTest, tests, build, scan, exceptions, force } = args
  const { address, signing, tags } = destination
  return {
    destination: parseDestination({ ...destination, hasKey: hasKey(signing) }),
    ...(address && signing && { delivery: await deliveryInput(address, signing, destination) }),
    ...(ci && { ci }),
    ...(defaultBranch && { defaultBranch }),
    ...(service && { service }),
    ...(given && { given }),
    tests: noTest || given ? "skip" : tests,
    build,
    scan: { ...tools.scan, ...scan, exceptions, vex: [] },
    tags,
    // another scanner is another tool, and so another input of the release
    tools: { ...tools.images, ...(scan.scanner === Scanner.GRYPE && { grype: tools.scan.images[scan.scanner] }) },
    force,
  }
}

function hasKey(signing: SigningKeyInput = {}): boolean {
  return [signing.key, signing.kmsKey, signing.identityToken].some((way) => way !== undefined)
}

async function deliveryInput(
  address: string,
  signing: SigningKeyInput,
  { registry, gitopsBranch, git, commit, proposal = {} }: DestinationArgs,
): Promise<DeliveryInput> {
  return {
    access: await registryAccess(address, registry),
    key: parseSigningKey(signing),
    branch: gitopsBranch,
    git,
    ...(commit && { commit }),
    proposal,
  }
}
