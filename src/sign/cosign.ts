import { type Container, dag } from "@dagger.io/dagger"
import { type Run, withEffect } from "../config/effect.ts"
import { type DigestRef, splitDigestRef } from "../oci/digest-ref.ts"
import type { RegistryAccess } from "../oci/registry-access.ts"
import { type BundleFormat, publicKeyArgs, signArgs } from "./args.ts"
import { readImage } from "./image.ts"
import { keyRefused, signingFailed, verificationFailed } from "./refusal.ts"
import { renderSigner } from "./signer-text.ts"
import type { Signer, SigningKey } from "./signing-key.ts"
import { readPresent, readStatements, type Said, type VerifyOptions } from "./statements.ts"
import { type CosignOptions, cosignFor, runCosign, signWithCosign, withKey } from "./tool.ts"
import { judgeSignature, renderChecks, type Statement } from "./verification.ts"

export type SignOptions = CosignOptions & { craneImage: string; key: SigningKey; formats?: BundleFormat[] }
export type KeyOptions = { cosignImage: string; run: Run; ref?: DigestRef; access?: RegistryAccess }

/** What a verification found: the signer in words, and a line for each thing that was checked. */
export type Verified = { ref: DigestRef; signer: string; checks: string[]; statements: Statement[] }
export type Signed = Verified & { status: "signed" | "alreadySigned"; by: Signer }

/** Signs a digest and believes it only after verifying. What this signer has signed already is not signed again. */
export async function signDigest(ref: DigestRef, options: SignOptions): Promise<Signed> {
  const by = await signerOf(options.key, { ...options, ref })
  let signed: Signed | undefined
  for (const format of options.formats ?? ["v3"]) {
    const next = await signOnce(ref, { ...options, by, format })
    signed = signed ? { ...next, status: signed.status === "signed" ? "signed" : next.status } : next
  }
  if (!signed) throw new Error("no bundle format was asked for")
  return signed
}

async function signOnce(ref: DigestRef, options: SignOptions & { by: Signer; format: BundleFormat }): Promise<Signed> {
  const { by } = options
  const asked = { ...options, signer: by }
  const present = await judge(ref, { ...asked, said: await readPresent(ref, { ...asked, moment: "before" }) })
  if (present.signed) return { ...present.verified, status: "alreadySigned", by }
  await sign(ref, options)
  return { ...(await verifySigned(ref, { ...asked, moment: "after" })), status: "signed", by }
}

/** Refuses an image that is not signed by this signer, for this repository. */
export async function verifySigned(ref: DigestRef, options: VerifyOptions & { moment?: string }): Promise<Verified> {
  const [found] = await Promise.all([
    findSignature(ref, { moment: "verify", ...options }),
    options.craneImage && readImage(ref, { ...options, craneImage: options.craneImage }),
  ])
  if (found.signed) return found.verified
  throw verificationFailed({ ref, signer: await renderSigner(options.signer), reason: found.reason })
}

type Found = { signed: true; verified: Verified } | { signed: false; reason: string }

/** Whether this signer signed the digest, in one form of a signature; why not is an answer too. */
export async function findSignature(ref: DigestRef, options: VerifyOptions & { moment: string }): Promise<Found> {
  return await judge(ref, { ...options, said: await readStatements(ref, options) })
}

async function judge(ref: DigestRef, options: VerifyOptions & { said: Said }): Promise<Found> {
  const { repository, digest } = splitDigestRef(ref)
  const { statements, refusal } = options.said
  if (refusal) return { signed: false, reason: refusal }
  const verdict = judgeSignature(statements, { digest, repository: options.repository ?? repository.name })
  if (!verdict.signed) return verdict
  const signer = await renderSigner(options.signer)
  return { signed: true, verified: { ref, signer, checks: renderChecks(statements, { digest, signer }), statements } }
}

async function sign(ref: DigestRef, options: SignOptions & { format: BundleFormat }): Promise<void> {
  const { key, access, format } = options
  const { repository } = splitDigestRef(ref)
  const args = signArgs(key, { ref, plainHttp: access.plainHttp, format, repository: repository.name })
  const answer = await signWithCosign(cosignFor(ref, options).with(withKey(key)), args)
  if (answer.exitCode !== 0) throw signingFailed({ ref, stderr: answer.stderr })
}

/**
 * Whom a verification has to find after this key has signed. A secret's content is no part of an exec's identity in the
 * engine: without the run, the public half of another key would come back from the cache.
 */
export async function signerOf(key: SigningKey, options: KeyOptions): Promise<Signer> {
  if (key.kind === "keyless") {
    const { identity, issuer, services } = key
    return { kind: "identity", identity, issuer, services }
  }
  const answer = await runCosign(cosignAt(options).with(withKey(key)), publicKeyArgs(key))
  if (answer.exitCode !== 0) throw keyRefused(key.kind, answer.stderr)
  return { kind: "publicKey", publicKey: dag.file("cosign.pub", answer.stdout) }
}

/** With an image's reference, a KMS is asked by the same way as its registry: with the same authority, among others. */
function cosignAt({ cosignImage, run, ref, access }: KeyOptions): Container {
  if (ref && access) return cosignFor(ref, { cosignImage, access, run })
  return dag.container().from(cosignImage).with(withEffect(run))
}
