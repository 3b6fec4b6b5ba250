import { SlipwayError } from "../error.ts"
import { parseRepository, type Repository } from "../oci/reference.ts"

/** What the caller said about where a release goes; secrets are told apart only by being there. */
export type DestinationInput = {
  address?: string
  hasKey: boolean
  gitopsRepo?: string
  gitopsPath?: string
  gitopsImage?: string
  gitopsEdits?: string[]
  gitopsTag?: string
  gitopsKustomizeOptions?: string[]
}

/**
 * The overlay (or the file, with its edits) that a bump changes, and the name under which it knows the image. `tag` is the
 * template of the tag for what has one; `kustomizeOptions` are what the overlay's controller builds it with.
 */
export type BumpTarget = {
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
  const { address, hasKey } = input
  const given = givenNames(input)
  if (given.length === 0) return { kind: "rehearsal" }
  if (!address) throw incomplete("--repository", given)
  if (!hasKey) throw incomplete("--cosign-key", given)
  const repository = parseRepository(address)
  const bump = bumpTarget(input, repository, given)
  return { kind: "delivery", repository, ...(bump && { bump }) }
}

function bumpTarget(input: DestinationInput, repository: Repository, given: string[]): BumpTarget | undefined {
  const { gitopsRepo, gitopsPath, gitopsImage, gitopsEdits = [], gitopsTag, gitopsKustomizeOptions = [] } = input
  if (!gitopsRepo && !gitopsPath && !gitopsImage) return undefined
  if (!gitopsRepo) throw incomplete("gitops.repo", given)
  if (!gitopsPath) throw incomplete("gitops.path", given)
  return {
    repo: gitopsRepo,
    path: gitopsPath,
    image: gitopsImage ?? repository.name,
    ...(gitopsEdits.length && { edits: gitopsEdits }),
    ...(gitopsTag && { tag: gitopsTag }),
    ...(gitopsKustomizeOptions.length && { kustomizeOptions: gitopsKustomizeOptions }),
  }
}

function givenNames({ address, hasKey, gitopsRepo, gitopsPath, gitopsImage }: DestinationInput): string[] {
  const given = {
    "--repository": address,
    "--cosign-key": hasKey,
    "gitops.repo": gitopsRepo,
    "gitops.path": gitopsPath,
    "gitops.image": gitopsImage,
  }
  return Object.entries(given).flatMap(([name, value]) => (value ? [name] : []))
}

function incomplete(missing: string, given: string[]): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: `${missing} beside ${given.join(" and ")}`,
    got: "none",
    fix: "Give --repository (image in slipway.yaml) and --cosign-key, and for the bump gitops.repo with gitops.path in slipway.yaml; or none of them for a rehearsal, or --rehearse to leave them aside.",
  })
}
