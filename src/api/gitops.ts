import { type Directory, type File, func, object, type Secret, type Service } from "@dagger.io/dagger"
import { type Forge, lowerCase } from "../enums.ts"
import { checkedWriter, gitWriter, givenSettings, imageVerifier } from "./access.ts"

/** Environments of the GitOps repository: what is deployed, promotion, rollback */
@object()
export class Gitops {
  kustomizeImage!: string
  cosignImage!: string
  craneImage!: string
  gitImage?: string
  trivyImage!: string
  helmImage!: string
  kubeconformImage!: string
  conftestImage!: string
  kyvernoImage!: string
  kubernetesSchemas?: Directory
  settings?: File
  registryUsername?: string
  registryPassword?: Secret
  registryConfig?: Secret
  registryService?: Service
  plainHttp?: boolean
  caCertificate?: File
  kmsKey?: string
  kmsCredentials?: Secret[]
  kmsCredentialNames?: string[]
  identity?: string
  issuer?: string
  fulcioUrl?: string
  rekorUrl?: string
  timestampUrl?: string
  signingConfig?: File
  trustedRoot?: File
  gitUsername?: string
  gitToken?: Secret
  gitSshKey?: Secret
  gitKnownHosts?: File
  gitService?: Service
  gitCaCertificate?: File
  gitSigningKey?: Secret
  gitSigningPassword?: Secret
  gitForgeToken?: Secret
  gitAppId?: string
  gitAppKey?: Secret

  /**
   * Read which image an environment runs, as the GitOps repository has it.
   *
   * Returns repository@sha256:<digest>, as signature verify-release and cluster wait-for-sync take it. Arguments that are
   * left out come from gitops in the constructor's settings. Errors: IMAGE_NOT_FOUND if there is no digest of the image, or
   * more than one, with the values found; OVERLAY_INVALID; EDIT_INVALID; GIT_FAILED; OPTIONS_INVALID.
   *
   * @param path Directory of the kustomize overlay, or the file of the edits, relative to the repository's root; default the one in the settings
   * @param imageName Name of the image in the manifests, without tag or digest; default the one in the settings, else their repository
   * @param repo Address of the GitOps repository, as `git clone` takes it and without a login in it; default the one in the settings
   * @param branch Branch to read; default the one in the settings, else main
   * @param edits Values in the file at path that hold the image, as in bump-gitops; default those in the settings for their own path, else none, an overlay
   * @param repository Repository that the image is pulled from, if a digest stands alone in the file; default the one that stands with the digest
   * @param kustomizeOptions Options of kustomize build, as in bump-gitops; default those in the settings, else none
   * @param timeout Longest time, in seconds; default the one in the settings, else 300
   */
  @func({ cache: "never" }) // the GitOps repository changes
  async deployed(
    path?: string,
    imageName?: string,
    repo?: string,
    branch?: string,
    edits: string[] = [],
    repository?: string,
    kustomizeOptions: string[] = [],
    timeout?: number,
  ): Promise<string> {
    const { deployedImage } = await import("#lib/gitops/bump-gitops.ts")
    const { mergePlace, mergeProposal } = await import("#lib/ship/options/delivery-options.ts")
    const flags = { path, image: imageName, repo, branch, edits, kustomizeOptions, timeout }
    const settings = await givenSettings(this)
    const place = mergePlace(flags, settings)
    const { forge, endpoint } = mergeProposal({}, settings)
    return await deployedImage({ ...place.options, repository }, await gitWriter(place.repo, this, { forge, endpoint }))
  }

  /**
   * List what was deployed where and when, with lead time, deployment frequency and rollbacks.
   *
   * Reads the trailers that bump-gitops, ship, gitops promote and gitops rollback write into their commits. Returns a table for
   * each environment, an image in one overlay or file, and four DORA figures: deployments a week, the median lead time from the
   * source commit to the GitOps commit, rollbacks in percent of deployments, and the median time from a deployment to its
   * rollback. A lead time needs bumps whose order is a commit time, as ship's is. Errors: GIT_FAILED; OPTIONS_INVALID.
   * Source: https://dora.dev/guides/dora-metrics/
   *
   * @param repo Address of the GitOps repository, as `git clone` takes it and without a login in it; default the one in the settings
   * @param branches Branches to read; default the one in the settings, else main
   * @param path Only this overlay or file; default all
   * @param imageName Only this image, by its name in the manifests; default all
   * @param days Length of the window that ends now, in days; 0 for the whole history; default 90
   * @param asJson Return JSON: {version, repo, branches, environments: [{branch, path, imageName, days, deployed, rolledBack, perWeek, leadTime, changeFailureRate, timeToRestore, deployments}]}, durations in seconds, rates from 0 to 1; default false
   * @param timeout Longest time, in seconds; default the one in the settings, else 300
   */
  @func({ cache: "never" }) // the GitOps repository changes
  async history(
    repo?: string,
    branches: string[] = [],
    path?: string,
    imageName?: string,
    days: number = 90,
    asJson: boolean = false,
    timeout?: number,
  ): Promise<string> {
    const { deploymentHistory } = await import("#lib/gitops/bump-gitops.ts")
    const { mergeHistory, mergeProposal } = await import("#lib/ship/options/delivery-options.ts")
    const settings = await givenSettings(this)
    const place = mergeHistory({ repo, branches, days, path, image: imageName, timeout }, settings)
    const { forge, endpoint } = mergeProposal({}, settings)
    return await deploymentHistory({ ...place.options, asJson }, await gitWriter(place.repo, this, { forge, endpoint }))
  }

  /**
   * Copy the digest that runs in one environment to the next one: from staging to production, for example.
   *
   * Reads in `from` what bump-gitops would replace there, and writes it to `to` in one commit, with the source commit that it
   * was built from in the trailers. Where a signer is named, the image is verified first, as bump-gitops does. Arguments that are
   * left out come from gitops in the constructor's settings. Returns what bump-gitops returns. Errors: IMAGE_NOT_FOUND if there is no digest, or more than one, in `from`, with the values found;
   * and those of bump-gitops.
   *
   * @param from Directory of the overlay, or file with fromEdits, that has the digest
   * @param to Directory of the overlay, or file with toEdits, that gets it
   * @param imageName Name of the image in the manifests, without tag or digest; default the one in the settings, else their repository
   * @param repo Address of the GitOps repository, as `git clone` takes it and without a login in it; default the one in the settings
   * @param repository Repository that the image is pulled from; default the one that stands with the digest
   * @param fromEdits Values in the file from that hold the image, as in bump-gitops; default none, an overlay
   * @param toEdits Values in the file to that get it; default none, an overlay
   * @param tag Tag to write with the digest, as in bump-gitops; default the tag that the image has in `from`, for values with a tag
   * @param branch Branch to commit to; default the one in the settings, else main
   * @param kustomizeOptions Options of kustomize build, as in bump-gitops; default those in the settings, else none
   * @param message Commit message with {image} {digest} {path} {ref} {revision} {order} {pipeline} to be filled in; default Promote {image} at {digest} to {path}
   * @param authorName Author and committer of the commit; default the one in the settings, else slipway
   * @param authorEmail Email address of the author; default the one in the settings, else slipway@noreply.invalid
   * @param signOff Add a Signed-off-by line; default what the settings say, else false
   * @param pipeline Address of the pipeline run, for the commit's trailers
   * @param timeout Longest time for all tries together, in seconds; default the one in the settings, else 300
   * @param pullRequest Propose the change in a pull or merge request instead of pushing it; the next change of the same places updates it; default what the settings say, else false
   * @param autoMerge Let the forge merge the request when its checks pass; default what the settings say, else false
   * @param forge Software of the repository's host; default what the settings say, else the host's name
   * @param forgeEndpoint Address of the forge's API; default what the settings say, else the usual one of its host
   * @param publicKey The signer's public key, PEM; a signer here, in the constructor or in the settings makes the function verify the image first
   * @param identityPattern A regular expression from ^ to $ instead, for several branches or tags
   * @param issuerPattern A regular expression from ^ to $ instead
   * @param signedRepository Repository that the signature was made for, if the image has been copied since; default the reference's
   * @param signatureOnly Require only the signature, for an image without provenance and attestations; default false
   * @param unverified Write the digest without a verification although a signer is named; default false
   */
  @func({ cache: "never" }) // it pushes, to a branch that others move
  async promote(
    from: string,
    to: string,
    imageName?: string,
    repo?: string,
    repository?: string,
    fromEdits: string[] = [],
    toEdits: string[] = [],
    tag?: string,
    branch?: string,
    kustomizeOptions: string[] = [],
    message?: string,
    authorName?: string,
    authorEmail?: string,
    signOff?: boolean,
    pipeline?: string,
    timeout?: number,
    pullRequest?: boolean,
    autoMerge?: boolean,
    forge?: Forge,
    forgeEndpoint?: string,
    publicKey?: File,
    identityPattern?: string,
    issuerPattern?: string,
    signedRepository?: string,
    signatureOnly: boolean = false,
    unverified: boolean = false,
  ): Promise<string> {
    const { promoteRepository } = await import("#lib/gitops/bump-gitops.ts")
    const { mergePromotion } = await import("#lib/ship/options/delivery-options.ts")
    const proposal = proposalOf({ pullRequest, autoMerge, forge, forgeEndpoint })
    const commit = { message, authorName, authorEmail, signOff, pipeline, timeout, tag, branch, kustomizeOptions }
    const places = { from: { path: from, edits: fromEdits }, to: { path: to, edits: toEdits }, repository }
    const flags = { repo, image: imageName, ...commit, ...places, proposal }
    const verification = { publicKey, identityPattern, issuerPattern, signedRepository, signatureOnly, unverified }
    const promotion = mergePromotion(flags, await givenSettings(this))
    const writer = await checkedWriter(promotion.repo, this, promotion.proposal)
    const verify = await imageVerifier(this, verification)
    return await promoteRepository(promotion.options, { ...writer, verify })
  }

  /**
   * Return to an earlier bump of an image, as a new commit.
   *
   * Finds the bump by the trailers that bump-gitops and ship write. Pipelines of the source that is rolled back, or of an
   * older one, do not deploy it again; a newer source does. Where a signer is named, the earlier image is verified first, as
   * bump-gitops does; one of a former signer is verified by that one's key or identity, for this call. Arguments that are left out
   * come from gitops in the constructor's settings. Returns what bump-gitops returns. Errors: ROLLBACK_IMPOSSIBLE lists the earlier
   * bumps; and those of bump-gitops.
   *
   * @param path Directory of the kustomize overlay, or the file of the edits, relative to the repository's root; default the one in the settings
   * @param imageName Name of the image in the manifests, without tag or digest; default the one in the settings, else their repository
   * @param repo Address of the GitOps repository, as `git clone` takes it and without a login in it; default the one in the settings
   * @param to Target of the rollback: previous, a digest, a source commit or a commit of this repository; default previous
   * @param edits Values in the file at path that hold the image, as in bump-gitops; default those in the settings for their own path, else none, an overlay
   * @param tag Tag to write with the digest, as in bump-gitops; default the tag that the image had there, for values with a tag
   * @param branch Branch to commit to; default the one in the settings, else main
   * @param kustomizeOptions Options of kustomize build, as in bump-gitops; default those in the settings, else none
   * @param message Commit message with {image} {digest} {path} {ref} {revision} {order} {pipeline} to be filled in; default Roll {image} back to {digest} in {path}
   * @param authorName Author and committer of the commit; default the one in the settings, else slipway
   * @param authorEmail Email address of the author; default the one in the settings, else slipway@noreply.invalid
   * @param signOff Add a Signed-off-by line; default what the settings say, else false
   * @param pipeline Address of the pipeline run, for the commit's trailers
   * @param timeout Longest time for all tries together, in seconds; default the one in the settings, else 300
   * @param pullRequest Propose the change in a pull or merge request instead of pushing it; the next change of the same places updates it; default what the settings say, else false
   * @param autoMerge Let the forge merge the request when its checks pass; default what the settings say, else false
   * @param forge Software of the repository's host; default what the settings say, else the host's name
   * @param forgeEndpoint Address of the forge's API; default what the settings say, else the usual one of its host
   * @param publicKey The signer's public key, PEM; a signer here, in the constructor or in the settings makes the function verify the image first
   * @param identityPattern A regular expression from ^ to $ instead, for several branches or tags
   * @param issuerPattern A regular expression from ^ to $ instead
   * @param signedRepository Repository that the signature was made for, if the image has been copied since; default the reference's
   * @param signatureOnly Require only the signature, for an image without provenance and attestations; default false
   * @param unverified Write the digest without a verification although a signer is named; default false
   */
  @func({ cache: "never" }) // it pushes, to a branch that others move
  async rollback(
    path?: string,
    imageName?: string,
    repo?: string,
    to: string = "previous",
    edits: string[] = [],
    tag?: string,
    branch?: string,
    kustomizeOptions: string[] = [],
    message?: string,
    authorName?: string,
    authorEmail?: string,
    signOff?: boolean,
    pipeline?: string,
    timeout?: number,
    pullRequest?: boolean,
    autoMerge?: boolean,
    forge?: Forge,
    forgeEndpoint?: string,
    publicKey?: File,
    identityPattern?: string,
    issuerPattern?: string,
    signedRepository?: string,
    signatureOnly: boolean = false,
    unverified: boolean = false,
  ): Promise<string> {
    const { rollbackRepository } = await import("#lib/gitops/bump-gitops.ts")
    const { mergeRollback } = await import("#lib/ship/options/delivery-options.ts")
    const proposal = proposalOf({ pullRequest, autoMerge, forge, forgeEndpoint })
    const commit = { message, authorName, authorEmail, signOff, pipeline, timeout, tag, branch, kustomizeOptions }
    const flags = { repo, path, image: imageName, to, edits, ...commit, proposal }
    const verification = { publicKey, identityPattern, issuerPattern, signedRepository, signatureOnly, unverified }
    const merged = mergeRollback(flags, await givenSettings(this))
    const writer = await checkedWriter(merged.repo, this, merged.proposal)
    const verify = await imageVerifier(this, verification)
    return await rollbackRepository(merged.options, { ...writer, verify })
  }
}

type ProposalFlags = { pullRequest?: boolean; autoMerge?: boolean; forge?: Forge; forgeEndpoint?: string }

/** How a change reaches its branch, in the implementation's words. */
export function proposalOf({ forge, forgeEndpoint: endpoint, ...flags }: ProposalFlags) {
  return { ...flags, forge: forge && lowerCase(forge), endpoint }
}
