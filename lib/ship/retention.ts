import { type Directory, dag } from "@dagger.io/dagger"
import type { RegistryKind } from "../../src/enums.ts"
import { newRun } from "../engine/tool.ts"
import { SlipwayError } from "../error.ts"
import { openRepository } from "../gitops/bump-gitops.ts"
import { type References, readReferences } from "../gitops/references.ts"
import { splitDigestRef } from "../oci/reference.ts"
import { registryAccess } from "../oci/registry-access.ts"
import { type DeployedRefs, policyFiles } from "../retention/policy-files.ts"
import { planPruning, prune, renderPruneJson, renderPrunePlan } from "../retention/prune.ts"
import type { InUse } from "../retention/prune-plan.ts"
import type { PolicyTarget } from "../retention/rules.ts"
import type { Deployment, RetentionRequest } from "./retention-settings.ts"

export type PolicyOptions = { kind: RegistryKind; gitImage: string } & Omit<PolicyTarget, "repository">

/** The rules as a registry's own policy, with what is deployed by now. */
export async function writeRetentionPolicy(
  { repository, set, deployment }: RetentionRequest,
  { kind, gitImage, ...target }: PolicyOptions,
): Promise<Directory> {
  const files = (inUse: DeployedRefs) => policyFiles(kind, { set, target: { repository, ...target }, inUse })
  files(undefined) // what the registry cannot express is refused before a repository is cloned
  const references = deployment && (await deployedReferences(deployment, [], gitImage))
  const inUse = references?.bumps.filter((ref) => splitDigestRef(ref).repository.name === repository.name)
  return Object.entries(files(inUse)).reduce((all, [path, text]) => all.withNewFile(path, text), dag.directory())
}

/** Everything that the GitOps branches name; of words, those that are asked for. */
async function deployedReferences({ git, query }: Deployment, words: string[], image: string): Promise<References> {
  const { access } = await openRepository(git)
  return await readReferences({ ...query, words }, { access, image, run: newRun() })
}

export type PruneTools = { craneImage: string; cosignImage: string; gitImage: string }
export type PruneFlags = {
  confirm: boolean
  noGitops: boolean
  json: boolean
}

/** Deletes what the rules give away, or says what that would be. */
export async function pruneImages(
  { repository, set, registry, deployment }: RetentionRequest,
  { confirm, noGitops, json, gitImage, ...tools }: PruneFlags & PruneTools,
): Promise<string> {
  if (confirm && !deployment && !noGitops) throw blind()
  const access = await registryAccess(repository.name, registry)
  const place = { repository, access, run: newRun(), ...tools }
  const readInUse = async (tags: string[]) =>
    inUseOf(deployment && (await deployedReferences(deployment, tags, gitImage)))
  const options = { ...place, rules: set.rules, readInUse }
  const plan = confirm ? await prune(options) : await planPruning(options)
  const render = json ? renderPruneJson : renderPrunePlan
  return render(plan, { repository, asked: deployment !== undefined, deleted: confirm })
}

function inUseOf(references?: References): InUse {
  const { digests = [], bumps = [], words = [] } = references ?? {}
  const past = bumps.map((ref) => [splitDigestRef(ref).digest, "a rollback of the GitOps branch may want it"] as const)
  const named = digests.map((digest) => [digest, "the GitOps branch names it"] as const)
  return { digests: new Map([...past, ...named]), tags: new Set(words) }
}

function blind(): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: "--gitops-repo, since what is deployed must not be deleted",
    got: "--confirm without it",
    fix: "Pass the repository that says what runs, or --no-gitops if nothing does.",
  })
}
