import { createHash, createHmac } from "node:crypto"
import { z } from "zod"
import type { HttpRequest, HttpResponse } from "../engine/http.ts"
import { quote, SlipwayError } from "../error.ts"
import type { Repository } from "../oci/reference.ts"
import { type Exchange, type IdToken, policyAdvice, readAnswer, type TrustPolicy } from "./exchange.ts"

/** Temporary keys of an AWS role. */
type AwsCredentials = { accessKeyId: string; secretAccessKey: string; sessionToken: string }

/** The shortest lifetime in AWS; an ECR login stays valid after its keys expire. */
const SECONDS = 900

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html needs no signature. */
export function assumeRoleRequest(
  endpoint: string,
  { role, jwt, sessionName }: { role: string; jwt: string; sessionName: string },
): HttpRequest {
  const body = new URLSearchParams({
    Action: "AssumeRoleWithWebIdentity",
    Version: "2011-06-15",
    RoleArn: role,
    RoleSessionName: sessionName,
    WebIdentityToken: jwt,
    DurationSeconds: String(SECONDS),
  })
  const headers = { accept: "application/xml", "content-type": "application/x-www-form-urlencoded" }
  return { method: "POST", url: endpoint, headers, body: body.toString() }
}

const Credentials = z.object({
  accessKeyId: z.string(),
  secretAccessKey: z.string(),
  sessionToken: z.string(),
})

/** Reads the three elements of STS's XML response. */
export function parseCredentials({ status, body }: HttpResponse, token: IdToken): AwsCredentials {
  const found = {
    accessKeyId: element(body, "AccessKeyId"),
    secretAccessKey: element(body, "SecretAccessKey"),
    sessionToken: element(body, "SessionToken"),
  }
  const response = status === 200 ? { status, body: JSON.stringify(found) } : { status, body: errorText(body) }
  return readAnswer(response, { exchange: ASSUME_ROLE, schema: Credentials, token })
}

const POLICY: TrustPolicy = {
  iss: "the role's trust policy, Principal.Federated, and the account's IAM identity provider of that address",
  aud: "the client IDs of the IAM identity provider and the trust policy's Condition on …:aud",
  sub: "the trust policy's Condition on …:sub (for new GitHub repositories it contains ids: repo:ORG@ID/REPO@ID:…)",
}

const ASSUME_ROLE: Exchange = {
  who: "AWS STS",
  what: "the role's credentials",
  advise: (body) =>
    /Expired/.test(body)
      ? "Request the token right before the login; it has expired."
      : policyAdvice(POLICY, blame(body)),
}

function blame(body: string): keyof TrustPolicy | undefined {
  if (/No OpenIDConnect provider|issuer/i.test(body)) return "iss"
  if (/audience/i.test(body)) return "aud"
  if (/Not authorized to perform sts:AssumeRoleWithWebIdentity/.test(body)) return "sub"
  return undefined
}

function element(xml: string, name: string): string | undefined {
  return xml.match(new RegExp(`<${name}>([^<]+)</${name}>`))?.[1]
}

function errorText(xml: string): string {
  const [code, message] = [element(xml, "Code"), element(xml, "Message")]
  return code ? `${code}: ${message}` : xml
}

type SigningScope = { region: string; service: string; time: Date }
type Keys = Pick<AwsCredentials, "accessKeyId" | "secretAccessKey"> & { sessionToken?: string }

/** Signs a request without a query: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
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

/** Includes `host`, which fetch sets itself. */
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

/** An ECR registry: its service, region and endpoints. */
type EcrPlace = { service: "ecr" | "ecr-public"; region: string; stsEndpoint: string; ecrEndpoint: string }
export type EcrInput = { region?: string; stsEndpoint?: string; ecrEndpoint?: string }

const PRIVATE = /^\d{12}\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.(amazonaws\.com(?:\.cn)?|on\.aws)$/
/** Public ECR has its API in this region only. */
const PUBLIC_REGION = "us-east-1"

/** Reads the region from the registry's host; the caller's values win, for a mirror or a private endpoint. */
export function ecrPlace({ host }: Repository, { region, stsEndpoint, ecrEndpoint }: EcrInput): EcrPlace {
  const service = host === "public.ecr.aws" ? "ecr-public" : "ecr"
  const [, named] = host.match(PRIVATE) ?? []
  const found = region ?? (service === "ecr-public" ? PUBLIC_REGION : named)
  if (!found || !/^[a-z0-9-]+$/.test(found)) throw noRegion(found ?? host)
  const suffix = found.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com"
  return {
    service,
    region: found,
    stsEndpoint: stsEndpoint ?? `https://sts.${found}.${suffix}/`,
    ecrEndpoint: ecrEndpoint ?? `https://api.${service}.${found}.${suffix}/`,
  }
}

/** Requests a login; the caller must sign it. Both services have the same call under two names. */
export function authorizationRequest({ service, ecrEndpoint }: EcrPlace): HttpRequest {
  const target = service === "ecr" ? "AmazonEC2ContainerRegistry_V20150921" : "SpencerFrontendService"
  const headers = {
    "content-type": "application/x-amz-json-1.1",
    "x-amz-target": `${target}.GetAuthorizationToken`,
  }
  return { method: "POST", url: ecrEndpoint, headers, body: "{}" }
}

const Token = z.object({ authorizationToken: z.base64() })
/** The private service returns a list, the public one an object. */
const Authorization = z.object({
  authorizationData: z.union([z.tuple([Token], Token).transform(([first]) => first), Token]),
})

/** Reads user and password, which are joined in base64. */
export function parseAuthorization(response: HttpResponse): { username: string; password: string } {
  const { authorizationData } = readAnswer(response, { exchange: AUTHORIZE, schema: Authorization })
  const login = Buffer.from(authorizationData.authorizationToken, "base64").toString("utf8")
  const colon = login.indexOf(":")
  return { username: login.slice(0, colon), password: login.slice(colon + 1) }
}

const AUTHORIZE: Exchange = {
  who: "Amazon ECR",
  what: "a login",
  advise: () =>
    "Allow ecr:GetAuthorizationToken in the role's policies; for public.ecr.aws, ecr-public:GetAuthorizationToken and sts:GetServiceBearerToken.",
}

function noRegion(got: string): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: "a repository in Amazon ECR, such as 123456789012.dkr.ecr.eu-central-1.amazonaws.com/app, or --region",
    got: quote(got),
    fix: "Pass --region for a registry with another host name.",
  })
}
