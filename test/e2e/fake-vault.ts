import { constants, generateKeyPairSync, privateEncrypt, publicDecrypt } from "node:crypto"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { keptOpen } from "./kept-open.ts"

/** The requests, with their tokens. */
export type VaultCall = { method: string; path: string; token: string }
export type FakeVault = { port: number; publicKey: string; calls: VaultCall[] }

/** https://datatracker.ietf.org/doc/html/rfc8017#section-9.2: the prefix of a SHA-256 digest in a signature. */
const DIGEST_INFO = Buffer.from("3031300d060960864801650304020105000420", "hex")

/** HashiCorp Vault's transit engine, for the requests of cosign: https://developer.hashicorp.com/vault/api-docs/secret/transit */
export async function startFakeVault(name: string, token: string): Promise<FakeVault> {
  const pair = generateKeyPairSync("rsa", { modulusLength: 2048 })
  const publicKey = pair.publicKey.export({ type: "spki", format: "pem" }).toString()
  const calls: VaultCall[] = []
  const padded = constants.RSA_PKCS1_PADDING
  const sign = (input: string) => {
    const signed = privateEncrypt(
      { key: pair.privateKey, padding: padded },
      Buffer.concat([DIGEST_INFO, Buffer.from(input, "base64")]),
    )
    return { signature: `vault:v1:${signed.toString("base64")}` }
  }
  const verify = ({ input, signature }: { input: string; signature: string }) => {
    const opened = publicDecrypt({ key: pair.publicKey, padding: padded }, Buffer.from(signature.slice(9), "base64"))
    return { valid: opened.equals(Buffer.concat([DIGEST_INFO, Buffer.from(input, "base64")])) }
  }
  const answers: Record<string, (body: { input: string; signature: string }) => object> = {
    [`/v1/transit/keys/${name}`]: () => ({ keys: { 1: { public_key: publicKey } }, latest_version: 1 }),
    [`/v1/transit/sign/${name}/sha2-256`]: ({ input }) => sign(input),
    [`/v1/transit/verify/${name}/sha2-256`]: verify,
  }
  const server = keptOpen(
    createServer(async (asked, answer) => {
      const { method = "", url: path = "" } = asked
      const given = String(asked.headers["x-vault-token"])
      calls.push({ method, path, token: given })
      let body = ""
      for await (const chunk of asked) body += chunk
      const data = given === token ? answers[path]?.(JSON.parse(body || "{}")) : undefined
      answer.writeHead(data ? 200 : 403, { "content-type": "application/json" })
      // repeats the request, so that the test finds a secret that a tool prints
      answer.end(JSON.stringify(data ? { data } : { errors: [`permission denied for ${given}`] }))
    }),
  )
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  server.unref()
  return { port: (server.address() as AddressInfo).port, publicKey, calls }
}
