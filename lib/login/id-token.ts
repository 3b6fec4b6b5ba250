import { randomUUID } from "node:crypto"
import type { Secret } from "@dagger.io/dagger"
import { z } from "zod"
import type { HttpRequest } from "../engine/http.ts"
import { renewAfter, type SecretSource, secretText } from "../engine/secret.ts"
import { derivedSecret } from "../engine/secret-use.ts"
import { SlipwayError } from "../error.ts"
import { type Exchange, type IdToken, parseIdToken, readAnswer, send } from "./exchange.ts"

/** Requests the job's token of GitHub or Forgejo: https://docs.github.com/actions/reference/security/oidc */
export function idTokenRequest(audience: string, { url, token }: { url: string; token: string }): HttpRequest {
  const address = new URL(url)
  address.searchParams.set("audience", audience)
  const headers = { accept: "application/json", authorization: `Bearer ${token}` }
  return { method: "GET", url: address.href, headers }
}

export const IdTokenAnswer = z.object({ value: z.string().min(1) })

const ID_TOKEN: Exchange = {
  who: "GitHub",
  what: "an OIDC token for this job",
  advise: () =>
    "Give the job `permissions: id-token: write`, and pass both request variables of this job; a pull request from a fork gets no token.",
}

/** The CI job's token, or GitHub's two variables for requesting one. */
export type TokenSource = { token?: Secret; requestUrl?: Secret; requestToken?: Secret }

/** The job's OIDC token. A token that is requested here is new, and for this audience only. */
export async function readIdToken(
  { token, requestUrl, requestToken }: TokenSource,
  audience: string,
  outcome?: string,
): Promise<IdToken> {
  const now = Date.now() / 1000
  if (token && !requestUrl && !requestToken) {
    // the request's body contains the token, so it must be read
    return parseIdToken(await secretText(token, "--id-token"), now)
  }
  if (token || !requestUrl || !requestToken) throw unclear("--id-token")
  // the URL is a secret too, and the runner's token is a header of the request
  const [url, bearer] = await Promise.all([
    secretText(requestUrl, "--request-url"),
    secretText(requestToken, "--request-token"),
  ])
  const response = await send(idTokenRequest(audience, { url: url.trim(), token: bearer.trim() }), outcome)
  return parseIdToken(readAnswer(response, { exchange: ID_TOKEN, schema: IdTokenAnswer }).value, now)
}

/**
 * The token that identifies a job to Sigstore. It is valid for minutes, so it is requested right before signing; one that
 * the caller passes is checked then, because a build may have taken longer than it is valid.
 */
export function signingToken({ token, requestUrl, requestToken }: TokenSource): SecretSource | undefined {
  if (!requestUrl && !requestToken) return token && (() => requireValid(token))
  if (token || !requestUrl || !requestToken) throw unclear("--identity-token")
  const request = async () => {
    const { jwt, claims } = await readIdToken({ requestUrl, requestToken }, "sigstore", "No token, no signature.")
    const from = [requestUrl, requestToken]
    return { secret: derivedSecret(`slipway-identity-token-${randomUUID()}`, jwt, from), exp: claims.exp }
  }
  const current = renewAfter(request, ({ exp }) => sharedSeconds(exp, Date.now() / 1000))
  return async () => (await current()).secret
}

/** The signatures of a release share one token for this time, or for half of the time for which it is still valid. */
const SIGNING_SECONDS = 60

export function sharedSeconds(expiry: number | undefined, now: number): number {
  return expiry === undefined ? SIGNING_SECONDS : Math.min(SIGNING_SECONDS, (expiry - now) / 2)
}

async function requireValid(token: Secret): Promise<Secret> {
  const now = Date.now() / 1000
  const { claims } = parseIdToken(await secretText(token, "--identity-token"), now)
  if (claims.exp === undefined || claims.exp > now) return token
  throw new SlipwayError("LOGIN_REFUSED", {
    expected: "an identity token that is valid when the image is signed",
    got: `one that expired at ${new Date(claims.exp * 1000).toISOString()}`,
    fix: "On GitHub, pass --request-url and --request-token instead, and a fresh token is requested for each signature; on GitLab, raise the job's timeout, for which the token of id_tokens is valid.",
  })
}

function unclear(flag: string): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: "the job's OIDC token, or both of GitHub's request variables",
    got: "neither, or only one request variable",
    fix: `Pass ${flag}, or --request-url=env:ACTIONS_ID_TOKEN_REQUEST_URL and --request-token=env:ACTIONS_ID_TOKEN_REQUEST_TOKEN.`,
  })
}
