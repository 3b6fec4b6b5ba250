import { generateKeyPairSync, verify } from "node:crypto"
import { createSecureServer, type ServerHttp2Stream } from "node:http2"
import type { AddressInfo } from "node:net"
import { selfSigned } from "./certificate.ts"
import { signDigest } from "./ec-digest.ts"

/** A service account: Google's key file, and the public half of the key. */
export type ServiceAccount = { file: string; privateKey: string; publicKey: string }
export type GoogleCall = { method: string; genuine: boolean }
export type FakeGoogleKms = { port: number; authority: string; publicKey: string; calls: GoogleCall[] }

/** https://docs.cloud.google.com/iam/docs/keys-create-delete; the fields that a client reads. */
export function serviceAccount(): ServiceAccount {
  const pair = generateKeyPairSync("rsa", { modulusLength: 2048 })
  const privateKey = pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString()
  const publicKey = pair.publicKey.export({ type: "spki", format: "pem" }).toString()
  const about = { type: "service_account", project_id: "p", private_key_id: "1", client_email: "me@p.example" }
  const token_uri = "https://oauth2.googleapis.com/token"
  return { file: JSON.stringify({ ...about, private_key: privateKey, token_uri }), privateKey, publicKey }
}

// https://github.com/googleapis/googleapis/blob/master/google/cloud/kms/v1/resources.proto
const [ASYMMETRIC_SIGN, ENABLED, EC_SIGN_P256_SHA256] = [5, 1, 12]

/** Google Cloud KMS with one EC key, for the gRPC requests of cosign. The client's host is fixed. */
export async function startFakeGoogleKms(host: string, key: string, account: ServiceAccount): Promise<FakeGoogleKms> {
  const pair = generateKeyPairSync("ec", { namedCurve: "P-256" })
  const privateKey = pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString()
  const publicKey = pair.publicKey.export({ type: "spki", format: "pem" }).toString()
  const calls: GoogleCall[] = []
  const name = text(1, `${key}/cryptoKeyVersions/1`)
  const version = [...name, ...number(3, ENABLED), ...number(10, EC_SIGN_P256_SHA256)]
  const methods: Record<string, (asked: Buffer) => number[]> = {
    GetCryptoKey: () => [...text(1, key), ...number(3, ASYMMETRIC_SIGN)],
    ListCryptoKeyVersions: () => bytes(1, version),
    GetPublicKey: () => [...text(1, publicKey), ...number(2, EC_SIGN_P256_SHA256)],
    AsymmetricSign: (asked) => {
      // the digest is the only field of 32 bytes, after its tag and length
      const signature = signDigest(
        asked.subarray(asked.indexOf(Buffer.from([0x0a, 32])) + 2).subarray(0, 32),
        privateKey,
      )
      return [...bytes(1, signature), ...bytes(2, number(1, castagnoli(signature))), ...number(3, 1)]
    },
  }
  const { certificate, key: tlsKey } = selfSigned(`DNS:${host}`)
  const server = createSecureServer({ cert: certificate, key: tlsKey })
  server.on("stream", async (stream, headers) => {
    const chunks: Buffer[] = []
    for await (const chunk of stream) chunks.push(chunk)
    const method = String(headers[":path"]).replace(/^.*\//, "")
    const genuine = isGenuine(String(headers.authorization), account)
    calls.push({ method, genuine })
    // repeats the request, so that the test finds a secret that a tool prints
    if (!genuine) return refuse(stream, `not with ${headers.authorization}`)
    answer(stream, methods[method]?.(Buffer.concat(chunks).subarray(5)) ?? [])
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  server.unref()
  return { port: (server.address() as AddressInfo).port, authority: certificate, publicKey, calls }
}

/** A token that the service account signs itself: https://google.aip.dev/auth/4111 */
function isGenuine(authorization: string, { publicKey }: ServiceAccount): boolean {
  const [, signed = "", signature = ""] = authorization.match(/^Bearer ([^.]+\.[^.]+)\.(.+)$/) ?? []
  return verify("sha256", Buffer.from(signed), publicKey, Buffer.from(signature, "base64url"))
}

// https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
const GRPC = { ":status": 200, "content-type": "application/grpc" }

function answer(stream: ServerHttp2Stream, message: number[]): void {
  const head = Buffer.alloc(5)
  head.writeUInt32BE(message.length, 1)
  stream.respond(GRPC, { waitForTrailers: true })
  stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }))
  stream.end(Buffer.concat([head, Buffer.from(message)]))
}

function refuse(stream: ServerHttp2Stream, message: string): void {
  stream.respond({ ...GRPC, "grpc-status": "16", "grpc-message": message }, { endStream: true })
}

// https://protobuf.dev/programming-guides/encoding/
function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value % 0x80) | 0x80, ...varint(Math.floor(value / 0x80))]
}
const number = (field: number, value: number): number[] => [...varint(field << 3), ...varint(value)]
const bytes = (field: number, value: Iterable<number>): number[] => {
  const all = [...value]
  return [...varint((field << 3) | 2), ...varint(all.length), ...all]
}
const text = (field: number, value: string): number[] => bytes(field, Buffer.from(value))

/** The checksum that the client compares: https://datatracker.ietf.org/doc/html/rfc3720#appendix-B.4 */
function castagnoli(data: Buffer): number {
  let rest = 0xffffffff
  for (const byte of data) {
    rest ^= byte
    for (let bit = 0; bit < 8; bit++) rest = (rest >>> 1) ^ (rest & 1 ? 0x82f63b78 : 0)
  }
  return (rest ^ 0xffffffff) >>> 0
}
