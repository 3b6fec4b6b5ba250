import type { Directory, File, Secret } from "@dagger.io/dagger"
import type { Severity } from "../../src/enums.ts"
import { type CiRun, parseCi } from "../config/ci.ts"
import type { ServiceSettings } from "../config/services.ts"
import type { DeliveryChoice } from "../gitops/delivery.ts"
import type { RegistryInput } from "../oci/registry-login.ts"
import type { SigningKeyInput } from "../sign/key-input.ts"
import { chooseSecrets, pairNames } from "../test/secret-name.ts"
import type { TestOptions } from "../test/suite.ts"
import type { DeliveryInput } from "./delivery.ts"
import { mergeCommit, mergeProposal, mergeRegistry, mergeSigning } from "./delivery-options.ts"
import { pairGiven } from "./given-image.ts"
import type { ShipArgs } from "./options.ts"
import type { SettingsFiles } from "./settings.ts"
import { type BuildFlags, either, mergeBuild, mergeScan, mergeTest, type TestFlags } from "./stage-options.ts"

/** Arguments of ship as a caller gives them. What is left out, or an empty list, is taken from the settings. */
export type ShipFlags = {
  /** Overrides of the settings, each as path=VALUE. */
  set: string[]
  address?: string
  signing: SigningKeyInput
  gitopsRepo?: string
  gitopsPath?: string
  gitopsImage?: string
  gitopsBranch?: string
  gitopsEdits: string[]
  gitopsTag?: string
  gitopsKustomizeOptions: string[]
  gitopsProposal: DeliveryChoice
  tags: string[]
  rehearse: boolean
  force: boolean
  ci: string[]
  registry: RegistryInput
  git: DeliveryInput["git"]
  platforms: string[]
  dockerfile?: string
  context?: string
  target?: string
  buildArgs: string[]
  buildSecrets: Secret[]
  buildSecretIds: string[]
  /** Another job's build, instead of one of the source. */
  image?: Directory
  provenance?: File
  provenanceCommit?: string
  noTest?: boolean
  testImage?: string
  testCommands: string[]
  testServices: string[]
  testSecrets: Secret[]
  testSecretNames: string[]
  severity?: Severity
  ignoreUnfixed?: boolean
  exceptions?: File
  maxDbAge?: number
  dbRepositories: string[]
}

/** What differs from call to call; access is given once for all of them, and completes it to the flags. */
export type ShipRequest = Omit<ShipFlags, "signing" | "registry" | "git" | "gitopsProposal"> & {
  gitopsPullRequest?: boolean
  gitopsAutoMerge?: boolean
  gitopsForge?: string
  gitopsForgeEndpoint?: string
}

/** What the chain needs besides flags and settings; `files` are those that settings name by their paths. */
type Given = { nodeImage: string; gitImage: string; files?: SettingsFiles }

/** One way to say it for each thing: the flag, else the settings, else the default of its stage. */
export function mergeFlags(flags: ShipFlags, settings: ServiceSettings, { files = {}, ...images }: Given): ShipArgs {
  const ci = parseCi(flags.ci)
  const given = pairGiven(flags.image, flags.provenance, flags.provenanceCommit)
  return {
    destination: destinationArgs(flags, settings, { ci, files }),
    ...(ci && { ci }),
    ...(settings.defaultBranch && { defaultBranch: settings.defaultBranch }),
    ...(given && { given }),
    noTest: noTest(flags, settings),
    tests: { ...mergeTest(testFlags(flags), settings), ...testSecrets(flags, settings) },
    build: { ...mergeBuild(buildFlags(flags), settings), ...images },
    scan: mergeScan(flags, settings),
    ...(flags.exceptions && { exceptions: flags.exceptions }),
    force: flags.force,
  }
}

/** A rehearsal has no destination, whatever the settings name; what is only proposed is rehearsed. */
function destinationArgs(
  flags: ShipFlags,
  settings: ServiceSettings,
  { ci, files }: { ci?: CiRun; files: SettingsFiles },
): ShipArgs["destination"] {
  const { git } = flags
  const { image, tags, gitops } = settings
  const registry = mergeRegistry(flags.registry, settings, files)
  const names =
    flags.rehearse || ci?.pullRequest
      ? {}
      : {
          address: flags.address ?? image,
          signing: mergeSigning(flags.signing, settings, files),
          gitopsRepo: flags.gitopsRepo ?? gitops?.repo,
          gitopsPath: flags.gitopsPath ?? gitops?.path,
          gitopsImage: flags.gitopsImage ?? gitops?.image,
          gitopsEdits: either(flags.gitopsEdits, gitops?.edits),
          gitopsTag: flags.gitopsTag ?? gitops?.tag,
          gitopsKustomizeOptions: either(flags.gitopsKustomizeOptions, gitops?.kustomizeOptions),
        }
  const gitopsBranch = flags.gitopsBranch ?? gitops?.branch ?? "main"
  const proposal = mergeProposal(flags.gitopsProposal, settings)
  const commit = mergeCommit({}, settings)
  return { ...names, gitopsBranch, commit, proposal, tags: either(flags.tags, tags), registry, git }
}

/** Whoever says how to test wants tests, whatever the file says of them. */
function noTest(flags: ShipFlags, { test }: ServiceSettings): boolean {
  const asked = [flags.testImage, ...flags.testCommands, ...flags.testServices].some((word) => word !== undefined)
  return flags.noTest ?? (test === false && !asked)
}

/** Tests that are left out need none. */
function testSecrets(flags: ShipFlags, settings: ServiceSettings): Pick<TestOptions, "secrets"> {
  const given = pairNames({ names: flags.testSecretNames, secrets: flags.testSecrets }, "test-")
  if (noTest(flags, settings) || flags.image) return {}
  const { secrets: names } = settings.test || {}
  const secrets = chooseSecrets(given, { names, flag: "--test-secret-names" })
  return secrets.length ? { secrets } : {}
}

function testFlags({
  testImage: image,
  testCommands: commands,
  testServices: services,
  buildArgs,
}: ShipFlags): TestFlags {
  return { image, commands, services, buildArgs }
}

function buildFlags(flags: ShipFlags): BuildFlags {
  const { platforms, dockerfile, context, target, buildArgs, buildSecrets, buildSecretIds } = flags
  return { platforms, dockerfile, context, target, buildArgs, secrets: buildSecrets, secretIds: buildSecretIds }
}
