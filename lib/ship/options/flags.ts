import type { Directory, File, Secret, Socket } from "@dagger.io/dagger"
import { Scanner, type Severity } from "../../../src/enums.ts"
import { type CiRun, parseCi } from "../../config/ci.ts"
import type { ServiceSettings } from "../../config/services.ts"
import type { Tools } from "../../engine/tool.ts"
import { SlipwayError } from "../../error.ts"
import type { DeliveryChoice } from "../../gitops/context.ts"
import type { CommitOptions } from "../../gitops/options.ts"
import type { RegistryInput } from "../../oci/registry-access.ts"
import type { ScanTools } from "../../scan/scan-layout.ts"
import type { SigningKeyInput } from "../../sign/signer-input.ts"
import { chooseSecrets, pairNames } from "../../test/secret.ts"
import type { TestOptions } from "../../test/suite.ts"
import type { ShipOptions } from "../context.ts"
import type { DeliveryInput, DestinationInput } from "../delivery.ts"
import { pairGivenImage } from "../given-image.ts"
import { mergeCommit, mergeProposal, mergeRegistry, mergeSigning } from "./delivery-options.ts"
import { type BuildFlags, either, kept, mergeBuild, mergeScan, mergeTest } from "./stage-options.ts"
import { exceptionsFile, type SettingsFiles } from "./step-settings.ts"

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
  ssh?: Socket
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

/** The images and databases of a run; Node's is that of the module's own programs. */
export type ShipTools = { images: Tools; scan: Omit<ScanTools, "run">; nodeImage: string }

/** What the stages need besides flags and settings: `service` tells which of several it is. */
type MergeContext = ShipTools & { service?: string }

/** Where a release goes, and the logins for it, before they are read. */
export type DestinationRequest = Omit<DestinationInput, "hasKey"> & {
  signing?: SigningKeyInput
  tags: string[]
  gitopsBranch: string
  commit?: CommitOptions
  proposal?: DeliveryChoice
  registry: RegistryInput
  git: DeliveryInput["git"]
}

/** What each stage does, one way to say it for each thing: the flag, else the settings, else the default of the stage. */
export function stageOptions(
  flags: ShipFlags,
  settings: ServiceSettings,
  { images, scan: scanTools, nodeImage, service }: MergeContext,
): Omit<ShipOptions, "destination" | "delivery" | "tags"> {
  const ci = parseCi(flags.ci)
  const given = pairGivenImage(flags.layout, flags.provenance, flags.provenanceCommit)
  const tests = { ...mergeTest({}, settings), ...testSecrets(flags, settings) }
  const scan = mergeScan(flags, settings)
  return {
    ...kept({ ci, defaultBranch: settings.defaultBranch || undefined, service, given }),
    tests: settings.test === false || given ? "skip" : tests,
    build: { ...mergeBuild(buildFlags(flags), settings), nodeImage, gitImage: images.git ?? images.kustomize },
    scan: { ...scanTools, ...scan, exceptions: flags.exceptions ?? exceptionsFile(settings), vex: [] },
    // another scanner is another tool, and so another input of the release
    tools: { ...images, ...(scan.scanner === Scanner.GRYPE && { grype: scanTools.images[scan.scanner] }) },
    force: flags.force,
  }
}

/** A rehearsal has no destination, whatever the settings name; what is only proposed is rehearsed. */
export function mergeDestination(
  flags: ShipFlags,
  settings: ServiceSettings,
  { ci, files = {} }: { ci?: CiRun; files?: SettingsFiles },
): DestinationRequest {
  const { git } = flags
  const { tags, gitops } = settings
  const registry = mergeRegistry(flags.registry, settings, files)
  const names =
    flags.rehearse || ci?.pullRequest
      ? {}
      : {
          repository: flags.repository ?? settings.repository,
          signing: mergeSigning(flags.signing, settings, files),
          gitopsRepo: gitops?.repo,
          gitopsPath: gitops?.path,
          gitopsImageName: gitops?.imageName,
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

function buildFlags({ platforms, buildSecrets, buildSecretIds, ssh }: ShipFlags): BuildFlags {
  return { platforms, secrets: buildSecrets, secretIds: buildSecretIds, ...(ssh && { ssh }) }
}

/** Settings that hold for a single image alone. */
const KEYS = "build.dockerfile build.context build.target gitops.imageName gitops.edits test.commands".split(" ")
const KEY = new RegExp(`(?<![\\w.-])(?:${KEYS.join("|").replaceAll(".", "\\.")})(?![\\w-])`, "g")

/** A step's advice with the keys of the service that it is about. */
export function serviceAdvice(text: string, name: string): string {
  return text.replace(KEY, (key) => `services.${name}.${key}`)
}

/** A caller's arguments for one of several services. What can only be about a single image is refused. */
export function serviceFlags(flags: ShipFlags, name: string): ShipFlags {
  if (flags.layout) {
    throw new SlipwayError("OPTIONS_INVALID", {
      expected: "only arguments that apply to every service in slipway.yaml",
      got: "--layout",
      fix: "Omit --layout; ship builds each service.",
    })
  }
  return { ...flags, ...(flags.repository && { repository: `${flags.repository}/${name}` }) }
}
