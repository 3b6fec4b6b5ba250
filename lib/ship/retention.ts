import { type Directory, dag, type File, type Secret } from "@dagger.io/dagger"
import type { RegistryKind } from "../../src/enums.ts"
import { readRevision } from "../config/checkout.ts"
import { groupBy } from "../config/group.ts"
import type { Settings } from "../config/settings.ts"
import { newRun } from "../engine/tool.ts"
import { SlipwayError } from "../error.ts"
import { type GitAccessInput, openRepository } from "../gitops/bump-gitops.ts"
import { type ReferenceQuery, type References, readReferences } from "../gitops/references.ts"
import { parseRepository, type Repository, splitDigestRef } from "../oci/reference.ts"
import { type RegistryInput, registryAccess } from "../oci/registry-access.ts"
import { type DeployedRefs, policyFiles } from "../retention/policy-files.ts"
import { readRequests, requestsOfTags } from "../retention/previews.ts"
import { planPruning, prune, renderPruneJson, renderPrunePlan } from "../retention/prune.ts"
import type { InUse } from "../retention/prune-plan.ts"
import { type PolicyTarget, parseRules, type RuleSet } from "../retention/rules.ts"
import { mergeRegistry, stepRegistry } from "./options/delivery-options.ts"
import { settingsFiles } from "./options/settings-files.ts"
import { readGivenSettings, readSettings } from "./options/step-settings.ts"
import {
  leftOut,
  type PreviewRetention,
  previewRetention,
  type RemovedOverlays,
  removeClosedOverlays,
} from "./preview/overlay-retention.ts"

type PolicyOptions = { kind: RegistryKind; gitImage: string } & Omit<PolicyTarget, "repository">

/** The rules as a registry's policy, which protects the deployed images. */
export async function writeRetentionPolicy(
  { repository, set, deployments }: RetentionRequest,
  { kind, gitImage, ...target }: PolicyOptions,
): Promise<Directory> {
  const files = (inUse: DeployedRefs) => policyFiles(kind, { set, target: { repository, ...target }, inUse })
  files(undefined) // refuses rules that the registry cannot express, before a repository is cloned
  const references = await deployedReferences(deployments, [], gitImage)
  const inUse = references?.bumps.filter((ref) => splitDigestRef(ref).repository.name === repository.name)
  return Object.entries(files(inUse)).reduce((all, [path, text]) => all.withNewFile(path, text), dag.directory())
}

/** Everything that the GitOps branches refer to; `words` are tags to look for. Nothing without a GitOps repository. */
async function deployedReferences(
  deployments: Deployment[],
  words: string[],
  image: string,
): Promise<References | undefined> {
  if (deployments.length === 0) return undefined
  const read = deployments.map(async ({ git, query }) => {
    const { access } = await openRepository(git)
    return await readReferences({ ...query, words }, { access, image, run: newRun() })
  })
  const all = await Promise.all(read)
  const unique = <T>(lists: T[][]) => [...new Set(lists.flat())]
  return {
    digests: unique(all.map(({ digests }) => digests)),
    words: unique(all.map((one) => one.words)),
    bumps: unique(all.map(({ bumps }) => bumps)),
  }
}

type PruneTools = { craneImage: string; cosignImage: string; gitImage: string }
type PruneFlags = {
  confirm: boolean
  noGitops: boolean
  json: boolean
}

/** Deletes what the rules do not keep, or returns the plan. */
export async function pruneImages(
  { repository, set, registry, deployments, previews }: RetentionRequest,
  { confirm, noGitops, json, gitImage, ...tools }: PruneFlags & PruneTools,
): Promise<string> {
  if (confirm && deployments.length === 0 && !noGitops) throw blind()
  const access = await registryAccess(repository.name, registry)
  const place = { repository, access, run: newRun(), ...tools }
  // before the images, because an overlay keeps what it names
  const closed = previews && (await removeClosedOverlays(previews, { confirm, image: gitImage, run: newRun() }))
  const searched =
    previews && closed ? deployments.map((one) => withoutOverlays(one, { previews, closed })) : deployments
  const readInUse = async (tags: string[]) => inUseOf(await deployedReferences(searched, tags, gitImage))
  const readPreviews = previews && {
    readRequests: (tags: string[]) => readRequests(requestsOfTags(tags), previews.access),
  }
  const options = { ...place, rules: set.rules, readInUse, ...readPreviews }
  const plan = confirm ? await prune(options) : await planPruning(options)
  const render = json ? renderPruneJson : renderPrunePlan
  return render(plan, { repository, asked: deployments.length > 0, deleted: confirm, ...closed })
}

type ClosedPreviews = { previews: PreviewRetention; closed: RemovedOverlays }

function withoutOverlays({ git, query }: Deployment, { previews, closed }: ClosedPreviews): Deployment {
  return { git, query: { ...query, without: leftOut(previews, closed, { ...query, repo: git.repo }) } }
}

function inUseOf(references?: References): InUse {
  const { digests = [], bumps = [], words = [] } = references ?? {}
  const past = bumps.map((ref) => [splitDigestRef(ref).digest, "a rollback of the GitOps branch may need it"] as const)
  const named = digests.map((digest) => [digest, "the GitOps branch names it"] as const)
  return { digests: new Map([...past, ...named]), tags: new Set(words) }
}

function blind(): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: "--gitops-repo, so that no deployed image is deleted",
    got: "--confirm without it",
    fix: "Pass --gitops-repo, or --no-gitops if no GitOps repository deploys these images.",
  })
}

/** The arguments about retention; the settings complete them. */
type RetentionFlags = {
  repository?: string
  keep: string[]
  /** In days. */
  untagged?: number
  gitopsRepo?: string
  gitopsBranches: string[]
  rollbacks?: number
  /** Access to the registry, for functions that query it. */
  registry?: RegistryInput
  git: Omit<GitAccessInput, "repo">
  /** For the API of the source repository's forge, which knows the requests of previews. */
  sourceForgeToken?: Secret
}

/** The GitOps repository and branches that deploy images. */
type Deployment = { git: GitAccessInput; query: Omit<ReferenceQuery, "words"> }

type RetentionRequest = {
  repository: Repository
  set: RuleSet
  registry: RegistryInput
  /** All places of images, each repository once. */
  deployments: Deployment[]
  previews?: PreviewRetention
}

/** Where the settings come from: the source with overrides, or the --settings file. */
type RetentionSource = { source?: Directory; set: string[]; settings?: File; gitImage?: string }

/** Arguments and settings as one request. Invalid ones are an error here, before any query. */
export async function readRetention(
  flags: RetentionFlags,
  { source, set, settings: given, gitImage }: RetentionSource,
): Promise<RetentionRequest> {
  if (!source) {
    const settings = await readGivenSettings(given, set)
    const registry = flags.registry && stepRegistry(flags.registry, settings)
    return mergeRetention({ ...flags, registry }, settings)
  }
  const settings = await readSettings(source, set)
  const registry = flags.registry && mergeRegistry(flags.registry, settings, await settingsFiles(source, settings))
  const isAsked = settings.preview && flags.sourceForgeToken && gitImage
  const revision = isAsked ? await readRevision(source, gitImage) : undefined
  return mergeRetention({ ...flags, registry }, settings, revision?.url)
}

/** For each option the argument, else the setting, else the default. */
export function mergeRetention(flags: RetentionFlags, settings: Settings, sourceUrl?: string): RetentionRequest {
  const { retention } = settings
  const repository = flags.repository ?? settings.repository
  if (!repository) throw noRepository()
  const rollbacks = flags.rollbacks ?? retention?.rollbacks ?? 1
  const { sourceForgeToken: token, git } = flags
  const previews = previewRetention(settings, { token, git, ...(sourceUrl && { sourceUrl }) })
  const alone = previews && flags.keep.length === 0 && !retention
  const { rules, untagged: filed } = alone ? { rules: [], untagged: undefined } : parseRules(flags.keep, retention)
  const untagged = parseUntagged(flags.untagged) ?? filed
  return {
    repository: parseRepository(repository),
    set: { rules, ...(untagged && { untagged }) },
    registry: flags.registry ?? {},
    deployments: deployedPlaces(flags, settings).map(({ repo, branches }) => {
      return { git: { repo, ...git }, query: { branches, rollbacks } }
    }),
    ...(previews && { previews }),
  }
}

/**
 * The repository and branches of the arguments, else gitops and all of deployed in the settings: an image may run by any of
 * them. Whole branches are searched, whatever the paths, because a reference too many deletes nothing.
 */
export function deployedPlaces(
  { gitopsRepo, gitopsBranches: given }: Pick<RetentionFlags, "gitopsRepo" | "gitopsBranches">,
  { gitops, deployed = [] }: Pick<Settings, "gitops" | "deployed">,
): { repo: string; branches: string[] }[] {
  const main = gitops?.branch ?? "main"
  const own = gitopsRepo ?? gitops?.repo
  const others = gitopsRepo ? [] : deployed
  const places = [
    ...(own ? [{ repo: own, branches: [main] }] : []),
    ...others.flatMap(({ repo = gitops?.repo, branches = [main] }) => (repo ? [{ repo, branches }] : [])),
  ]
  return groupBy(places, ({ repo }) => repo).map((group) => {
    const [{ repo }] = group
    return { repo, branches: given.length ? given : [...new Set(group.flatMap(({ branches }) => branches))] }
  })
}

/** 0 means never, and so overrides a number in the settings. */
function parseUntagged(days?: number): number | undefined {
  if (days === undefined || (Number.isInteger(days) && days >= 0 && days <= 9999)) return days
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "--untagged to be 0 to 9999 whole days",
    got: String(days),
    fix: "Pass 0 to keep untagged images forever.",
  })
}

function noRepository(): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: "--repository, or repository in slipway.yaml",
    got: "none",
    fix: "Pass --repository=host/path, or a slipway.yaml that names it with --source or --settings.",
  })
}
