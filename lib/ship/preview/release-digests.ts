import type { Run, Tools } from "../../engine/tool.ts"
import { SlipwayError } from "../../error.ts"
import { bumpContext, type GitAccessInput } from "../../gitops/bump-gitops.ts"
import { deployedDigests } from "../../gitops/deployed.ts"
import { type BumpOptions, parseBumpOptions } from "../../gitops/options.ts"
import { planDelivery } from "../../gitops/proposal.ts"
import { type Digest, digestOf, digestRef, type Repository } from "../../oci/reference.ts"

/** The place that a preview's findings are compared with; the image's name in it defaults to the repository. */
export type BaselinePlace =
  | (Pick<BumpOptions, "path" | "branch" | "edits" | "kustomizeOptions"> & { repo: string; image?: string })
  | { reason: string }

/** The digests that are deployed there, or why they are not known. */
export type ReleaseDigests = { path: string; deployed: Digest[] } | { reason: string }

type Reading = { repository: Repository; input: { git: Omit<GitAccessInput, "repo"> }; run: Run; tools: Tools }

/** Whatever fails leaves no baseline, so that every finding counts as new. */
export async function readRelease(
  place: BaselinePlace,
  { repository, input, run, tools }: Reading,
): Promise<ReleaseDigests> {
  if ("reason" in place) return place
  const { repo, path, image = repository.name, ...target } = place
  try {
    const writer = { access: { repo, ...input.git }, image: tools.kustomize, gitImage: tools.git, run }
    const context = await bumpContext(writer)
    const request = parseBumpOptions({ ...target, path, image, ref: digestRef(repository, digestOf("")) })
    return { path, deployed: deployedDigests((await planDelivery(request, context)).changes) }
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error
    return { reason: `${path} could not be read: ${error.message}` }
  }
}
