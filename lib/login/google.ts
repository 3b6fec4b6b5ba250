import { z } from "zod"
import type { HttpRequest } from "../engine/http.ts"
import { quote, SlipwayError } from "../error.ts"
import { type Exchange, policyAdvice, type TrustPolicy } from "./exchange.ts"

/** The user of every Google access token. */
export const GOOGLE_USER = "oauth2accesstoken"
const SCOPE = "https://www.googleapis.com/auth/cloud-platform"
const SHAPE = /^projects\/\d+\/locations\/global\/workloadIdentityPools\/[a-z0-9-]+\/providers\/[a-z0-9-]+$/

/** A workload identity provider's full name, which both audiences contain. */
export function parseProvider(text: string): string {
  if (SHAPE.test(text)) return text
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER",
    got: quote(text),
    fix: "Pass the `name` that gcloud iam workload-identity-pools providers describe prints; it contains the project's number, not its name.",
  })
}

/** The audience that a provider accepts by default. */
export function defaultAudience(provider: string): string {
  return `https://iam.googleapis.com/${provider}`
}

/** https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token */
export function federationRequest(endpoint: string, { provider, jwt }: { provider: string; jwt: string }): HttpRequest {
  const body = {
    grantType: "urn:ietf:params:oauth:grant-type:token-exchange",
    audience: `//iam.googleapis.com/${provider}`,
    scope: SCOPE,
    requestedTokenType: "urn:ietf:params:oauth:token-type:access_token",
    subjectToken: jwt,
    subjectTokenType: "urn:ietf:params:oauth:token-type:jwt",
  }
  return { method: "POST", url: endpoint, headers: { "content-type": "application/json" }, body: JSON.stringify(body) }
}

export const FederationAnswer = z.object({ access_token: z.string().min(1) })

/** https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateAccessToken */
export function impersonationRequest(
  endpoint: string,
  { serviceAccount, accessToken }: { serviceAccount: string; accessToken: string },
): HttpRequest {
  const url = new URL(
    `/v1/projects/-/serviceAccounts/${encodeURIComponent(serviceAccount)}:generateAccessToken`,
    endpoint,
  )
  const headers = { authorization: `Bearer ${accessToken}`, "content-type": "application/json" }
  return { method: "POST", url: url.href, headers, body: JSON.stringify({ scope: [SCOPE], lifetime: "3600s" }) }
}

export const ImpersonationAnswer = z.object({ accessToken: z.string().min(1) })

const POLICY: TrustPolicy = {
  iss: "the workload identity provider's issuer URI",
  aud: "the workload identity provider's allowed audiences",
  sub: "the workload identity provider's attribute condition and its mapping of google.subject",
}

export const FEDERATION: Exchange = {
  who: "Google's token service",
  what: "an access token",
  advise: (body) =>
    /expired|stale/i.test(body)
      ? "Request the token right before the login; it has expired."
      : policyAdvice(POLICY, blame(body)),
}

export const IMPERSONATION: Exchange = {
  who: "Google IAM",
  what: "the service account's access token",
  advise: () =>
    "Give the federated identity roles/iam.workloadIdentityUser on that service account, check its principalSet://… binding, and enable the IAM Credentials API.",
}

function blame(body: string): keyof TrustPolicy | undefined {
  if (/audience/i.test(body)) return "aud"
  if (/attribute condition|subject/i.test(body)) return "sub"
  if (/issuer/i.test(body)) return "iss"
  return undefined
}
