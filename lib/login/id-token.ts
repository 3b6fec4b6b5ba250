import { randomUUID } from "node:crypto"
import { dag, type Secret } from "@dagger.io/dagger"
import { z } from "zod"
import type { HttpRequest } from "../engine/http.ts"
import { renewAfter, type SecretSource, secretText } from "../engine/secret.ts"
import { SlipwayError } from "../error.ts"
import { type Exchange, type IdToken, parseIdToken, readAnswer, send } from "./exchange.ts"

/** Asks GitHub (or Forgejo) for the job's token: https://docs.github.com/actions/reference/security/oidc */
export function idTokenRequest(audience: string, { url, token }: { url: string; token: string }): HttpRequest {
  const asked = new URL(url)
  asked.searchParams.set("audience", audience)
  const headers = { accept: "application/json", authorization: `Bearer ${token}` }
  return { method: "GET", url: asked.href, headers }
}

export const IdTokenAnswer = z.object({ value: z.string().min(1) })

const ID_TOKEN: Exchange = {
  who: "GitHub",
  what: "an OIDC token for this job",
  advise: () =>
    "The job needs `permissions: id-token: write`, and both request variables of this very job; a fork's pull request gets none.",
}

/** The CI job's token, or the two variables with which GitHub's runner asks for one. */
export type TokenSource = { token?: Secret; requestUrl?: Secret; requestToken?: Secret }

/** The job's OIDC token. One that is asked for here is as fresh as can be, and for just this audience. */
export async function readIdToken(
  { token, requestUrl, requestToken }: TokenSource,
  audience: string,
  outcome?: string,
): Promise<IdToken> {
  const now = Date.now() / 1000
  if (token && !requestUrl && !requestToken) {
    // it is the body of the call that is to be made: no header of a tool's would do
    return parseIdToken(await secretText(token, "--id-token"), now)
  }
  if (token || !requestUrl || !requestToken) throw unclear("--id-token")
  // the address is a secret as well, and the runner's token is the call's own header
  const [url, bearer] = await Promise.all([
    secretText(requestUrl, "--request-url"),
    secretText(requestToken, "--request-token"),
  ])
  const answer = await send(idTokenRequest(audience, { url: url.trim(), token: bearer.trim() }), outcome)
  return parseIdToken(readAnswer(answer, { exchange: ID_TOKEN, schema: IdTokenAnswer }).value, now)
}

/** What Sigstore takes for a job's name; its tokens live for minutes, so one that can be asked for is not asked for early. */
export function signingToken({ token, requestUrl, requestToken }: TokenSource): SecretSource | undefined {
  if (!requestUrl && !requestToken) return token
  if (token || !requestUrl || !requestToken) throw unclear("--identity-token")
  const ask = async () => {
    const { jwt } = await readIdToken({ requestUrl, requestToken }, "sigstore", "No token, no signature.")
    return dag.setSecret(`slipway-identity-token-${randomUUID()}`, jwt)
  }
  return renewAfter(ask, SIGNING_SECONDS)
}

/** A release's statements are signed within seconds, and share one. */
const SIGNING_SECONDS = 60

function unclear(flag: string): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: "the job's OIDC token, or both of GitHub's request variables",
    got: "neither, or a part of each",
    fix: `Pass ${flag}, or --request-url=env:ACTIONS_ID_TOKEN_REQUEST_URL and --request-token=env:ACTIONS_ID_TOKEN_REQUEST_TOKEN.`,
  })
}
