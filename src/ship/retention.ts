import { type Directory, dag } from "@dagger.io/dagger"
import { newRun } from "../config/effect.ts"
import { gitAccess } from "../gitops/bump-gitops.ts"
import { type References, readReferences } from "../gitops/referenced.ts"
import { splitDigestRef } from "../oci/digest-ref.ts"
import type { PolicyTarget, RegistryKind } from "../retention/policy.ts"
import { type InUse, policyFiles } from "../retention/policy-files.ts"
import type { Deployment, RetentionRequest } from "./retention-settings.ts"

export type PolicyOptions = { kind: RegistryKind; gitImage: string } & Omit<PolicyTarget, "repository">

/** The rules as a registry's own policy, with what is deployed by now. */
export async function writeRetentionPolicy(
  { repository, set, deployment }: RetentionRequest,
  { kind, gitImage, ...target }: PolicyOptions,
): Promise<Directory> {
  const files = (inUse: InUse) => policyFiles(kind, { set, target: { repository, ...target }, inUse })
  files(undefined) // what the registry cannot express is refused before a repository is cloned
  const references = deployment && (await deployedReferences(deployment, [], gitImage))
  const inUse = references?.bumps.filter((ref) => splitDigestRef(ref).repository.name === repository.name)
  return Object.entries(files(inUse)).reduce((all, [path, text]) => all.withNewFile(path, text), dag.directory())
}

/** Everything that the GitOps branches name; of words, those that are asked for. */
export async function deployedReferences(
  { git, query }: Deployment,
  words: string[],
  image: string,
): Promise<References> {
  return await readReferences({ ...query, words }, { access: gitAccess(git), image, run: newRun() })
}
