import { z } from "zod"
import type { HttpRequest, HttpResponse } from "../engine/http.ts"
import type { IdToken } from "./claims.ts"
import { type Exchange, policyAdvice, readAnswer, type TrustPolicy } from "./refusal.ts"

/** Keys for a while, as AWS lends them to whoever holds a token that a role trusts. */
export type AwsCredentials = { accessKeyId: string; secretAccessKey: string; sessionToken: string }

/** The shortest that AWS lends for; an ECR login outlives the keys it was made with. */
const SECONDS = 900

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html: a call without a signature. */
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

/** STS answers in XML, of which three elements are needed. */
export function parseCredentials({ status, body }: HttpResponse, token: IdToken): AwsCredentials {
  const found = {
    accessKeyId: element(body, "AccessKeyId"),
    secretAccessKey: element(body, "SecretAccessKey"),
    sessionToken: element(body, "SessionToken"),
  }
  const answer = status === 200 ? { status, body: JSON.stringify(found) } : { status, body: errorText(body) }
  return readAnswer(answer, { exchange: ASSUME_ROLE, schema: Credentials, token })
}

const POLICY: TrustPolicy = {
  iss: "the role's trust policy, Principal.Federated, and the account's IAM identity provider of that address",
  aud: "the client IDs of the IAM identity provider and the trust policy's Condition on …:aud",
  sub: "the trust policy's Condition on …:sub (new GitHub repositories have ids in it: repo:ORG@ID/REPO@ID:…)",
}

const ASSUME_ROLE: Exchange = {
  who: "AWS STS",
  what: "the role's credentials",
  advise: (body) =>
    /Expired/.test(body)
      ? "The token has expired: ask for it right before the login."
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
