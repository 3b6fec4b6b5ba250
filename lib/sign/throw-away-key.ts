import { randomBytes } from "node:crypto"
import { dag, type File } from "@dagger.io/dagger"
import { COSIGN, type Run, withEffect } from "../engine/tool.ts"
import { NONROOT } from "../oci/registry-access.ts"
import { COSIGN_PATHS, generateKeyPairArgs } from "./args.ts"
import type { KeyPair } from "./signing-key.ts"

export type ThrowAwayKey = { key: KeyPair; publicKey: File }

/**
 * A key pair for a rehearsal. Nobody but this run can use it: the file that the engine keeps is encrypted, and the random
 * password exists only in this process.
 */
export async function throwAwayKey({ cosignImage, run }: { cosignImage: string; run: Run }): Promise<ThrowAwayKey> {
  const password = dag.setSecret(`slipway-throw-away-password-${run}`, randomBytes(32).toString("base64url"))
  const made = dag
    .container()
    .from(cosignImage)
    .withDirectory(COSIGN_PATHS.work, dag.directory(), { owner: NONROOT })
    .withWorkdir(COSIGN_PATHS.work)
    .withSecretVariable("COSIGN_PASSWORD", password)
    .with(withEffect(run))
    .withExec([COSIGN, ...generateKeyPairArgs("rehearsal")])
  const key = dag.setSecret(`slipway-throw-away-key-${run}`, await made.file("rehearsal.key").contents())
  return { key: { kind: "keyPair", key, password }, publicKey: made.file("rehearsal.pub") }
}
