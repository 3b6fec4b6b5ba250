import { type CiRun, parseCi } from "../../config/ci.ts"
import type { ServiceSettings } from "../../config/services.ts"
import type { PullRequestSettings, Settings } from "../../config/settings.ts"
import { SlipwayError } from "../../error.ts"
import type { DeliveryChoice } from "../../gitops/context.ts"
import type { PromoteOptions, RollbackOptions } from "../../gitops/deployed.ts"
import type { HistoryOptions } from "../../gitops/deployment-history.ts"
import type { BumpOptions, CommitOptions } from "../../gitops/options.ts"
import { parseDigestRef, parseRepository, splitDigestRef } from "../../oci/reference.ts"
import type { RegistryInput } from "../../oci/registry-access.ts"
import { chooseSigner, type SignerFlags, type SignerInput, type SigningKeyInput } from "../../sign/signer-input.ts"
import type { SettingsFiles } from "./settings-files.ts"
import { either, kept } from "./stage-options.ts"

/** Access to the registry, for ship and for single steps: the argument, else the setting, else the default. */
export function mergeRegistry(
  flags: RegistryInput,
  { registry }: Pick<ServiceSettings, "registry">,
  files: SettingsFiles = {},
): RegistryInput {
  const caCertificate = flags.caCertificate ?? files.caCertificate
  const plainHttp = flags.plainHttp ?? registry?.plainHttp ?? false
  return { ...flags, plainHttp, ...(caCertificate && { caCertificate }) }
}

/**
 * A given key is another signer than that of the settings, so their KMS key and identity do not apply. With a token, the
 * names of the CI job are the defaults of identity and issuer.
 */
export function mergeSigning(
  given: SigningKeyInput,
  { sign = {} }: Pick<ServiceSettings, "sign">,
  { signingConfig, trustedRoot, ci }: SettingsFiles & { ci?: CiRun } = {},
): SigningKeyInput {
  if (given.key) return given
  const { kmsKey, publicKey: _key, ...texts } = sign
  const names = { ...texts, signingConfig, trustedRoot }
  if (!given.identityToken) return { ...given, ...kept({ kmsKey: given.kmsKey ?? kmsKey }) }
  return { ...given, ...ci?.signer, ...kept(names), ...kept(given) }
}

/** The registry of a function without a source. */
export function stepRegistry(given: RegistryInput, settings: Pick<ServiceSettings, "registry">): RegistryInput {
  requireFiles(settings.registry, given, { caCertificate: "--ca-certificate" })
  return mergeRegistry(given, settings)
}

/** The signer of a function without a source. */
export function stepSigning(
  given: SigningKeyInput,
  settings: Pick<ServiceSettings, "sign">,
  variables: string[] = [],
): SigningKeyInput {
  if (given.identityToken && !given.key) requireFiles(settings.sign, given, SIGSTORE_FILES)
  return mergeSigning(given, settings, { ci: parseCi(variables) })
}

/** The signer that a verification accepts. A given key or identity replaces that of the settings. */
export function stepSigner(
  given: SignerInput,
  flags: SignerFlags,
  { sign = {} }: Pick<ServiceSettings, "sign">,
): SignerInput {
  const named = given.identity ?? given.issuer ?? flags.identityPattern ?? flags.issuerPattern
  if (flags.publicKey || given.kmsKey) return chooseSigner(given, flags)
  if (named === undefined) requireFiles({ publicKey: sign.publicKey }, {}, { publicKey: "--public-key" })
  const { kmsKey, publicKey: _key, signingConfig: _config, trustedRoot: _root, ...texts } = sign
  if (named ?? sign.identity) requireFiles({ trustedRoot: sign.trustedRoot }, given, SIGSTORE_FILES)
  return chooseSigner({ ...kept({ ...texts, ...(named === undefined && { kmsKey }) }), ...kept(given) }, flags)
}

const SIGSTORE_FILES = { signingConfig: "--signing-config", trustedRoot: "--trusted-root" }

/** Without a source, a path in the settings cannot be read, so the file must be given as an argument. */
function requireFiles(
  settings: Record<string, unknown> = {},
  given: Record<string, unknown>,
  flags: Record<string, string>,
): void {
  for (const [name, flag] of Object.entries(flags)) {
    const path = settings[name]
    if (path === undefined || given[name] !== undefined) continue
    throw new SlipwayError("OPTIONS_INVALID", {
      expected: `${flag}, because ${name} in the settings is a path and this function has no source`,
      got: "none",
      fix: `Pass the file: ${flag}=${path}`,
    })
  }
}

type Gitops = Pick<ServiceSettings, "gitops"> & Pick<Settings, "repository" | "services">

/** The options of a bump's commit. */
export function mergeCommit(flags: CommitOptions, { gitops }: Gitops): CommitOptions {
  const { message, authorName, authorEmail, signOff, timeout } = { ...gitops, ...kept(flags) }
  return kept({ message, authorName, authorEmail, signOff, timeout })
}

/** Whether a bump is pushed or proposed by a pull request. */
export function mergeProposal(flags: DeliveryChoice, { gitops }: Gitops): DeliveryChoice {
  const setting = gitops?.pullRequest
  const file: PullRequestSettings = typeof setting === "object" ? setting : {}
  const pullRequest = flags.pullRequest ?? Boolean(setting)
  return {
    ...flags,
    pullRequest,
    // a bump that is pushed has no request to merge
    autoMerge: flags.autoMerge ?? (pullRequest && (file.autoMerge ?? false)),
    forge: flags.forge ?? file.forge ?? gitops?.forge,
    endpoint: flags.endpoint ?? file.endpoint,
  }
}

type Merged<Options> = { repo: string; options: Options; proposal: DeliveryChoice }
type Flags<Options> = Partial<Options> & { repo?: string; proposal: DeliveryChoice }

/** The arguments of bump-gitops; the settings complete them. */
export type BumpFlags = Flags<BumpOptions> & Pick<BumpOptions, "ref">

/** The image name defaults to the published repository. The settings' tag does not apply: it is a template for ship. */
export function mergeBump({ proposal, ...flags }: BumpFlags, settings: Gitops): Merged<BumpOptions> {
  const image = flags.image ?? settings.gitops?.imageName ?? splitDigestRef(parseDigestRef(flags.ref)).repository.name
  const { repo, options } = mergePlace({ ...flags, image }, settings)
  const { path, branch, edits, kustomizeOptions } = options
  return {
    repo,
    proposal: mergeProposal(proposal, settings),
    options: { ...withoutRepo(flags), ...mergeCommit(flags, settings), path, image, branch, edits, kustomizeOptions },
  }
}

/**
 * The place of an image in the GitOps repository. The settings' edits belong to their path: at another path of the
 * caller's they would edit the files that they name themselves.
 */
export function mergePlace(
  flags: Omit<Flags<Omit<BumpOptions, "ref">>, "proposal">,
  settings: Gitops,
): Omit<Merged<Omit<BumpOptions, "ref">>, "proposal"> {
  const { gitops } = settings
  const { timeout } = mergeCommit(flags, { gitops })
  const isOwnPath = flags.path === undefined || flags.path === gitops?.path
  return {
    repo: repoOf(flags, { gitops }),
    options: {
      ...mergeTarget(flags, settings),
      path: flags.path ?? gitops?.path ?? missing("--path", "gitops.path"),
      edits: either(flags.edits, isOwnPath ? gitops?.edits : undefined),
      ...(timeout !== undefined && { timeout }),
    },
  }
}

/** The branches whose deployments are listed. The settings' path does not apply: a history lists every environment. */
export function mergeHistory(
  { repo, branches, days, ...flags }: Partial<HistoryOptions> & Pick<HistoryOptions, "days"> & { repo?: string },
  settings: Gitops,
): { repo: string; options: HistoryOptions } {
  if (!Number.isInteger(days) || days < 0) {
    throw new SlipwayError("OPTIONS_INVALID", {
      expected: "--days to be a number of days, or 0 for the whole history",
      got: String(days),
      fix: "Omit it for 90 days.",
    })
  }
  return {
    repo: repoOf({ repo }, settings),
    options: {
      branches: either(branches, [settings.gitops?.branch ?? "main"]),
      days,
      ...kept({ ...flags, timeout: flags.timeout ?? settings.gitops?.timeout }),
    },
  }
}

/** The options of a rollback. The settings' message does not apply: it is for bumps. */
export function mergeRollback(
  { proposal, to = "previous", ...flags }: Flags<RollbackOptions>,
  settings: Gitops,
): Merged<RollbackOptions> {
  const { repo, options } = mergePlace(flags, settings)
  const commit = mergeCommit(flags, withoutMessage(settings))
  return {
    repo,
    proposal: mergeProposal(proposal, settings),
    options: { ...kept(withoutRepo(flags)), ...commit, ...options, to },
  }
}

/** The options of a promotion; both environments are arguments. */
export function mergePromotion(
  { proposal, ...flags }: Flags<PromoteOptions> & Pick<PromoteOptions, "from" | "to">,
  settings: Gitops,
): Merged<PromoteOptions> {
  return {
    repo: repoOf(flags, settings),
    proposal: mergeProposal(proposal, settings),
    options: {
      ...kept(withoutRepo(flags)),
      ...mergeCommit(flags, withoutMessage(settings)),
      from: flags.from,
      to: flags.to,
      ...mergeTarget(flags, settings),
    },
  }
}

/** The image, the branch and kustomize's options, whatever the place. */
function mergeTarget(flags: Partial<Pick<BumpOptions, "image" | "branch" | "kustomizeOptions">>, settings: Gitops) {
  const { gitops } = settings
  return {
    image: imageNameOf(flags, settings),
    branch: flags.branch ?? gitops?.branch ?? "main",
    kustomizeOptions: either(flags.kustomizeOptions, gitops?.kustomizeOptions),
  }
}

/** As ship names it: the repository is only a prefix where there are several services. */
function imageNameOf({ image }: { image?: string }, { gitops, repository, services }: Gitops): string {
  const published = repository !== undefined && !services ? parseRepository(repository).name : undefined
  return image ?? gitops?.imageName ?? published ?? missing("--image-name", "gitops.imageName")
}

function repoOf({ repo }: { repo?: string }, { gitops }: Gitops): string {
  return repo ?? gitops?.repo ?? missing("--repo", "gitops.repo")
}

function withoutRepo<T extends { repo?: string }>({ repo: _, ...flags }: T): Omit<T, "repo"> {
  return flags
}

function withoutMessage({ gitops, ...settings }: Gitops): Gitops {
  if (!gitops) return settings
  const { message: _, ...others } = gitops
  return { ...settings, gitops: others }
}

function missing(flag: string, setting: string): never {
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: `${flag}, or ${setting} in the --settings file`,
    got: "neither",
    fix: `Pass ${flag}, or a slipway.yaml that sets ${setting} as --settings.`,
  })
}
