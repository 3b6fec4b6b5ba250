import type { Directory, File, Secret, Socket } from "@dagger.io/dagger"
import { Scanner, type Severity, SignatureFormat } from "../../../src/enums.ts"
import { HELM_IMAGE } from "../../../src/tool-images.ts"
import { type CiRun, parseCi } from "../../config/ci.ts"
import type { ServiceSettings } from "../../config/services.ts"
import type { Tools } from "../../engine/tool.ts"
import { SlipwayError } from "../../error.ts"
import type { Checks, CheckTools } from "../../gitops/checks/options.ts"
import type { DeliveryChoice } from "../../gitops/context.ts"
import type { CommitOptions } from "../../gitops/options.ts"
import type { RegistryInput } from "../../oci/registry-access.ts"
import type { ScanTools } from "../../scan/scan-layout.ts"
import { type BundleFormat, bundleFormats } from "../../sign/args.ts"
import type { SigningKeyInput } from "../../sign/signer-input.ts"
import { requireSmokeOptions } from "../../smoke/plan.ts"
import type { ApiInput } from "../../sync/cluster-api.ts"
import { chooseSecrets, pairNames } from "../../test/secret.ts"
import type { TestOptions } from "../../test/suite.ts"
import type { ShipOptions } from "../context.ts"
import type { DeliveryInput, DestinationInput } from "../delivery.ts"
import { pairGivenImage } from "../given-image.ts"
import { type ChartDestination, chartDestination, chartOptions } from "./chart-options.ts"
import { mergeCommit, mergeProposal, mergeRegistry, mergeSigning } from "./delivery-options.ts"
import { mergeReplicas, type ReplicaInput } from "./replica-options.ts"
import type { SettingsFiles } from "./settings-files.ts"
import { type BuildFlags, either, kept, mergeBuild, mergeScan, mergeSmoke, mergeTest } from "./stage-options.ts"
import { exceptionsFile } from "./step-settings.ts"

/** The arguments of ship. The settings replace what is omitted or an empty list. */
export type ShipFlags = {
  /** Overrides of the settings, each as path=VALUE. */
  set: string[]
  repository?: string
  signing: SigningKeyInput
  tags: string[]
  /** The only services to ship; none for all. */
  services: string[]
  rehearse: boolean
  /** Whether to end after the tags. */
  prepare: boolean
  force: boolean
  refresh: boolean
  ci: string[]
  registry: RegistryInput
  git: DeliveryInput["git"]
  forgeToken?: Secret
  /** For the API of the source repository's forge: previews and deployments. */
  sourceForgeToken?: Secret
  notifyUrl?: Secret
  notifySecret?: Secret
  /** The names of the arguments that hold a secret. */
  given?: string[]
  platforms: string[]
  buildSecrets: Secret[]
  buildSecretIds: string[]
  ssh?: Socket
  /** Another job's build, to ship instead of building the source. */
  layout?: Directory
  provenance?: File
  provenanceCommit?: string
  testSecrets: Secret[]
  testSecretNames: string[]
  severity?: Severity
  ignoreUnfixed?: boolean
  exceptions?: File
  /** Caches of earlier runs. */
  cache?: Directory
  /** Whether to wait for the cluster; the settings say for what. */
  wait?: boolean
  /** Whether a failed release is taken back. */
  rollbackOnFailure?: boolean
  cluster: ApiInput
}

/** The arguments of one call; those of access come from the constructor. */
export type ShipRequest = Omit<ShipFlags, "signing" | "registry" | "git" | "cluster" | "given" | TraceSecret>
type TraceSecret = "forgeToken" | "sourceForgeToken" | "notifyUrl" | "notifySecret"

/** The tool images and databases of a run; nodeImage runs the module's own programs. */
export type ShipTools = { images: Tools; scan: Omit<ScanTools, "run">; nodeImage: string; checkers: CheckTools }

/** What the stages need besides flags and settings; `service` is the name of one of several. */
type MergeContext = Omit<ShipTools, "checkers"> & {
  checkers?: Pick<CheckTools, "helm">
  files?: SettingsFiles
  service?: string
}

/** A destination with its logins, before parsing. */
export type DestinationRequest = Omit<DestinationInput, "hasKey"> & {
  signing?: SigningKeyInput
  publicKey?: File
  tags: string[]
  gitopsBranch: string
  commit?: CommitOptions
  proposal?: DeliveryChoice
  checks?: Pick<Checks, "options" | "tools">
  registry: RegistryInput
  replicas?: ReplicaInput[]
  chart?: ChartDestination
  git: DeliveryInput["git"]
}

/** The options of each stage: the flag, else the setting, else the stage's default. */
export function stageOptions(
  flags: ShipFlags,
  settings: ServiceSettings,
  { images, scan: scanTools, nodeImage, checkers, files, service }: MergeContext,
): Omit<ShipOptions, "destination" | "delivery" | "tags"> {
  const ci = parseCi(flags.ci)
  const given = pairGivenImage(flags.layout, flags.provenance, flags.provenanceCommit)
  const tests = { ...mergeTest({}, settings), ...testSecrets(flags, settings) }
  const scan = mergeScan(flags, settings)
  return {
    ...kept({ ci, defaultBranch: settings.defaultBranch || undefined, service, given }),
    tests: settings.test === false || given ? "skip" : tests,
    build: { ...mergeBuild(buildFlags(flags), settings), nodeImage, gitImage: images.git ?? images.kustomize },
    scan: { ...scanTools, ...scan, exceptions: flags.exceptions ?? exceptionsFile(settings), vex: files?.vex ?? [] },
    signing: { formats: signatureFormats(settings), attestations: files?.attestations ?? [] },
    smoke: smokeOptions(settings, given !== undefined),
    // the scanner is a tool, and so an input of the release
    tools: {
      ...images,
      ...(scan.scanner === Scanner.GRYPE && { grype: scanTools.images[scan.scanner] }),
      ...(files?.chart && { helm: checkers?.helm ?? HELM_IMAGE }),
    },
    ...(files?.chart && { chart: chartOptions(files.chart, settings) }),
    prepare: flags.prepare,
    force: flags.force,
  }
}

/** A release is verified by its bundles, so the older form only joins them. */
function signatureFormats({ sign }: Pick<ServiceSettings, "sign">): BundleFormat[] {
  return bundleFormats(sign?.format === "both" ? SignatureFormat.BOTH : SignatureFormat.BUNDLE)
}

/** The job that builds a given image starts it too, because nothing of the image may run where signing rights are. */
function smokeOptions(settings: ServiceSettings, isGiven: boolean): ShipOptions["smoke"] {
  if (settings.smoke === false) return { skip: "smoke is false in slipway.yaml" }
  if (isGiven) return { skip: "no code of a given image runs where it is signed; smoke in the build job starts it" }
  return requireSmokeOptions(mergeSmoke({}, settings))
}

/** A rehearsal ignores the destination in the settings. A pull request is always rehearsed. */
export function mergeDestination(
  flags: ShipFlags,
  settings: ServiceSettings,
  { ci, files = {} }: { ci?: CiRun; files?: SettingsFiles },
): DestinationRequest {
  const { git } = flags
  const { tags, gitops } = settings
  const registry = mergeRegistry(flags.registry, settings, files)
  const repository = flags.repository ?? settings.repository
  const names =
    flags.rehearse || ci?.pullRequest
      ? {}
      : {
          repository,
          ...(settings.replicas && { replicas: mergeReplicas(registry, settings, { repository, files }) }),
          ...chartDestination(registry, settings, { repository, chart: files.chart }),
          signing: mergeSigning(flags.signing, settings, { ...files, ci }),
          ...(files.publicKey && { publicKey: files.publicKey }),
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

/** No secrets if nothing is tested. */
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

/** Settings of a single image. */
const KEYS = "build.dockerfile build.context build.target gitops.imageName gitops.edits test.commands".split(" ")
const KEY = new RegExp(`(?<![\\w.-])(?:${KEYS.join("|").replaceAll(".", "\\.")})(?![\\w-])`, "g")

/** A step's advice with the keys of its service. */
export function serviceAdvice(text: string, name: string): string {
  return text.replace(KEY, (key) => `services.${name}.${key}`)
}

/** The arguments for one of several services. Refuses those that only apply to a single image. */
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
