import { z } from "zod"
import { HUB_AUDIENCE } from "../../src/defaults.ts"
import type { HttpRequest } from "../engine/http.ts"
import { SlipwayError } from "../error.ts"
import { type Exchange, policyAdvice, type TrustPolicy } from "./exchange.ts"

const SECONDS = { least: 300, most: 3600 }

/** https://docs.docker.com/enterprise/security/oidc-connections/; a token exchange with the organisation's connection. */
export function hubTokenRequest(
  endpoint: string,
  { connection, lifetime, jwt }: { connection: string; lifetime: number; jwt: string },
): HttpRequest {
  if (!(lifetime >= SECONDS.least && lifetime <= SECONDS.most)) throw outOfRange(lifetime)
  const body = new URLSearchParams({
    grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
    subject_token_type: "urn:ietf:params:oauth:token-type:id_token",
    subject_token: jwt,
    connection_id: connection,
    expires_in: String(lifetime),
  })
  const headers = { accept: "application/json", "content-type": "application/x-www-form-urlencoded" }
  return { method: "POST", url: endpoint, headers, body: body.toString() }
}

export const HubAnswer = z.object({ access_token: z.string().min(1) })

const POLICY: TrustPolicy = {
  iss: "the OIDC connection's provider in Docker Home",
  aud: `the audience of the token's request (${HUB_AUDIENCE})`,
  sub: "the rulesets of the OIDC connection in Docker Home, which match the subject",
}

export const HUB: Exchange = {
  who: "Docker Hub",
  what: "an access token",
  advise: (body) =>
    /expired/i.test(body)
      ? "Request the token right before the login; it has expired."
      : `${policyAdvice(POLICY, blame(body))} Check the connection's ID too.`,
}

function blame(body: string): keyof TrustPolicy | undefined {
  if (/audience/i.test(body)) return "aud"
  if (/issuer/i.test(body)) return "iss"
  if (/subject|ruleset|claim/i.test(body)) return "sub"
  return undefined
}

function outOfRange(lifetime: number): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: `a lifetime from ${SECONDS.least} to ${SECONDS.most} seconds`,
    got: String(lifetime),
    fix: "Choose a lifetime that lasts until the tags are written.",
  })
}
