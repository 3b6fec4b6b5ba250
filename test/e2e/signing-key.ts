import { randomUUID } from "node:crypto"
import { mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { dag, type Secret } from "@dagger.io/dagger"
import { COSIGN_IMAGE } from "../../src/tool-images.ts"
import { toolImage } from "./slipway.ts"

/** The files of `cosign generate-key-pair` on this machine. */
export type SigningKeyFiles = { privateKey: string; publicKey: string; password: string }

let made: SigningKeyFiles | undefined

/** A key pair that cosign itself made, one for all files of a worker; call it within a session. */
export async function makeSigningKey(): Promise<SigningKeyFiles> {
  made ??= await generateKeyPair()
  return made
}

async function generateKeyPair(): Promise<SigningKeyFiles> {
  const folder = mkdtempSync(join(tmpdir(), "slipway-key-"))
  const password = `pw-${randomUUID()}`
  const keys = dag
    .container()
    .from(toolImage("COSIGNIMAGE") ?? COSIGN_IMAGE)
    .withDirectory("/keys", dag.directory(), { owner: "65532" })
    .withWorkdir("/keys")
    .withSecretVariable("COSIGN_PASSWORD", dag.setSecret(`key-password-${randomUUID()}`, password))
    .withExec(["/ko-app/cosign", "generate-key-pair", "--output-key-prefix", "cosign"])
  await keys.directory("/keys").export(folder)
  return { privateKey: join(folder, "cosign.key"), publicKey: join(folder, "cosign.pub"), password }
}

/** The pair as arguments of a call; `password` may be wrong. */
export async function signingSecrets({ privateKey, password: right }: SigningKeyFiles, password = right) {
  const text = await dag.host().file(privateKey).contents()
  const secret = (value: string): Secret => dag.setSecret(`signing-${randomUUID()}`, value)
  return { key: secret(text), password: secret(password) }
}
