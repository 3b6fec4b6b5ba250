import { openSecret } from "../engine/secret.ts"
import type { Run, Tools } from "../engine/tool.ts"
import { bumpContext, type GitAccessInput } from "../gitops/bump-gitops.ts"
import type { DeliveryChoice } from "../gitops/context.ts"
import { deployedDigests } from "../gitops/deployed.ts"
import { type CommitOptions, parseBumpOptions } from "../gitops/options.ts"
import { planDelivery } from "../gitops/proposal.ts"
import { type Digest, digestOf, digestRef } from "../oci/reference.ts"
import type { RegistryAccess } from "../oci/registry-access.ts"
import { signerOf } from "../sign/signature.ts"
import type { SigningKey } from "../sign/signer.ts"
import type { BumpTarget, Destination } from "./destination.ts"
import type { BumpPlace, Place } from "./place.ts"
import { inShipsWords } from "./ships-words.ts"

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
  const [signer, deployed] = await inShipsWords(looking)
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
  const opening = inShipsWords(bumpContext({ ...writer, gitImage: tools.git, run }))
  const [context, tag] = await Promise.all([opening, spareTag(template)])
  const target = { branch: input.branch, path, image, edits, kustomizeOptions, ...(tag && { spareTag: tag }) }
  return { context, ...target, ...input.commit }
}

/** Answers the digests that the bump would replace. */
async function rehearseBump({ context, ...target }: BumpPlace, ref: string): Promise<Digest[]> {
  const { changes } = await planDelivery(parseBumpOptions({ ...target, ref }), context)
  return deployedDigests(changes)
}
