import type { CiRun } from "../../config/ci.ts"
import type { ServiceSettings } from "../../config/services.ts"
import { mergeCommit, mergeRegistry, mergeSigning } from "../options/delivery-options.ts"
import type { DestinationRequest, ShipFlags } from "../options/flags.ts"
import type { SettingsFiles } from "../options/settings-files.ts"
import type { PreviewOptions } from "./options.ts"

const MESSAGE = "Preview {image} at {digest} in {path}"

/**
 * The destination of a preview: the release's repository under the request's own tag, whatever tags are set, and the request's
 * overlay. It has no replicas, and is pushed to its branch. sign.identity and sign.publicKey name the signer of releases,
 * which need not sign previews: without a key, the identity is that of the request's job.
 */
export function previewDestination(
  flags: ShipFlags,
  settings: ServiceSettings,
  { preview, ci, files = {} }: { preview: PreviewOptions; ci?: CiRun; files?: SettingsFiles },
): DestinationRequest {
  const { gitops, sign = {} } = settings
  const { identity: _, ...signing } = sign
  const { overlay, tag } = preview
  return {
    repository: flags.repository ?? settings.repository,
    signing: mergeSigning(flags.signing, { sign: signing }, { ...files, ci }),
    ...(overlay && {
      gitopsRepo: overlay.repo,
      gitopsPath: overlay.path,
      gitopsImageName: gitops?.imageName,
      gitopsKustomizeOptions: gitops?.kustomizeOptions,
      gitopsPreview: overlay.template ? { template: overlay.template } : {},
    }),
    gitopsBaseline: releasePlace(settings),
    gitopsBranch: overlay?.branch ?? gitops?.branch ?? "main",
    commit: { ...mergeCommit({}, settings), message: MESSAGE },
    proposal: { ...(gitops?.forge && { forge: gitops.forge }) },
    tags: [tag],
    registry: mergeRegistry(flags.registry, settings, files),
    git: flags.git,
  }
}

/** Where the release is deployed: its findings are the known ones, not those of the preview's earlier image. */
function releasePlace({ gitops }: ServiceSettings): DestinationRequest["gitopsBaseline"] {
  if (!gitops?.path) return { reason: "without gitops in slipway.yaml, no release is known to be deployed" }
  const { repo, path, imageName, branch = "main", edits, kustomizeOptions } = gitops
  return { repo, path, branch, ...(imageName && { image: imageName }), edits, kustomizeOptions }
}
