import type { Directory, File, Secret } from "@dagger.io/dagger"
import type { Severity } from "../../src/enums.ts"
import type { BuildOptions } from "../build/docker-build.ts"
import { type CiRun, parseCi } from "../config/ci.ts"
import type { ServiceSettings } from "../config/services.ts"
import type { DeliveryChoice } from "../gitops/delivery.ts"
import type { CommitOptions } from "../gitops/options.ts"
import type { RegistryInput } from "../oci/registry-login.ts"
import type { SigningKeyInput } from "../sign/key-input.ts"
import { chooseSecrets, pairNames } from "../test/secret-name.ts"
import type { TestOptions } from "../test/suite.ts"
import type { DeliveryInput } from "./delivery.ts"
import { mergeCommit, mergeProposal, mergeRegistry, mergeSigning } from "./delivery-options.ts"
import { type GivenImage, pairGiven } from "./given-image.ts"
import type { SettingsFiles } from "./settings.ts"
import { type BuildFlags, either, mergeBuild, mergeScan, mergeTest, type ScanChoice } from "./stage-options.ts"

/** Arguments of ship as a caller gives them. What is left out, or an empty list, is taken from the settings. */
export type ShipFlags = {
  /** Overrides of the settings, each as path=VALUE. */
  set: string[]
  repository?: string
  signing: SigningKeyInput
  tags: string[]
  rehearse: boolean
  force: boolean
  ci: string[]
  registry: RegistryInput
  git: DeliveryInput["git"]
  forgeToken?: Secret
  platforms: string[]
  buildSecrets: Secret[]
  buildSecretIds: string[]
  /** Another job's build, instead of one of the source. */
  layout?: Directory
  provenance?: File
  provenanceCommit?: string
  testSecrets: Secret[]
  testSecretNames: string[]
  severity?: Severity
  ignoreUnfixed?: boolean
  exceptions?: File
}

/** What differs from call to call; access is given once for all of them, and completes it to the flags. */
export type ShipRequest = Omit<ShipFlags, "signing" | "registry" | "git" | "forgeToken">

/** Where a release goes, and the logins for it, as a caller passes them. */
export type DestinationArgs = {
  address?: string
  signing?: SigningKeyInput
  tags: string[]
  gitopsRepo?: string
  gitopsPath?: string
  gitopsImage?: string
  gitopsBranch: string
  gitopsEdits?: string[]
  gitopsTag?: string
  gitopsKustomizeOptions?: string[]
  commit?: CommitOptions
  proposal?: DeliveryChoice
  registry: RegistryInput
  git: DeliveryInput["git"]
}

export type ShipArgs = {
  ci?: CiRun
  defaultBranch?: string
  /** Which of several services it is. */
  service?: string
  destination: DestinationArgs
  given?: GivenImage
  noTest: boolean
  tests: TestOptions
  build: BuildOptions
  scan: ScanChoice
  exceptions?: File
  force: boolean
}

/** What the chain needs besides flags and settings; `files` are those that settings name by their paths. */
type Given = { nodeImage: string; gitImage: string; files?: SettingsFiles }

/** One way to say it for each thing: the flag, else the settings, else the default of its stage. */
export function mergeFlags(flags: ShipFlags, settings: ServiceSettings, { files = {}, ...images }: Given): ShipArgs {
  const ci = parseCi(flags.ci)
  const given = pairGiven(flags.layout, flags.provenance, flags.provenanceCommit)
  return {
    destination: destinationArgs(flags, settings, { ci, files }),
    ...(ci && { ci }),
    ...(settings.defaultBranch && { defaultBranch: settings.defaultBranch }),
    ...(given && { given }),
    noTest: settings.test === false,
    tests: { ...mergeTest({}, settings), ...testSecrets(flags, settings) },
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
          address: flags.repository ?? image,
          signing: mergeSigning(flags.signing, settings, files),
          gitopsRepo: gitops?.repo,
          gitopsPath: gitops?.path,
          gitopsImage: gitops?.image,
          gitopsEdits: gitops?.edits,
          gitopsTag: gitops?.tag,
          gitopsKustomizeOptions: gitops?.kustomizeOptions,
        }
  const gitopsBranch = gitops?.branch ?? "main"
  const proposal = mergeProposal({ token: flags.forgeToken }, settings)
  const commit = mergeCommit({}, settings)
  return { ...names, gitopsBranch, commit, proposal, tags: either(flags.tags, tags), registry, git }
}

/** Tests that are left out need none. */
function testSecrets(flags: ShipFlags, settings: ServiceSettings): Pick<TestOptions, "secrets"> {
  const given = pairNames({ names: flags.testSecretNames, secrets: flags.testSecrets }, "test-")
  if (settings.test === false || flags.layout) return {}
  const { secrets: names } = settings.test ?? {}
  const secrets = chooseSecrets(given, { names, flag: "--test-secret-names" })
  return secrets.length ? { secrets } : {}
}

function buildFlags({ platforms, buildSecrets, buildSecretIds }: ShipFlags): BuildFlags {
  return { platforms, secrets: buildSecrets, secretIds: buildSecretIds }
}
