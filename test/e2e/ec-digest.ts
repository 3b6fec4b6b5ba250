import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** Signs a digest, as a KMS does; Node signs messages only. Returns DER, as openssl writes it. */
export function signDigest(digest: Buffer, privateKey: string): Buffer {
  return pkeyutl(["-sign"], digest, { key: privateKey })
}

/** Verifies a P-256 signature in JOSE's format by the digest. */
export function holds(digest: Buffer, signature: Buffer, publicKey: string): boolean {
  const files = { key: publicKey, signature: derOf(signature) }
  try {
    return pkeyutl(["-verify", "-pubin"], digest, files).includes("Verified Successfully")
  } catch {
    return false
  }
}

type Files = { key: string; signature?: Buffer }

function pkeyutl(args: string[], digest: Buffer, { key, signature }: Files): Buffer {
  const folder = mkdtempSync(join(tmpdir(), "slipway-ec-"))
  const [keyFile, signatureFile] = [join(folder, "key"), join(folder, "signature")]
  try {
    writeFileSync(keyFile, key, { mode: 0o600 })
    if (signature) writeFileSync(signatureFile, signature)
    const input = ["-inkey", keyFile, ...(signature ? ["-sigfile", signatureFile] : [])]
    return execFileSync("openssl", ["pkeyutl", ...args, ...input, "-pkeyopt", "digest:sha256"], { input: digest })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Two numbers of 32 bytes: https://datatracker.ietf.org/doc/html/rfc7518#section-3.4 */
export function joseOf(der: Buffer): Buffer {
  const first = der.subarray(4, 4 + (der[3] ?? 0))
  const second = der.subarray(6 + first.length)
  return Buffer.concat([first, second].map((number) => Buffer.concat([Buffer.alloc(32), number]).subarray(-32)))
}

function derOf(jose: Buffer): Buffer {
  const numbers = [jose.subarray(0, 32), jose.subarray(32)].map((number) => {
    const short = number.subarray(number.findIndex((byte) => byte !== 0))
    const signed = (short[0] ?? 0) < 0x80 ? short : Buffer.concat([Buffer.alloc(1), short])
    return Buffer.concat([Buffer.from([2, signed.length]), signed])
  })
  const both = Buffer.concat(numbers)
  return Buffer.concat([Buffer.from([0x30, both.length]), both])
}
