import { newRun } from "../../lib/engine/tool.ts"
import {
  bumpContext,
  bumpRepository,
  deploymentHistory,
  type GitAccessInput,
  type VerifyingWriter,
} from "../../lib/gitops/bump-gitops.ts"
import type { DeliveryChoice } from "../../lib/gitops/context.ts"
import { parseBumpOptions } from "../../lib/gitops/options.ts"
import { planDelivery } from "../../lib/gitops/proposal.ts"
import { digestOf } from "../../lib/oci/reference.ts"
import { type MergeState, mergeState } from "../../lib/ship/sync.ts"
import { KUSTOMIZE_IMAGE } from "../../src/tool-images.ts"
import type { Gitea } from "./gitea.ts"
import { type GiteaRepository, secretOf, VALUES } from "./gitea-repository.ts"
import { toolImage } from "./slipway.ts"
import { unverified } from "./unverified.ts"

/** A bump to the image of a build; `order` grows with the source's history. */
export type GiteaBump = {
  build: string
  order: number
  access?: Partial<GitAccessInput>
  delivery?: DeliveryChoice
}

/** Runs of a pipeline that deliver to one repository, each a run of its own. */
export type GiteaPipeline = {
  bump: (wish: GiteaBump) => Promise<string>
  /** What a wait for the merge of a bump reads. */
  merge: (wish: GiteaBump) => Promise<MergeState>
  /** The digests of main's deployments, the newest first. */
  deployed: () => Promise<string[]>
}

export function pipelineOf(gitea: Gitea, repository: GiteaRepository, token: string): GiteaPipeline {
  const writer = ({ access, delivery }: Partial<GiteaBump>): VerifyingWriter => ({
    access: { repo: repository.url, token: secretOf(token), gitService: gitea.service(), ...access },
    ...(delivery && { delivery }),
    image: toolImage("KUSTOMIZEIMAGE") ?? KUSTOMIZE_IMAGE,
    ...{ run: newRun(), verify: unverified },
  })
  const optionsOf = ({ build, order }: GiteaBump) => ({
    ...{ path: VALUES, edits: ["helm:image"], image: "hello", branch: "main", timeout: 280 },
    ...{ ref: `ghcr.io/acme/hello@${digestOf(build)}`, sourceOrder: order, sourceRevision: `commit-${order}` },
  })
  return {
    bump: (wish) => bumpRepository({ ...writer(wish), options: optionsOf(wish), dryRun: false }),
    merge: async (wish) => {
      const plan = await planDelivery(parseBumpOptions(optionsOf(wish)), await bumpContext(writer(wish)))
      return mergeState(plan, { repo: repository.url, branch: "main", path: VALUES, imageName: "hello" })
    },
    deployed: async () => {
      const text = await deploymentHistory({ branches: ["main"], days: 0, asJson: true }, writer({}))
      const { environments } = JSON.parse(text) as { environments: { deployments: { ref: string }[] }[] }
      return environments.flatMap(({ deployments }) => deployments.map(({ ref }) => ref.replace(/^.*@/, "")))
    },
  }
}
