import { type Directory, type File, func, object, type Secret, type Service } from "@dagger.io/dagger"
import type { RegistryKind } from "../enums.ts"
import { gitInput, gitReader, loginToPull, registryInput, stepRegistry } from "./access.ts"

/** Tags and retention of images in a registry */
@object()
export class Registry {
  craneImage!: string
  cosignImage!: string
  kustomizeImage!: string
  gitImage?: string
  settings?: File
  registryUsername?: string
  registryPassword?: Secret
  registryConfig?: Secret
  registryService?: Service
  plainHttp?: boolean
  caCertificate?: File
  gitUsername?: string
  gitToken?: Secret
  gitSshKey?: Secret
  gitKnownHosts?: File
  gitService?: Service
  gitCaCertificate?: File
  gitSigningKey?: Secret
  gitSigningPassword?: Secret
  sourceForgeToken?: Secret
  gitAppId?: string
  gitAppKey?: Secret

  /**
   * Tag an image in a registry from templates: the commit, its version, its branch.
   *
   * Tag what is verified: run signature verify-release first. A tag that already points to this digest is success, also where
   * tags are immutable; one at another digest moves only if it floats, and floating tags are written last. latest, {branch},
   * {major} and {minor} float; any other needs the prefix floating:, as in floating:stable. A floating tag stays at an image
   * of a newer commit of the same repository ({major} and {minor}: of a higher version), as the images' labels say. In a
   * branch and a version, characters that a tag cannot hold become a dash. Returns each tag, and whether it was created,
   * moved, present, or left at a newer image; then the templates that do not apply to this commit, each with the reason.
   * Errors: REFERENCE_INVALID; TAG_INVALID names the template; TAG_CONFLICT names both digests, and then no tag was written;
   * OPTIONS_INVALID; REGISTRY_FAILED.
   *
   * @param ref The image as repository@sha256:<digest>, as publish returns it; a tag alone is refused
   * @param tags Templates with {sha}, {shortSha}, {branch}, {semver}, {major}, {minor}, {date}, or literals; default {sha}
   * @param source The source with its .git, whose commit the templates describe; default none, for literals alone
   * @param defaultBranches Branches that may write latest; default main and master
   * @param force Move floating tags also back to an older commit, as a rollback; default false
   */
  @func({ cache: "never" }) // it writes to the registry
  async tag(
    ref: string,
    tags: string[] = [],
    source?: Directory,
    defaultBranches: string[] = ["main", "master"],
    force: boolean = false,
  ): Promise<string> {
    const { newRun } = await import("#lib/engine/tool.ts")
    const { readRevision } = await import("#lib/config/checkout.ts")
    const { parseDigestRef } = await import("#lib/oci/reference.ts")
    const { imageAccess } = await import("#lib/oci/registry-access.ts")
    const { renderTags } = await import("#lib/publish/tag-state.ts")
    const { planTags } = await import("#lib/publish/tags.ts")
    const { writeTags } = await import("#lib/publish/registry-tags.ts")
    const image = parseDigestRef(ref)
    const access = await imageAccess(image, await stepRegistry(this, ref))
    const revision = source && (await readRevision(source, gitReader(this)))
    const plan = planTags(tags.length ? tags : ["{sha}"], revision, defaultBranches)
    const options = { access, craneImage: this.craneImage, run: newRun(), force }
    return renderTags(image, await writeTags(image, plan.tags, options), plan.unearned)
  }

  /**
   * Delete the images that the retention rules release, through the registry's API, for registries without a policy engine.
   *
   * A dry run unless confirmed. An image's platforms, signatures and attestations are kept while it is kept and deleted with
   * it. Never deleted: what a GitOps branch refers to, a tag that no rule matches, an image of unknown age, a manifest
   * without a tag. An image's age is the creation time in its annotation or config. With preview in slipway.yaml and
   * --source-forge-token, the forge decides about the tags pr-<number>-<sha> instead of the rules: those of a closed request are
   * deleted, and first its overlay, by a commit; without an answer of the forge, everything of a request is kept. Returns what is deleted and what is kept,
   * each with the reason. Errors: REGISTRY_FAILED, also where the registry does not delete, or another client writes to it
   * at the same time; GIT_FAILED; OPTIONS_INVALID.
   *
   * @param repository Repository, as host/path without a tag; default repository in slipway.yaml
   * @param keep Rules as "PATTERN… [last=N] [days=N]", such as "v* latest" (for ever), "pr-* days=7", "main-* last=20"; the first rule that a tag matches decides, and of last and days one is enough; default retention in slipway.yaml
   * @param source The source, whose slipway.yaml has the settings that are no argument
   * @param confirm Delete; default false, a dry run
   * @param asJson Return JSON: {version, repository, deleted, gitopsAsked, overlays: [{number, path}], commit, keep: [{digest, tags, reason}], delete: [{digest, tags, reason, steps}]}; default false
   * @param noGitops Delete without knowing what is deployed; default false
   * @param gitopsRepo Address of the GitOps repository, for what is deployed; default the one in slipway.yaml
   * @param gitopsBranches Its branches; default the one in slipway.yaml, or main
   * @param rollbacks Earlier bumps of each place that are in use too, so that a rollback finds them; default 1
   * @param set Settings of this run as path=VALUE, over those of slipway.yaml, as in ship
   */
  @func({ cache: "never" }) // it deletes
  async prune(
    repository?: string,
    keep: string[] = [],
    source?: Directory,
    confirm: boolean = false,
    asJson: boolean = false,
    noGitops: boolean = false,
    gitopsRepo?: string,
    gitopsBranches: string[] = [],
    rollbacks?: number,
    set: string[] = [],
  ): Promise<string> {
    const { pruneImages, readRetention } = await import("#lib/ship/retention.ts")
    const [git, registry] = [await gitInput(this), registryInput(this)]
    const { sourceForgeToken } = this
    const flags = { repository, keep, gitopsRepo, gitopsBranches, rollbacks, registry, git, sourceForgeToken }
    const gitImage = gitReader(this)
    const request = await readRetention(flags, { source, set, settings: this.settings, gitImage })
    await loginToPull(this, request.repository.name)
    const tools = { craneImage: this.craneImage, cosignImage: this.cosignImage, gitImage }
    return await pruneImages(request, { confirm, json: asJson, noGitops, ...tools })
  }

  /**
   * Write a registry's own retention policy from one set of rules, with how to apply it and what it cannot express.
   *
   * Returns a directory: policy.json (ECR's lifecycle policy, Artifact Registry's cleanup policies, the body of Harbor's
   * POST /api/v2.0/retentions, or the part of zot's configuration) and README.md. A tag that no rule matches is kept, and so
   * is an image with a tag in-use-*: README.md lists the commands that set one on what is deployed. Errors: OPTIONS_INVALID,
   * also where the registry's format cannot express a rule, with what it lacks.
   *
   * @param registry Registry that the policy is for: ECR, ARTIFACT_REGISTRY, HARBOR or ZOT
   * @param repository Repository that it is for, as host/path without a tag; default repository in slipway.yaml
   * @param keep Rules as "PATTERN… [last=N] [days=N]", such as "v* latest" (for ever), "pr-* days=7", "main-* last=20"; the first rule that a tag matches decides, and of last and days one is enough; default retention in slipway.yaml
   * @param source The source, whose slipway.yaml has the settings that are no argument
   * @param untagged Days until the registry removes a manifest that has no tag and belongs to none that has one; default what slipway.yaml says, else never; 0 is never, whatever it says
   * @param harborProject Number of the Harbor project
   * @param manifestsPerImage Artifact Registry counts each platform, signature and attestation of an image; default 16, enough for two platforms
   * @param gitopsRepo Address of the GitOps repository, for what is deployed; default the one in slipway.yaml
   * @param gitopsBranches Its branches; default the one in slipway.yaml, or main
   * @param rollbacks Earlier bumps of each place that are in use too, so that a rollback finds them; default 1
   * @param set Settings of this run as path=VALUE, over those of slipway.yaml, as in ship
   */
  @func({ cache: "never" }) // the GitOps repository changes
  async retentionPolicy(
    registry: RegistryKind,
    repository?: string,
    keep: string[] = [],
    source?: Directory,
    untagged?: number,
    harborProject?: number,
    manifestsPerImage: number = 16,
    gitopsRepo?: string,
    gitopsBranches: string[] = [],
    rollbacks?: number,
    set: string[] = [],
  ): Promise<Directory> {
    const { readRetention, writeRetentionPolicy } = await import("#lib/ship/retention.ts")
    const git = await gitInput(this)
    const flags = { repository, keep, untagged, gitopsRepo, gitopsBranches, rollbacks, git }
    const request = await readRetention(flags, { source, set, settings: this.settings })
    await loginToPull(this, request.repository.name)
    const target = { harborProject, manifestsPerImage }
    return await writeRetentionPolicy(request, { kind: registry, gitImage: gitReader(this), ...target })
  }
}
