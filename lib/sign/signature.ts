import { type Container, dag } from "@dagger.io/dagger"
import { allInOrder, deferRejection } from "../engine/concurrency.ts"
import { readableText, secretText } from "../engine/secret.ts"
import { type Run, type ToolResult, withEffect } from "../engine/tool.ts"
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
  /** The signer that a verification must find, if it is known before signing. */
  signer?: Signer
  /** The referrers before signing; set if a release is signed, attested and then verified as a whole. */
  release?: Listings
  /** The result of a signature as a bundle that was made with the listing of the referrers. */
  made?: ToolResult
  /** A sentence about what was done before, for a failure; default that nothing was tagged. */
  outcome?: string
}
export type KeyOptions = { cosignImage: string; run: Run; ref?: DigestRef; access?: RegistryAccess }

/** A verified image: the signer as text, and one line per check. */
export type VerifiedImage = { ref: DigestRef; signer: string; checks: string[]; statements: Statement[] }
type SignedImage = VerifiedImage & { status: "signed" | "alreadySigned"; by: Signer }

/** Signs a digest, then verifies the signature. A digest that this signer has signed is not signed again. */
export async function signDigest(ref: DigestRef, options: SignOptions): Promise<SignedImage> {
  const by = deferRejection(knownSigner(ref, options))
  let signed: SignedImage | undefined
  for (const format of options.formats ?? ["v3"]) {
    const next = await signOnce(ref, { ...options, by, format })
    signed = signed ? { ...next, status: signed.status === "signed" ? "signed" : next.status } : next
  }
  if (!signed) throw new Error("no bundle format was requested")
  return signed
}

type SignOnce = SignOptions & { by: Promise<Signer>; format: BundleFormat }

async function signOnce(ref: DigestRef, options: SignOnce): Promise<SignedImage> {
  const found = await readPresent(ref, { ...options, signer: options.by, moment: "before", types: SIGNATURE_TYPES })
  if (found.statements.length > 0) {
    const by = await options.by
    const present = await judge(ref, { ...options, signer: by, found })
    if (present.signed) return { ...present.verified, status: "alreadySigned", by }
  }
  // concurrent, so that a key that cannot be read is refused as a key, not as a failed signature
  const [by] = await allInOrder([options.by, sign(ref, options)])
  // only a certificate can name another signer than expected; a key's public half is known
  if (options.release && by.kind !== "identity") return await unread(ref, by)
  return { ...(await verifySigned(ref, { ...options, signer: by, moment: "after" })), status: "signed", by }
}

async function unread(ref: DigestRef, by: Signer): Promise<SignedImage> {
  return { ref, by, status: "signed", signer: await renderSigner(by), checks: [], statements: [] }
}

/** Refuses an image without a signature by this signer for this repository. */
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

/** Looks for this signer's signature of the digest, in one format; without one, `reason` says why. */
export async function findSignature(
  ref: DigestRef,
  options: VerifyOptions & { moment: string },
): Promise<SignatureSearch> {
  return await judge(ref, { ...options, found: await readVerdict(ref, options) })
}

async function judge(
  ref: DigestRef,
  options: VerifyOptions & { found: SignatureStatements },
): Promise<SignatureSearch> {
  const { repository, digest } = splitDigestRef(ref)
  const { statements, refusal } = options.found
  if (refusal) return { signed: false, reason: refusal }
  const verdict = judgeSignature(statements, { digest, repository: options.repository ?? repository.name })
  if (!verdict.signed) return verdict
  const signer = await renderSigner(options.signer)
  return { signed: true, verified: { ref, signer, checks: renderChecks(statements, { digest, signer }), statements } }
}

async function sign(ref: DigestRef, options: SignOptions & { format: BundleFormat }): Promise<void> {
  const { key, format, made } = options
  const { exitCode, stderr } = await signWithCosign(signingArgs(ref, options), {
    cosign: async () => cosignFor(ref, options).with(withKey(await openKey(key), options.cosignImage)),
    first: format === "v3" ? made : undefined,
  })
  if (exitCode !== 0) throw signingFailure({ ref, stderr, outcome: options.outcome })
}

/** The arguments that sign an image for its repository. */
export function signingArgs(
  ref: DigestRef,
  { key, access, format }: Pick<SignOptions, "key" | "access"> & { format: BundleFormat },
): string[] {
  const { repository } = splitDigestRef(ref)
  return signArgs(key, { ref, plainHttp: access.plainHttp, format, repository: repository.name })
}

/** A release reads its signer once, when it opens the key. */
export async function knownSigner(ref: DigestRef | undefined, options: SignOptions): Promise<Signer> {
  return options.signer ?? (await signerOf(options.key, { ...options, ref }))
}

/**
 * The signer that a verification must find after this key has signed. A secret's content is not part of an exec's cache
 * key, so without the run the engine could return another key's public half from its cache.
 */
export async function signerOf(key: SigningKey, options: KeyOptions): Promise<Signer> {
  if (key.kind === "keyless") {
    await requireReadable(key)
    const { identity, issuer, services } = key
    return { kind: "identity", identity, issuer, services }
  }
  await requireReadable(key)
  const cosign = cosignAt(options).with(withKey(await openKey(key), options.cosignImage))
  const { exitCode, stdout, stderr } = await runCosign(cosign, publicKeyArgs(key))
  if (exitCode !== 0) throw keyRefusal(key.kind, stderr)
  return { kind: "publicKey", publicKey: dag.file("cosign.pub", stdout) }
}

/** Reads each secret before cosign does: cosign's error for a missing or empty one names no argument. */
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
      // a token that is requested right before signing names its arguments itself
      if (typeof key.identityToken !== "function") await secretText(key.identityToken, "--identity-token")
  }
}

/** With an image's reference, cosign reaches a KMS with the access of its registry, such as its certificate authority. */
function cosignAt({ cosignImage, run, ref, access }: KeyOptions): Container {
  if (ref && access) return cosignFor(ref, { cosignImage, access, run })
  return dag.container().from(cosignImage).with(withEffect(run))
}

/** The result of signing, for people. */
export function renderSignature({ ref, status, checks }: { ref: string; status: string; checks: string[] }): string {
  const done = status === "signed" ? `Signed ${ref}` : `${ref} was signed before; nothing was added`
  return [`${done}.`, ...checks.map(checkLine)].join("\n")
}

export function renderAttestations(attested: { ref: string; type: string; status: string }[]): string {
  return attested
    .map(({ ref, type, status }) =>
      status === "attested"
        ? `Attested the ${predicateLabel(type)} of ${ref}, and verified it.`
        : `The ${predicateLabel(type)} of ${ref} was attested before; nothing was added.`,
    )
    .join("\n")
}

export function renderVerification(all: { ref: string; checks: string[] }[]): string {
  const lines = all.flatMap(({ ref, checks }) => [`${ref} is verified.`, ...checks.map(checkLine)])
  return [...new Set(lines)].join("\n")
}

function checkLine(check: string): string {
  return `  verified: ${check}`
}
