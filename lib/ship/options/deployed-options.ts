import type { Directory, File } from "@dagger.io/dagger"
import type { FailOn } from "../../../src/enums.ts"
import { serviceSettings } from "../../config/services.ts"
import type { Settings } from "../../config/settings.ts"
import type { DeployedPlace } from "../../deployed/inventory.ts"
import type { DeployedScanOptions } from "../../deployed/scan-deployed.ts"
import { newRun } from "../../engine/tool.ts"
import { SlipwayError } from "../../error.ts"
import type { GitAccessInput } from "../../gitops/bump-gitops.ts"
import { parseRepository, type Repository } from "../../oci/reference.ts"
import { type RegistryAccess, type RegistryInput, registryAccess } from "../../oci/registry-access.ts"
import type { ScanTools } from "../../scan/scan-layout.ts"
import { namesSigner, parseSigner, type SignerFlags, type SignerInput } from "../../sign/signer-input.ts"
import { mergeRegistry, stepRegistry, stepSigner } from "./delivery-options.ts"
import { type SettingsFiles, settingsFiles } from "./settings-files.ts"
import { either, mergeScan } from "./stage-options.ts"
import { exceptionsFile, readGivenSettings, readSettings, stepVex } from "./step-settings.ts"

/** Where images run; the settings complete what is absent or an empty list. */
type PlaceFlags = { gitopsRepo?: string; gitopsBranches: string[]; gitopsPaths: string[] }

/** The arguments of scan-deployed, with the access of the constructor. */
export type DeployedFlags = PlaceFlags & {
  failOn: FailOn
  exceptions?: File
  vex: File[]
  verification: SignerFlags
  git: Omit<GitAccessInput, "repo">
  registry: RegistryInput
  signer: SignerInput
  tools: Omit<ScanTools, "run"> & { craneImage: string; cosignImage: string; gitImage: string }
}

type SettingsSource = { source?: Directory; set: string[]; settings?: File }

/** Arguments and settings as one request. Invalid ones are an error here, before any query. */
export async function readDeployedOptions(
  flags: DeployedFlags,
  { source, set, settings: given }: SettingsSource,
): Promise<{ options: DeployedScanOptions; settings: Settings }> {
  const settings = source ? await readSettings(source, set) : await readGivenSettings(given, set)
  const files = source ? await settingsFiles(source, settings) : undefined
  const registry = files ? mergeRegistry(flags.registry, settings, files) : stepRegistry(flags.registry, settings)
  const { craneImage, cosignImage, gitImage, ...scanTools } = flags.tools
  const run = newRun()
  const vex = files && flags.vex.length === 0 ? (files.vex ?? []) : stepVex(flags.vex, settings)
  const exceptions = flags.exceptions ?? exceptionsFile(settings)
  const signer = deployedSigner(flags, settings, files)
  const options = {
    places: mergePlaces(flags, settings).map(({ repo, ...place }) => ({ ...place, git: { repo, ...flags.git } })),
    failOn: flags.failOn,
    gitImage,
    registry: { access: accessByHost(registry, ownHosts(settings)), craneImage, cosignImage, run },
    scan: { ...scanTools, ...mergeScan({}, settings), run, vex, ...(exceptions && { exceptions }) },
    ...(namesSigner(signer) && { signer: parseSigner(signer) }),
  }
  return { options, settings }
}

/** One place of the arguments, or those of the settings. The settings' places do not apply to another repository. */
export function mergePlaces(
  { gitopsRepo, gitopsBranches, gitopsPaths }: PlaceFlags,
  { gitops, deployed }: Pick<Settings, "gitops" | "deployed">,
): (Omit<DeployedPlace, "git"> & { repo: string })[] {
  const isGiven = gitopsRepo !== undefined || gitopsBranches.length > 0 || gitopsPaths.length > 0
  const places = isGiven ? [{ repo: gitopsRepo, branches: gitopsBranches, paths: gitopsPaths }] : (deployed ?? [{}])
  return places.map(({ repo = gitops?.repo, branches, paths = [] }) => {
    if (!repo) throw noRepo()
    return { repo, branches: either(branches, [gitops?.branch ?? "main"]), paths: paths.map(parsePath) }
  })
}

/** A path from the root of the repository. */
function parsePath(path: string): string {
  const parts = path.replace(/^\.?\/+|\/+$/g, "")
  if (parts && !parts.split("/").includes("..")) return parts
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "a folder or a file of the GitOps repository, such as clusters/production",
    got: JSON.stringify(path),
    fix: "Write the path from the repository's root, or omit it for the whole branch.",
  })
}

function noRepo(): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: "--gitops-repo, or deployed or gitops.repo in slipway.yaml",
    got: "none",
    fix: "Pass --gitops-repo, or a slipway.yaml that names it with --source or --settings.",
  })
}

/** The signer of the arguments, else that of the settings, whose files only a source has. */
export function deployedSigner(
  { signer: given, verification: flags }: Pick<DeployedFlags, "signer" | "verification">,
  settings: Pick<Settings, "sign">,
  files: SettingsFiles = {},
): SignerInput {
  const { identity, issuer, kmsKey, trustedRoot = files.trustedRoot, signingConfig = files.signingConfig } = given
  const named = identity ?? issuer ?? kmsKey ?? flags.identityPattern ?? flags.issuerPattern
  const publicKey = flags.publicKey ?? (named === undefined ? files.publicKey : undefined)
  const roots = { ...(trustedRoot && { trustedRoot }), ...(signingConfig && { signingConfig }) }
  return stepSigner({ ...given, ...roots }, { ...flags, ...(publicKey && { publicKey }) }, settings)
}

/** The hosts of the registries that this repository publishes to; a replica's login is in the config.json. */
export function ownHosts(settings: Settings): Set<string> {
  const names = [settings, ...serviceSettings(settings).values()].flatMap(({ repository }) => repository ?? [])
  return new Set(names.map((name) => parseRepository(name).host))
}

/**
 * The access to each host. Deployed images come from anywhere, so user, password, certificate and plain HTTP are those of the
 * own registries alone: a password must reach no other host. A config.json has the logins of the others.
 */
export function accessByHost(
  input: RegistryInput,
  own: Set<string>,
): (repository: Repository) => Promise<RegistryAccess> {
  if (input.username && own.size === 0) throw noOwnHost()
  const known = new Map<string, Promise<RegistryAccess>>()
  return async ({ host, name }) => {
    const access = known.get(host) ?? registryAccess(name, hostInput(input, own.size === 0 || own.has(host)))
    known.set(host, access)
    return await access
  }
}

/** The input for an own host, and for another one. */
export function hostInput(input: RegistryInput, isOwn: boolean): RegistryInput {
  return isOwn ? input : { ...(input.dockerConfig && { dockerConfig: input.dockerConfig }) }
}

function noOwnHost(): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: "repository in slipway.yaml, whose registry --registry-username and --registry-password are for",
    got: "none",
    fix: "Pass a slipway.yaml that names it with --source or --settings, or the logins of all registries as --registry-config.",
  })
}
