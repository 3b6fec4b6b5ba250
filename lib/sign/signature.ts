import { type Container, dag } from "@dagger.io/dagger"
import { allInOrder, deferRejection } from "../engine/concurrency.ts"
import { readableText, secretText } from "../engine/secret.ts"
import { type Run, withEffect } from "../engine/tool.ts"
import { type DigestRef, splitDigestRef } from "../oci/reference.ts"
import type { Listings } from "../oci/referrers.ts"
import type { RegistryAccess } from "../oci/registry-access.ts"
import { type BundleFormat, publicKeyArgs, signArgs } from "./args.ts"
import { type CosignOptions, cosignFor, openKey, runCosign, signWithCosign, withKey } from "./cosign-run.ts"
import { readImage } from "./image.ts"
import { keyRefusal, signingFailure, verificationFailure } from "./refusal.ts"
import { renderSigner, type Signer, type SigningKey } from "./signer.ts"
import { readPresent, readVerdict, type SignatureStatements, type VerifyOptions } from "./statements.ts"
import { judgeSignature, predicateLabel, renderChecks, SIGNATURE_TYPES, type Statement } from "./verification.ts"

export type SignOptions = CosignOptions & {
  craneImage: string
  key: SigningKey
  formats?: BundleFormat[]
  /** Whom a verification has to find, where that is known before. */
  signer?: Signer
  /** Set where a release is signed, attested and then verified as a whole: what referred to its digests before. */
  release?: Listings
  /** What was done before, as a sentence, for a failure; default that nothing was tagged. */
  outcome?: string
}
export type KeyOptions = { cosignImage: string; run: Run; ref?: DigestRef; access?: RegistryAccess }

/** What a verification found: the signer in words, and a line for each thing that was checked. */
export type VerifiedImage = { ref: DigestRef; signer: string; checks: string[]; statements: Statement[] }
type SignedImage = VerifiedImage & { status: "signed" | "alreadySigned"; by: Signer }

/** Signs a digest and believes it only after verifying. What this signer has signed already is not signed again. */
export async function signDigest(ref: DigestRef, options: SignOptions): Promise<SignedImage> {
  const by = deferRejection(knownSigner(ref, options))
  let signed: SignedImage | undefined
  for (const format of options.formats ?? ["v3"]) {
    const next = await signOnce(ref, { ...options, by, format })
    signed = signed ? { ...next, status: signed.status === "signed" ? "signed" : next.status } : next
  }
  if (!signed) throw new Error("no bundle format was asked for")
  return signed
}

type SignOnce = SignOptions & { by: Promise<Signer>; format: BundleFormat }

async function signOnce(ref: DigestRef, options: SignOnce): Promise<SignedImage> {
  const said = await readPresent(ref, { ...options, signer: options.by, moment: "before", types: SIGNATURE_TYPES })
  if (said.statements.length > 0) {
    const by = await options.by
    const present = await judge(ref, { ...options, signer: by, said })
    if (present.signed) return { ...present.verified, status: "alreadySigned", by }
  }
  // side by side: a key that can do neither is refused as a key, and not as a failed signature
  const [by] = await allInOrder([options.by, sign(ref, options)])
  // what a token's certificate names shows only now; a key's own public half cannot be another's
  if (options.release && by.kind !== "identity") return await unread(ref, by)
  return { ...(await verifySigned(ref, { ...options, signer: by, moment: "after" })), status: "signed", by }
}

async function unread(ref: DigestRef, by: Signer): Promise<SignedImage> {
  return { ref, by, status: "signed", signer: await renderSigner(by), checks: [], statements: [] }
}

/** Refuses an image that is not signed by this signer, for this repository. */
export async function verifySigned(
  ref: DigestRef,
  options: VerifyOptions & { moment?: string },
): Promise<VerifiedImage> {
  const [found] = await Promise.all([
    findSignature(ref, { moment: "verify", ...options }),
    options.craneImage && readImage(ref, { ...options, craneImage: options.craneImage }),
  ])
  if (found.signed) return found.verified
  throw verificationFailure({ ref, signer: await renderSigner(options.signer), reason: found.reason })
}

type SignatureSearch = { signed: true; verified: VerifiedImage } | { signed: false; reason: string }

/** Whether this signer signed the digest, in one form of a signature; why not is an answer too. */
export async function findSignature(
  ref: DigestRef,
  options: VerifyOptions & { moment: string },
): Promise<SignatureSearch> {
  return await judge(ref, { ...options, said: await readVerdict(ref, options) })
}

async function judge(ref: DigestRef, options: VerifyOptions & { said: SignatureStatements }): Promise<SignatureSearch> {
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
  const answer = await signWithCosign(cosignFor(ref, options).with(withKey(await openKey(key))), args)
  if (answer.exitCode !== 0) throw signingFailure({ ref, stderr: answer.stderr, outcome: options.outcome })
}

/** Asked for once: in a release, where it is opened. */
export async function knownSigner(ref: DigestRef | undefined, options: SignOptions): Promise<Signer> {
  return options.signer ?? (await signerOf(options.key, { ...options, ref }))
}

/**
 * Whom a verification has to find after this key has signed. A secret's content is no part of an exec's identity in the
 * engine: without the run, the public half of another key would come back from the cache.
 */
export async function signerOf(key: SigningKey, options: KeyOptions): Promise<Signer> {
  if (key.kind === "keyless") {
    await requireReadable(key)
    const { identity, issuer, services } = key
    return { kind: "identity", identity, issuer, services }
  }
  await requireReadable(key)
  const answer = await runCosign(cosignAt(options).with(withKey(await openKey(key))), publicKeyArgs(key))
  if (answer.exitCode !== 0) throw keyRefusal(key.kind, answer.stderr)
  return { kind: "publicKey", publicKey: dag.file("cosign.pub", answer.stdout) }
}

/** cosign gets its secrets as handles; one that is not there, or empty, ends its exec with words that name no argument. */
async function requireReadable(key: SigningKey): Promise<void> {
  switch (key.kind) {
    case "keyPair":
      await secretText(key.key, "--cosign-key")
      if (key.password) await readableText(key.password, "--cosign-password")
      return
    case "kms":
      for (const { name, value } of key.credentials) await readableText(value, `${name} of --kms-credentials`)
      return
    case "keyless":
      // one that is asked for right before it signs names its own arguments
      if (typeof key.identityToken !== "function") await secretText(key.identityToken, "--identity-token")
  }
}

/** With an image's reference, a KMS is asked by the same way as its registry: with the same authority, among others. */
function cosignAt({ cosignImage, run, ref, access }: KeyOptions): Container {
  if (ref && access) return cosignFor(ref, { cosignImage, access, run })
  return dag.container().from(cosignImage).with(withEffect(run))
}

/** What signing answers, for a person. */
export function renderSignature({ ref, status, checks }: { ref: string; status: string; checks: string[] }): string {
  const done = status === "signed" ? `Signed ${ref}` : `${ref} was signed before, and nothing was added`
  return [`${done}.`, ...checks.map(checkLine)].join("\n")
}

export function renderAttestations(attested: { ref: string; type: string; status: string }[]): string {
  return attested
    .map(({ ref, type, status }) =>
      status === "attested"
        ? `Attested the ${predicateLabel(type)} of ${ref}, and verified it.`
        : `The ${predicateLabel(type)} of ${ref} was attested before, and nothing was added.`,
    )
    .join("\n")
}

export function renderVerification(all: { ref: string; checks: string[] }[]): string {
  const lines = all.flatMap(({ ref, checks }) => [`${ref} is what it says.`, ...checks.map(checkLine)])
  return [...new Set(lines)].join("\n")
}

function checkLine(check: string): string {
  return `  verified: ${check}`
}
