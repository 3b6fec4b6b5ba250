import type { BumpContext } from "../gitops/context.ts"
import type { CommitOptions } from "../gitops/options.ts"
import type { Digest, Repository } from "../oci/reference.ts"
import type { RegistryAccess } from "../oci/registry-access.ts"
import type { Signer, SigningKey } from "../sign/signer.ts"

/** Where a bump goes: the repository with its access, and the overlay with the name that it knows the image by. */
export type BumpPlace = CommitOptions & {
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
