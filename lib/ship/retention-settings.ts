import type { Directory, File } from "@dagger.io/dagger"
import type { Settings } from "../config/settings.ts"
import { SlipwayError } from "../error.ts"
import type { GitAccessInput } from "../gitops/bump-gitops.ts"
import type { ReferenceQuery } from "../gitops/references.ts"
import { parseRepository, type Repository } from "../oci/reference.ts"
import type { RegistryInput } from "../oci/registry-access.ts"
import { parseRules, type RuleSet } from "../retention/rules.ts"
import { mergeRegistry, stepRegistry } from "./delivery-options.ts"
import { readGivenSettings, readSettings, settingsFiles } from "./settings.ts"

/** What a caller says of a repository's retention; what is left out, the settings of its source say. */
export type RetentionFlags = {
  address?: string
  keep: string[]
  /** In days. */
  untagged?: number
  gitopsRepo?: string
  gitopsBranches: string[]
  rollbacks?: number
  /** How the registry is reached, where it is asked at all. */
  registry?: RegistryInput
  git: Omit<GitAccessInput, "repo">
}

/** Where to look for what is deployed. */
export type Deployment = { git: GitAccessInput; query: Omit<ReferenceQuery, "words"> }

export type RetentionRequest = {
  repository: Repository
  set: RuleSet
  registry: RegistryInput
  deployment?: Deployment
}

/** Where its settings are read: in its source, with overrides over them, or in the file that the caller hands over. */
type RetentionSource = { source?: Directory; set: string[]; settings?: File }

/** Arguments and settings as one request; whatever cannot work is refused here, before anything is asked. */
export async function readRetention(
  flags: RetentionFlags,
  { source, set, settings: given }: RetentionSource,
): Promise<RetentionRequest> {
  if (!source) {
    const settings = await readGivenSettings(given, set)
    const registry = flags.registry && stepRegistry(flags.registry, settings)
    return mergeRetention({ ...flags, registry }, settings)
  }
  const settings = await readSettings(source, set)
  const registry = flags.registry && mergeRegistry(flags.registry, settings, await settingsFiles(source, settings))
  return mergeRetention({ ...flags, registry }, settings)
}

/** One way to say it for each thing: the argument, else the settings, else the default. */
export function mergeRetention(flags: RetentionFlags, settings: Settings): RetentionRequest {
  const { image, gitops, retention } = settings
  const address = flags.address ?? image
  if (!address) throw noAddress()
  const repo = flags.gitopsRepo ?? gitops?.repo
  const branches = flags.gitopsBranches.length ? flags.gitopsBranches : [gitops?.branch ?? "main"]
  const query = { branches, rollbacks: flags.rollbacks ?? retention?.rollbacks ?? 1 }
  const { rules, untagged: filed } = parseRules(flags.keep, retention)
  const untagged = parseUntagged(flags.untagged) ?? filed
  return {
    repository: parseRepository(address),
    set: { rules, ...(untagged && { untagged }) },
    registry: flags.registry ?? {},
    ...(repo && { deployment: { git: { repo, ...flags.git }, query } }),
  }
}

/** 0 is the way to say "never" over a file that says a number. */
function parseUntagged(days?: number): number | undefined {
  if (days === undefined || (Number.isInteger(days) && days >= 0 && days <= 9999)) return days
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "--untagged to be 0 to 9999 whole days",
    got: String(days),
    fix: "0 keeps what has no tag for ever, whatever slipway.yaml says.",
  })
}

function noAddress(): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: "the address of a repository",
    got: "none",
    fix: "Pass --repository=host/repository, or --source with an image in its slipway.yaml.",
  })
}
