import { createHash, createHmac, generateKeyPairSync } from "node:crypto"
import type { IncomingHttpHeaders, IncomingMessage, RequestListener } from "node:http"
import { signDigest } from "./ec-digest.ts"
import { readBody } from "./tls-server.ts"

export type AwsKeys = { accessKeyId: string; secretAccessKey: string; sessionToken: string }
/** A request: its credentials, action and key, and whether its signature is valid. */
export type AwsCall = { action: string; key: string; accessKeyId: string; genuine: boolean }
export type FakeAwsKms = { publicKey: string; calls: AwsCall[]; answer: RequestListener }

/** AWS KMS with one ECDSA key, for the requests of cosign: https://docs.aws.amazon.com/kms/latest/APIReference/ */
export function fakeAwsKms(alias: string, keys: AwsKeys): FakeAwsKms {
  const pair = generateKeyPairSync("ec", { namedCurve: "P-256" })
  const privateKey = pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString()
  const publicKey = pair.publicKey.export({ type: "spki", format: "pem" }).toString()
  const calls: AwsCall[] = []
  const about = { KeyId: "arn:aws:kms:eu-west-1:123456789012:key/1", SigningAlgorithms: ["ECDSA_SHA_256"] }
  const actions: Record<string, (asked: { Message?: string }) => object> = {
    DescribeKey: () => ({ KeyMetadata: { ...about, KeyUsage: "SIGN_VERIFY", KeyState: "Enabled" } }),
    GetPublicKey: () => ({
      ...about,
      PublicKey: pair.publicKey.export({ type: "spki", format: "der" }).toString("base64"),
    }),
    Sign: ({ Message = "" }) => ({
      KeyId: about.KeyId,
      Signature: signDigest(Buffer.from(Message, "base64"), privateKey).toString("base64"),
    }),
  }
  const answer: RequestListener = async (asked, said) => {
    const body = await readBody(asked)
    const [, action = ""] = String(asked.headers["x-amz-target"]).split(".")
    const input = JSON.parse(body || "{}") as { KeyId?: string; Message?: string }
    const { accessKeyId, genuine } = readSignature(asked, body, keys)
    calls.push({ action, key: input.KeyId ?? "", accessKeyId, genuine })
    const output = genuine && input.KeyId === alias ? actions[action]?.(input) : undefined
    said.writeHead(output ? 200 : 400, { "content-type": "application/x-amz-json-1.1" })
    said.end(JSON.stringify(output ?? refusal(asked.headers)))
  }
  return { publicKey, calls, answer }
}

/** Repeats the request in the error, so that the test finds a secret that a tool prints. */
function refusal(headers: IncomingHttpHeaders): object {
  const message = `The security token ${headers["x-amz-security-token"]} included in the request is invalid.`
  return { __type: "UnrecognizedClientException", message }
}

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html, on the server's side. */
function readSignature({ method, url, headers }: IncomingMessage, body: string, keys: AwsKeys) {
  const [, accessKeyId = "", scope = "", signed = "", signature] = headers.authorization?.match(AUTHORIZATION) ?? []
  const lines = signed.split(";").map((name) => `${name}:${String(headers[name]).trim()}`)
  const canonical = [method, url, "", ...lines, "", signed, sha(body)].join("\n")
  const text = ["AWS4-HMAC-SHA256", headers["x-amz-date"], scope, sha(canonical)].join("\n")
  const key = scope.split("/").reduce<Buffer>(hmac, Buffer.from(`AWS4${keys.secretAccessKey}`))
  const genuine =
    accessKeyId === keys.accessKeyId &&
    headers["x-amz-security-token"] === keys.sessionToken &&
    scope.endsWith("/kms/aws4_request") &&
    ["host", "x-amz-date", "x-amz-security-token"].every((name) => signed.split(";").includes(name)) &&
    signature === hmac(key, text).toString("hex")
  return { accessKeyId, genuine }
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest()
}

function sha(text: string): string {
  return createHash("sha256").update(text).digest("hex")
}
