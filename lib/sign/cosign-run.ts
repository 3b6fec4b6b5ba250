import { randomBytes } from "node:crypto"
import { type Container, dag, type File, type Secret } from "@dagger.io/dagger"
import { openSecret } from "../engine/secret.ts"
import { noteUse, withSecretFile, withSecretValue } from "../engine/secret-use.ts"
import { COSIGN, type Run, runTool, TOOL_SECONDS, type ToolResult, withEffect } from "../engine/tool.ts"
import { type DigestRef, splitDigestRef } from "../oci/reference.ts"
import { NONROOT, type RegistryAccess, withRegistry } from "../oci/registry-access.ts"
import { type Batch, type LaneResults, runBatch } from "../program/batch.ts"
import type { NodeRuntime } from "../program/node-runtime.ts"
import { COSIGN_PATHS, generateKeyPairArgs, KEY_VARIABLE } from "./args.ts"
import { isLogConflict, isTokenRefusal } from "./refusal.ts"
import type { Credential, Keyless, KeyPair, Signer, SigningKey } from "./signer.ts"
import { credentialPath } from "./signer-input.ts"

/**
 * cosign's image, the access to the registry, and the run of the module. With Node, several calls run in one exec; without it,
 * each is an exec.
 */
export type CosignOptions = { cosignImage: string; access: RegistryAccess; run: Run; runtime?: Promise<NodeRuntime> }

/** cosign with access to the image's registry; its execs are not cached between runs of the module. */
export function cosignFor(ref: DigestRef, { cosignImage, access, run }: CosignOptions): Container {
  const { repository } = splitDigestRef(ref)
  return dag
    .container()
    .from(cosignImage)
    .with(withRegistry(access, { repository, to: cosignImage }))
    .with(withEffect(run))
}

/** Makes the same query at another moment of a run another exec: signing changes its result. */
export function withMoment(moment: string): (cosign: Container) => Container {
  return (cosign) => cosign.withEnvVariable("SLIPWAY_MOMENT", moment)
}

/** Returns a failed exec too; the caller decides what it means. */
export async function runCosign(cosign: Container, args: string[]): Promise<ToolResult> {
  return await runTool(TOOL_SECONDS, cosign, [COSIGN, ...args])
}

/** Node, if it can be had. A key is opened after it, so that a token does not expire while Node's image is pulled. */
export async function nodeFor({ runtime }: Pick<CosignOptions, "runtime">): Promise<NodeRuntime | undefined> {
  return await runtime?.catch(() => undefined)
}

/** A container of cosign for several calls, and the secrets in it, which Node can read too. */
type CosignBatch = Batch & { cosign: Container; secrets?: (Secret | undefined)[] }

/** Runs several calls in one exec; undefined if the exec as a whole failed. */
export async function runCosignBatch(
  { cosign, secrets = [], lanes, probe }: CosignBatch,
  { node, access }: Pick<CosignOptions, "access"> & { node: NodeRuntime },
): Promise<LaneResults[] | undefined> {
  for (const secret of [access.dockerConfig, ...secrets]) if (secret) noteUse(secret, node.image)
  return await runBatch(cosign, { lanes, ...(probe && { probe }) }, { runtime: node })
}

/** `first` is the result of a first try in a batch; without one, the key is opened right before it signs. */
type Signing = { cosign: () => Promise<Container>; first?: ToolResult | undefined }

/**
 * Signs or attests. If the log already has an equal entry, cosign fails before it pushes; a second try makes another
 * signature, with another entry. A batch may take longer than its token is valid; the second try has a new one.
 */
export async function signWithCosign(args: string[], { cosign, first }: Signing): Promise<ToolResult> {
  const usable = first !== undefined && !isTokenRefusal(first.stderr)
  const result = usable ? first : await runCosign(await cosign(), args)
  if (result.exitCode === 0 || !isLogConflict(result.stderr)) return result
  return await runCosign((await cosign()).with(withMoment("after the log's conflict")), args)
}

/** A key that can sign now: the token of a keyless signature is requested right before it signs. */
type OpenedKey = Exclude<SigningKey, { kind: "keyless" }> | (Keyless & { identityToken: Secret })

export async function openKey(key: SigningKey): Promise<OpenedKey> {
  return key.kind === "keyless" ? { ...key, identityToken: await openSecret(key.identityToken) } : key
}

/** The secrets in an opened key. */
export function secretsOf(key: OpenedKey): (Secret | undefined)[] {
  switch (key.kind) {
    case "keyPair":
      return [key.key, key.password]
    case "kms":
      return key.credentials.map(({ value }) => value)
    case "keyless":
      return [key.identityToken]
  }
}

/** The secrets that a verification needs. */
export function signerSecrets(signer: Signer): Secret[] {
  return signer.kind === "kms" ? signer.credentials.map(({ value }) => value) : []
}

/** Sets an empty password if there is none: cosign would prompt for an unset one. */
export function withKey(key: OpenedKey, to: string): (cosign: Container) => Container {
  switch (key.kind) {
    case "keyPair":
      return (cosign) =>
        cosign.with(withPassword(key.password, to)).with(withSecretValue(KEY_VARIABLE, { secret: key.key, to }))
    case "kms":
      return withCredentials(key.credentials, to)
    case "keyless":
      return (cosign) =>
        cosign
          .with(withSecretFile({ path: COSIGN_PATHS.identityToken, secret: key.identityToken, to, owner: NONROOT }))
          .with(withFile(COSIGN_PATHS.signingConfig, key.services.signingConfig))
          .with(withFile(COSIGN_PATHS.trustedRoot, key.services.trustedRoot))
  }
}

function withPassword(secret: Secret | undefined, to: string): (cosign: Container) => Container {
  return secret
    ? withSecretValue("COSIGN_PASSWORD", { secret, to })
    : (cosign) => cosign.withEnvVariable("COSIGN_PASSWORD", "")
}

/** What cosign needs to verify this signer. */
export function withSigner(signer: Signer, to: string): (cosign: Container) => Container {
  switch (signer.kind) {
    case "publicKey":
      return withFile(COSIGN_PATHS.publicKey, signer.publicKey)
    case "kms":
      return withCredentials(signer.credentials, to)
    case "identity":
      return withFile(COSIGN_PATHS.trustedRoot, signer.services.trustedRoot)
  }
}

function withCredentials(credentials: Credential[], to: string): (cosign: Container) => Container {
  return (cosign) =>
    credentials.reduce((tool, { name, value: secret }) => {
      const path = credentialPath(name)
      if (!path) return tool.with(withSecretValue(name, { secret, to }))
      return tool.with(withSecretFile({ path, secret, to, owner: NONROOT })).withEnvVariable(name, path)
    }, cosign)
}

/** Mounted with cosign's user as owner: a caller's file may be readable by its owner only. */
export function withFile(path: string, file?: File): (cosign: Container) => Container {
  return (cosign) => (file ? cosign.withMountedFile(path, file, { owner: NONROOT }) : cosign)
}

export type EphemeralKey = { key: KeyPair; publicKey: File }

/**
 * A key pair for a rehearsal. Only this run can use it: the engine caches an encrypted file, and the random password exists
 * only in this process.
 */
export async function createEphemeralKey({
  cosignImage,
  run,
}: {
  cosignImage: string
  run: Run
}): Promise<EphemeralKey> {
  const password = dag.setSecret(`slipway-throw-away-password-${run}`, randomBytes(32).toString("base64url"))
  const made = dag
    .container()
    .from(cosignImage)
    .withDirectory(COSIGN_PATHS.work, dag.directory(), { owner: NONROOT })
    .withWorkdir(COSIGN_PATHS.work)
    .with(withPassword(password, cosignImage))
    .with(withEffect(run))
    .withExec([COSIGN, ...generateKeyPairArgs("rehearsal")])
  const key = dag.setSecret(`slipway-throw-away-key-${run}`, await made.file("rehearsal.key").contents())
  return { key: { kind: "keyPair", key, password }, publicKey: made.file("rehearsal.pub") }
}
