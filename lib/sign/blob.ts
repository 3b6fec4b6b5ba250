import { dag, type File, ReturnType } from "@dagger.io/dagger"
import { COSIGN } from "../engine/tool.ts"
import { type DigestRef, digestOf, digestRef, type Repository } from "../oci/reference.ts"
import { NONROOT } from "../oci/registry-access.ts"
import { COSIGN_PATHS, signBlobArgs, verifyBlobArgs } from "./args.ts"
import { type CosignOptions, cosignFor, openKey, runCosign, withFile, withKey, withSigner } from "./cosign-run.ts"
import { explain, signingFailure } from "./refusal.ts"
import type { Signer, SigningKey } from "./signer.ts"
import { parseTrustedRoot } from "./trusted-root.ts"

/** A text to sign, and the repository whose access cosign has, for a key in a KMS or a private authority. */
type BlobOptions = CosignOptions & { repository: Repository }

const OUTPUT = `${COSIGN_PATHS.work}/blob.sigstore.json`

/** Signs a text; the signature is a Sigstore bundle. */
export async function signBlob(text: string, { key, ...options }: BlobOptions & { key: SigningKey }): Promise<File> {
  const ref = refOf(options.repository, text)
  const cosign = cosignFor(ref, options)
    .with(withFile(COSIGN_PATHS.blob, dag.file("blob", text)))
    .withDirectory(COSIGN_PATHS.work, dag.directory(), { owner: NONROOT })
    .with(withKey(await openKey(key), options.cosignImage))
  const args = signBlobArgs(key, OUTPUT)
  const { exitCode, stderr } = await runCosign(cosign, args)
  if (exitCode !== 0) throw signingFailure({ ref: "the description of the caches", stderr })
  // the same exec again is that one
  return cosign.withExec([COSIGN, ...args], { expect: ReturnType.Any }).file(OUTPUT)
}

/** Why a text has no valid signature by the signer; undefined if it has one. A failed verification is no signature. */
export async function blobRefusal(
  text: string,
  { signer, signature, ...options }: BlobOptions & { signer: Signer; signature: File },
): Promise<string | undefined> {
  const root = signer.kind === "identity" ? await signer.services.trustedRoot?.contents() : undefined
  const cosign = cosignFor(refOf(options.repository, text), options)
    .with(withSigner(signer, options.cosignImage))
    .with(withFile(COSIGN_PATHS.blob, dag.file("blob", text)))
    .with(withFile(COSIGN_PATHS.blobSignature, signature))
  const args = verifyBlobArgs(signer, root === undefined ? undefined : parseTrustedRoot(root))
  const { exitCode, stderr } = await runCosign(cosign, args)
  return exitCode === 0 ? undefined : explain(stderr)
}

/** Selects the registry's access only: no manifest has this digest. */
function refOf(repository: Repository, text: string): DigestRef {
  return digestRef(repository, digestOf(text))
}
