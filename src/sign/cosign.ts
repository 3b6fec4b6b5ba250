import { type Container, dag, type File, ReturnType } from "@dagger.io/dagger"
import { type Run, withEffect } from "../config/effect.ts"
import { COSIGN } from "../config/tools.ts"
import { type DigestRef, splitDigestRef } from "../oci/digest-ref.ts"
import { NONROOT, type RegistryAccess, withRegistry } from "../oci/registry-access.ts"
import { type BundleFormat, COSIGN_PATHS, KEY_VARIABLE, publicKeyArgs, signArgs, verifyArgs } from "./args.ts"
import { signingFailed, verificationFailed } from "./refusal.ts"
import { renderSigner } from "./signer-text.ts"
import type { Credential, Signer, SigningKey } from "./signing-key.ts"
import { judgeSignature, parseStatements, type Statement } from "./verification.ts"

/** What cosign needs beside the image: where it comes from, how the registry is reached, and which run this is. */
export type CosignOptions = { cosignImage: string; access: RegistryAccess; run: Run }
export type SignOptions = CosignOptions & { key: SigningKey; format?: BundleFormat }
export type VerifyOptions = CosignOptions & { signer: Signer; repository?: string }

/** What a verification found: the signer in words, and a line for each thing that was checked. */
export type Verified = { ref: DigestRef; signer: string; checks: string[]; statements: Statement[] }
export type Signed = Verified & { status: "signed" | "alreadySigned"; by: Signer }

/** Signs a digest and believes it only after verifying. What this signer has signed already is not signed again. */
export async function signDigest(ref: DigestRef, options: SignOptions): Promise<Signed> {
  const by = await signerOf(options.key, options)
  const present = await lookUp(ref, { ...options, signer: by })
  if (present.signed) return { ...present.verified, status: "alreadySigned", by }
  await sign(ref, options)
  return { ...(await verifySigned(ref, { ...options, signer: by, after: "signing" })), status: "signed", by }
}

/** Refuses an image that is not signed by this signer, for this repository. */
export async function verifySigned(ref: DigestRef, options: VerifyOptions & { after?: string }): Promise<Verified> {
  const found = await lookUp(ref, options)
  if (found.signed) return found.verified
  throw verificationFailed({ ref, signer: renderSigner(options.signer), reason: found.reason })
}

type Found = { signed: true; verified: Verified } | { signed: false; reason: string }

async function lookUp(ref: DigestRef, options: VerifyOptions & { after?: string }): Promise<Found> {
  const { signer, access, after = "before" } = options
  const { repository, digest } = splitDigestRef(ref)
  const args = verifyArgs(signer, { ref, plainHttp: access.plainHttp, format: "v3" })
  const verify = cosign(ref, options).with(withSigner(signer)).withEnvVariable("SLIPWAY_STEP", after)
  const answer = await run(verify, args)
  if (answer.exitCode !== 0) return { signed: false, reason: answer.stderr }
  const statements = parseStatements(answer.stdout)
  const verdict = judgeSignature(statements, { digest, repository: options.repository ?? repository.name })
  if (!verdict.signed) return verdict
  return { signed: true, verified: { ref, signer: renderSigner(signer), checks: [], statements } }
}

async function sign(ref: DigestRef, options: SignOptions): Promise<void> {
  const { key, access, format = "v3" } = options
  const { repository } = splitDigestRef(ref)
  const args = signArgs(key, { ref, plainHttp: access.plainHttp, format, repository: repository.name })
  const answer = await run(cosign(ref, options).with(withKey(key)), args)
  if (answer.exitCode !== 0) throw signingFailed({ ref, stderr: answer.stderr })
}

/** Whom a verification has to find after this key has signed. */
export async function signerOf(key: SigningKey, options: { cosignImage: string }): Promise<Signer> {
  if (key.kind === "keyless") return { ...key, kind: "identity" }
  const cosign = dag.container().from(options.cosignImage).with(withKey(key))
  const answer = await run(cosign, publicKeyArgs(key))
  if (answer.exitCode !== 0) throw signingFailed({ ref: "the public key", stderr: answer.stderr })
  return { kind: "publicKey", publicKey: dag.file("cosign.pub", answer.stdout) }
}

function cosign(ref: DigestRef, { cosignImage, access, run }: CosignOptions): Container {
  const { repository } = splitDigestRef(ref)
  return dag.container().from(cosignImage).with(withRegistry(access, repository)).with(withEffect(run))
}

type Answer = { exitCode: number; stdout: string; stderr: string }

/** A "no" is a value here: what it means is decided by who asked. */
async function run(cosign: Container, args: string[]): Promise<Answer> {
  const ran = cosign.withExec([COSIGN, ...args], { expect: ReturnType.Any })
  const exitCode = await ran.exitCode()
  const [stdout, stderr] = await Promise.all([ran.stdout(), ran.stderr()])
  return { exitCode, stdout, stderr }
}

/** An unset password would be asked for on a terminal that is not there. */
function withKey(key: SigningKey): (cosign: Container) => Container {
  switch (key.kind) {
    case "keyPair":
      return (cosign) =>
        (key.password
          ? cosign.withSecretVariable("COSIGN_PASSWORD", key.password)
          : cosign.withEnvVariable("COSIGN_PASSWORD", "")
        ).withSecretVariable(KEY_VARIABLE, key.key)
    case "kms":
      return withCredentials(key.credentials)
    case "keyless":
      return (cosign) =>
        cosign
          .withMountedSecret(COSIGN_PATHS.identityToken, key.identityToken, { owner: NONROOT })
          .with(withFile(COSIGN_PATHS.signingConfig, key.services.signingConfig))
          .with(withFile(COSIGN_PATHS.trustedRoot, key.services.trustedRoot))
  }
}

function withSigner(signer: Signer): (cosign: Container) => Container {
  switch (signer.kind) {
    case "publicKey":
      return withFile(COSIGN_PATHS.publicKey, signer.publicKey)
    case "kms":
      return withCredentials(signer.credentials)
    case "identity":
      return withFile(COSIGN_PATHS.trustedRoot, signer.services.trustedRoot)
  }
}

function withCredentials(credentials: Credential[]): (cosign: Container) => Container {
  return (cosign) => credentials.reduce((tool, { name, value }) => tool.withSecretVariable(name, value), cosign)
}

function withFile(path: string, file?: File): (cosign: Container) => Container {
  return (cosign) => (file ? cosign.withMountedFile(path, file) : cosign)
}
