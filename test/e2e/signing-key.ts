import { randomUUID } from "node:crypto"
import { mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { dag } from "@dagger.io/dagger"
import { COSIGN_IMAGE } from "../../src/config/tools.ts"
import { toolImage } from "./slipway.ts"

/** The files of a key pair on this machine, as a person has them after `cosign generate-key-pair`. */
export type SigningKeyFiles = { privateKey: string; publicKey: string; password: string }

/** Makes a key pair with cosign itself; call it within a session. */
export async function makeSigningKey(): Promise<SigningKeyFiles> {
  const folder = mkdtempSync(join(tmpdir(), "slipway-key-"))
  const password = `pw-${randomUUID()}`
  const made = dag
    .container()
    .from(toolImage("COSIGNIMAGE") ?? COSIGN_IMAGE)
    .withDirectory("/keys", dag.directory(), { owner: "65532" })
    .withWorkdir("/keys")
    .withSecretVariable("COSIGN_PASSWORD", dag.setSecret(`key-password-${randomUUID()}`, password))
    .withExec(["/ko-app/cosign", "generate-key-pair", "--output-key-prefix", "cosign"])
  await made.directory("/keys").export(folder)
  return { privateKey: join(folder, "cosign.key"), publicKey: join(folder, "cosign.pub"), password }
}
