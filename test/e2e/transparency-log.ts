import { createHash, generateKeyPairSync, type KeyObject } from "node:crypto"
import { type Container, dag } from "@dagger.io/dagger"
import { publish } from "./published-server.ts"
import { type RepeatingProxy, startRepeatingProxy } from "./repeating-proxy.ts"

// test/engine/up --with=rekor-server serves it without a network
const REKOR_IMAGE = "ghcr.io/sigstore/rekor-tiles/posix:v2.3.0"
/** The log's name in its signatures; a verifier derives it from the base URL in the trusted root. */
const ORIGIN = "rekor.test"
/** The log's address for signers, on the registry's host. */
export const LOG_PORT = 3003

/** A real Rekor with its entry in a trusted root, behind a gateway that can repeat requests. */
export type TransparencyLog = { port: number; keyId: string; entry: object; repeat: RepeatingProxy["repeat"] }

export async function startTransparencyLog(): Promise<TransparencyLog> {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519")
  const { port, repeat } = await startRepeatingProxy(await publish(rekorServer(privateKey), LOG_PORT))
  return { port, repeat, ...described(publicKey) }
}

/** The entry of another log in a trusted root, with only a key. */
export function otherLog(): Pick<TransparencyLog, "keyId" | "entry"> {
  return described(generateKeyPairSync("ed25519").publicKey)
}

/** The log's key is a file, as the server requires, and new in each run. */
function rekorServer(key: KeyObject): Container {
  const pem = String(key.export({ type: "pkcs8", format: "pem" }))
  return dag
    .container()
    .from(REKOR_IMAGE)
    .withNewFile("/rekor.pem", pem, { owner: "65532", permissions: 0o400 })
    .withDirectory("/log", dag.directory(), { owner: "65532" })
    .withDefaultArgs([
      ...["/usr/local/bin/rekor-server", "serve", "--http-address=0.0.0.0", `--http-port=${LOG_PORT}`],
      ...["--signer-filepath=/rekor.pem", "--storage-dir=/log", `--hostname=${ORIGIN}`],
      ...["--checkpoint-interval=1s", "--batch-max-age=100ms"],
    ])
}

// https://github.com/C2SP/C2SP/blob/main/signed-note.md#signatures: the key's complete id
function described(publicKey: KeyObject): Pick<TransparencyLog, "keyId" | "entry"> {
  const der = publicKey.export({ type: "spki", format: "der" })
  const raw = der.subarray(-32)
  const ed25519 = Buffer.from([1])
  const keyId = createHash("sha256").update(`${ORIGIN}\n`).update(ed25519).update(raw).digest("base64")
  const key = { rawBytes: der.toString("base64"), keyDetails: "PKIX_ED25519" }
  const publicKeyOf = { ...key, validFor: { start: "2020-01-01T00:00:00Z" } }
  const entry = { baseUrl: `http://${ORIGIN}`, hashAlgorithm: "SHA2_256", publicKey: publicKeyOf, logId: { keyId } }
  return { keyId, entry }
}
