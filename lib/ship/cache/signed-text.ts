import type { File } from "@dagger.io/dagger"
import type { CacheSituation } from "../../cache/trust.ts"
import { requiredSignature } from "../../cache/trust.ts"
import type { Run } from "../../engine/tool.ts"
import { parseRepository, type Repository } from "../../oci/reference.ts"
import type { RegistryAccess } from "../../oci/registry-access.ts"
import { blobRefusal, signBlob } from "../../sign/blob.ts"
import { renderSigner, type Signer, type SigningKey } from "../../sign/signer.ts"

/** What the place of a release adds: who signs caches, and whose they must be. A rehearsal's key signs nothing that lasts. */
export type CachePlace = { repository: Repository; access: RegistryAccess; signer: Signer; key: SigningKey }

/** `signer` is who must have signed what a rehearsal reads from a registry. */
export type TrustOptions = { store?: { repository: Repository; access: RegistryAccess }; signer?: Signer }

export type TrustSetup = Pick<CacheSituation, "mode"> & { cosignImage: string; repository: string; run: Run }

type Trust = { options: TrustOptions; setup: TrustSetup; place?: Promise<CachePlace> }

/** The signer of what a run reads; none is needed for a directory in a rehearsal. */
export async function requiredSigner(
  { options, setup, place }: Trust,
  store: CacheSituation["store"],
): Promise<{ signer?: Signer } | { refused: string }> {
  const signer = setup.mode === "rehearsal" ? options.signer : (await place)?.signer
  const required = requiredSignature({ mode: setup.mode, store }, signer !== undefined)
  if (typeof required === "object") return required
  return required === "required" && signer ? { signer } : {}
}

type SignedText = { text: string; signature?: File }

/** Who signed a text, as the release's signer; or why it does not count as signed. */
export async function verifyText(
  { text, signature }: SignedText,
  { signer, options, setup, place }: Trust & { signer: Signer },
): Promise<{ signer: string } | { refused: string }> {
  if (!signature) return { refused: "it is not signed" }
  const { cosignImage, run } = setup
  const { repository, access } =
    setup.mode === "rehearsal" ? rehearsalAccess(options, setup) : await requirePlace(place)
  const refusal = await blobRefusal(text, { signer, signature, repository, access, cosignImage, run })
  const name = await renderSigner(signer)
  return refusal === undefined ? { signer: name } : { refused: `it has no valid signature by ${name}: ${refusal}` }
}

function rehearsalAccess(
  { store }: TrustOptions,
  { repository }: TrustSetup,
): Pick<CachePlace, "repository" | "access"> {
  return store ?? { repository: parseRepository(repository), access: { plainHttp: false } }
}

async function requirePlace(place: Promise<CachePlace> | undefined): Promise<CachePlace> {
  const opened = await place
  if (opened) return opened
  throw new Error("the release has no place yet")
}

/** A rehearsal's key is gone with the run, so it signs nothing. */
export async function signText(text: string, { setup, place }: Omit<Trust, "options">): Promise<File | undefined> {
  if (setup.mode === "rehearsal") return undefined
  const { key, repository, access } = await requirePlace(place)
  return await signBlob(text, { key, repository, access, cosignImage: setup.cosignImage, run: setup.run })
}
