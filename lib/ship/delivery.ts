import { openSecret } from "../engine/secret.ts"
import type { Run, Tools } from "../engine/tool.ts"
import { SlipwayError } from "../error.ts"
import { bumpContext, type GitAccessInput } from "../gitops/bump-gitops.ts"
import type { BumpContext, DeliveryChoice } from "../gitops/context.ts"
import { deployedDigests } from "../gitops/deployed.ts"
import { type CommitOptions, parseBumpOptions } from "../gitops/options.ts"
import { planDelivery } from "../gitops/proposal.ts"
import { type Digest, digestOf, digestRef, parseRepository, type Repository } from "../oci/reference.ts"
import type { RegistryAccess } from "../oci/registry-access.ts"
import { signerOf } from "../sign/signature.ts"
import type { Signer, SigningKey } from "../sign/signer.ts"
import { withShipAdvice } from "./step-advice.ts"

/** What the caller said about where a release goes; secrets are told apart only by being there. */
export type DestinationInput = {
  repository?: string
  hasKey: boolean
  gitopsRepo?: string
  gitopsPath?: string
  gitopsImageName?: string
  gitopsEdits?: string[]
  gitopsTag?: string
  gitopsKustomizeOptions?: string[]
}

/**
 * The overlay (or the file, with its edits) that a bump changes, and the name under which it knows the image. `tag` is the
 * template of the tag for what has one; `kustomizeOptions` are what the overlay's controller builds it with.
 */
type BumpTarget = {
  repo: string
  path: string
  image: string
  edits?: string[]
  tag?: string
  kustomizeOptions?: string[]
}

/** A rehearsal touches nothing outside the engine; a delivery does, and may leave out the bump. */
export type Destination = { kind: "rehearsal" } | { kind: "delivery"; repository: Repository; bump?: BumpTarget }

/** All or nothing: half a destination would leave an unsigned image, or a bump to an image that nobody can pull. */
export function parseDestination(input: DestinationInput): Destination {
  const { repository: name, hasKey } = input
  const given = givenNames(input)
  if (given.length === 0) return { kind: "rehearsal" }
  if (!name) throw incomplete("--repository", given)
  if (!hasKey) throw incomplete("--cosign-key", given)
  const repository = parseRepository(name)
  const bump = bumpTarget(input, repository, given)
  return { kind: "delivery", repository, ...(bump && { bump }) }
}

function bumpTarget(input: DestinationInput, repository: Repository, given: string[]): BumpTarget | undefined {
  const { gitopsRepo, gitopsPath, gitopsImageName, gitopsEdits = [], gitopsTag, gitopsKustomizeOptions = [] } = input
  if (!gitopsRepo && !gitopsPath && !gitopsImageName) return undefined
  if (!gitopsRepo) throw incomplete("gitops.repo", given)
  if (!gitopsPath) throw incomplete("gitops.path", given)
  return {
    repo: gitopsRepo,
    path: gitopsPath,
    image: gitopsImageName ?? repository.name,
    ...(gitopsEdits.length && { edits: gitopsEdits }),
    ...(gitopsTag && { tag: gitopsTag }),
    ...(gitopsKustomizeOptions.length && { kustomizeOptions: gitopsKustomizeOptions }),
  }
}

function givenNames({ repository, hasKey, gitopsRepo, gitopsPath, gitopsImageName }: DestinationInput): string[] {
  const given = {
    "--repository": repository,
    "--cosign-key": hasKey,
    "gitops.repo": gitopsRepo,
    "gitops.path": gitopsPath,
    "gitops.imageName": gitopsImageName,
  }
  return Object.entries(given).flatMap(([name, value]) => (value ? [name] : []))
}

function incomplete(missing: string, given: string[]): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: `${missing} with ${given.join(" and ")}`,
    got: "none",
    fix: "Pass --repository (or set repository in slipway.yaml) and --cosign-key, and set gitops.repo and gitops.path in slipway.yaml for the bump. For a rehearsal, omit all of them or pass --rehearse.",
  })
}

/** Where a bump goes: the repository with its access, and the overlay with the name that it knows the image by. */
type BumpPlace = CommitOptions & {
  context: BumpContext
  branch: string
  path: string
  image: string
  edits?: string[]
  /** For values that have a tag; the release writes it before the bump. */
  spareTag?: string
  kustomizeOptions?: string[]
}

/** Everything that a release touches outside its own image, real or rehearsed: the chain cannot tell which. */
export type Place = {
  mode: "rehearsal" | "delivery"
  repository: Repository
  access: RegistryAccess
  key: SigningKey
  /** Whom a verification has to find after that key has signed. */
  signer: Signer
  bump?: BumpPlace
  /** The digests that stand where the bump goes to. */
  deployed?: Digest[]
  /** Lets go of what was started for this run alone. */
  close: () => Promise<void>
}

/** The credentials of a delivery; what they open is named by the destination. */
export type DeliveryInput = {
  access: RegistryAccess
  key: SigningKey
  branch: string
  git: Omit<GitAccessInput, "repo">
  commit?: CommitOptions
  /** Whether the bump is pushed, or proposed by a request. */
  proposal: DeliveryChoice
}

type Delivery = Extract<Destination, { kind: "delivery" }>

/** What opens a delivery, and the tag that a bump may write, by its template. */
type Opening = {
  input: DeliveryInput
  run: Run
  tools: Tools
  spareTag: (template?: string) => Promise<string | undefined>
}

/**
 * Opens what a release will touch, and changes nothing: a key that cannot sign, a repository that cannot be reached or an
 * overlay without the image must fail before anything is pushed, not after.
 */
export async function openDelivery(
  { repository, bump }: Delivery,
  { input, run, tools, spareTag }: Opening,
): Promise<Place> {
  const place = bump && (await bumpPlace(bump, { input, run, tools, spareTag }))
  const looking = Promise.all([
    signerOf(input.key, {
      ...{ cosignImage: tools.cosign, run, access: input.access },
      ref: digestRef(repository, NOT_BUILT_YET),
    }),
    place && rehearseBump(place, digestRef(repository, NOT_BUILT_YET)),
    input.key.kind === "keyless" && openSecret(input.key.identityToken),
  ])
  const [signer, deployed] = await withShipAdvice(looking)
  return {
    mode: "delivery",
    repository,
    access: input.access,
    key: input.key,
    signer,
    ...(place && { bump: place, deployed }),
    close: async () => {},
  }
}

/** The digest is not known yet, and no image has this one. */
const NOT_BUILT_YET: Digest = digestOf("")

async function bumpPlace(
  { repo, path, image, edits, tag: template, kustomizeOptions }: BumpTarget,
  { input, run, tools, spareTag }: Opening,
): Promise<BumpPlace> {
  const writer = { access: { repo, ...input.git }, delivery: input.proposal, image: tools.kustomize }
  const opening = withShipAdvice(bumpContext({ ...writer, gitImage: tools.git, run }))
  const [context, tag] = await Promise.all([opening, spareTag(template)])
  const target = { branch: input.branch, path, image, edits, kustomizeOptions, ...(tag && { spareTag: tag }) }
  return { context, ...target, ...input.commit }
}

/** Answers the digests that the bump would replace. */
async function rehearseBump({ context, ...target }: BumpPlace, ref: string): Promise<Digest[]> {
  const { changes } = await planDelivery(parseBumpOptions({ ...target, ref }), context)
  return deployedDigests(changes)
}
