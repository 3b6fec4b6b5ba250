import { z } from "zod"
import type { HttpRequest } from "../engine/http.ts"
import { type Exchange, policyAdvice, type TrustPolicy } from "./exchange.ts"

/** The user of every ACR refresh token. */
export const ACR_USER = "00000000-0000-0000-0000-000000000000"
const SCOPE = "https://containerregistry.azure.net/.default"

/** https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow, with a federated credential */
export function assertionRequest(
  endpoint: string,
  { tenant, client, jwt }: { tenant: string; client: string; jwt: string },
): HttpRequest {
  const url = new URL(`/${encodeURIComponent(tenant)}/oauth2/v2.0/token`, endpoint)
  const form = {
    grant_type: "client_credentials",
    client_id: client,
    scope: SCOPE,
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    client_assertion: jwt,
  }
  return postForm(url.href, form)
}

/** https://github.com/Azure/acr/blob/main/docs/AAD-OAuth.md; the registry's refresh token is the password for Docker clients. */
export function registryTokenRequest(
  endpoint: string,
  { host, tenant, accessToken }: { host: string; tenant: string; accessToken: string },
): HttpRequest {
  const form = { grant_type: "access_token", service: host, tenant, access_token: accessToken }
  return postForm(new URL("/oauth2/exchange", endpoint).href, form)
}

export const AssertionAnswer = z.object({ access_token: z.string().min(1) })
export const RegistryTokenAnswer = z.object({ refresh_token: z.string().min(1) })

const POLICY: TrustPolicy = {
  iss: "the app registration's federated credential, Issuer",
  aud: "the app registration's federated credential, Audience",
  sub: "the app registration's federated credential, Subject identifier (compared exactly, including the branch or environment)",
}

export const ASSERTION: Exchange = {
  who: "Microsoft Entra",
  what: "an access token",
  advise: (body) =>
    /AADSTS(700024|50027)/.test(body)
      ? "Request the token right before the login; it has expired or is not yet valid."
      : policyAdvice(POLICY, blame(body)),
}

export const REGISTRY_TOKEN: Exchange = {
  who: "the Azure registry",
  what: "a refresh token",
  advise: () => "Give the app the role AcrPush on that registry, and pass the tenant of the registry.",
}

// https://learn.microsoft.com/entra/identity-platform/reference-error-codes
function blame(body: string): keyof TrustPolicy | undefined {
  if (/AADSTS700211/.test(body)) return "iss"
  if (/AADSTS700212/.test(body)) return "aud"
  if (/AADSTS700213/.test(body)) return "sub"
  return undefined
}

function postForm(url: string, form: Record<string, string>): HttpRequest {
  const headers = { accept: "application/json", "content-type": "application/x-www-form-urlencoded" }
  return { method: "POST", url, headers, body: new URLSearchParams(form).toString() }
}
