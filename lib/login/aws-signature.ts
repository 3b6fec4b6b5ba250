import { createHash, createHmac } from "node:crypto"
import type { HttpRequest } from "../engine/http.ts"
import type { AwsCredentials } from "./aws-role.ts"

export type SigningScope = { region: string; service: string; time: Date }
type Keys = Pick<AwsCredentials, "accessKeyId" | "secretAccessKey"> & { sessionToken?: string }

/** Signs a call without query as AWS wants it: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
export function signRequest(request: HttpRequest, keys: Keys, scope: SigningScope): HttpRequest {
  const stamp = scope.time.toISOString().replace(/[-:]|\.\d+/g, "")
  const headers: HttpRequest["headers"] = { ...request.headers, "x-amz-date": stamp }
  if (keys.sessionToken) headers["x-amz-security-token"] = keys.sessionToken
  const names = Object.keys({ ...headers, host: "" }).sort()
  const place = `${stamp.slice(0, 8)}/${scope.region}/${scope.service}/aws4_request`
  const canonical = canonicalRequest({ ...request, headers }, names)
  const text = ["AWS4-HMAC-SHA256", stamp, place, sha(canonical)].join("\n")
  const signature = hmac(signingKey(keys.secretAccessKey, place), text).toString("hex")
  const credential = `AWS4-HMAC-SHA256 Credential=${keys.accessKeyId}/${place}`
  const authorization = `${credential}, SignedHeaders=${names.join(";")}, Signature=${signature}`
  return { ...request, headers: { ...headers, authorization } }
}

/** `host` is signed, but fetch writes it by itself. */
function canonicalRequest({ method, url, headers, body = "" }: HttpRequest, names: string[]): string {
  const { host, pathname } = new URL(url)
  const lines = names.map((name) => `${name}:${name === "host" ? host : headers[name]?.trim()}`)
  return [method, pathname, "", ...lines, "", names.join(";"), sha(body)].join("\n")
}

function signingKey(secret: string, place: string): Buffer {
  return place.split("/").reduce<Buffer>((key, part) => hmac(key, part), Buffer.from(`AWS4${secret}`))
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest()
}

function sha(text: string): string {
  return createHash("sha256").update(text).digest("hex")
}
