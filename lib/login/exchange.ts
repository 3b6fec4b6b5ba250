import { z } from "zod"
import { parseJson } from "../config/file.ts"
import { type HttpRequest, type HttpResponse, send as sendRequest } from "../engine/http.ts"
import { quote, SlipwayError } from "../error.ts"

/** Sends a request of a login, which comes before every push. */
export async function send(request: HttpRequest, outcome = "Nothing was pushed."): Promise<HttpResponse> {
  return await sendRequest(request, { code: "LOGIN_REFUSED", outcome })
}

// https://www.rfc-editor.org/rfc/rfc7519#section-4.1
const Claims = z.looseObject({
  iss: z.string(),
  sub: z.string(),
  aud: z.union([z.string(), z.array(z.string())]),
  exp: z.number().optional(),
})
type Claims = z.infer<typeof Claims>

/** A CI job's OIDC token with its claims. Its signature is not verified here; the provider does that. */
export type IdToken = { jwt: string; claims: Claims }

/** Seconds of tolerance for different clocks; the provider decides about a token that has just expired. */
const LEEWAY = 60

/** Reads a token's claims, so that an error can show them. `now` is in seconds since 1970. */
export function parseIdToken(text: string, now: number): IdToken {
  const jwt = text.trim()
  const claims = readClaims(jwt)
  if (!claims) throw notAToken()
  if (claims.exp !== undefined && claims.exp + LEEWAY < now) throw expired(claims, claims.exp)
  return { jwt, claims }
}

/** The claims that trust policies check. */
export function renderClaims({ iss, aud, sub }: Claims): string {
  const audience = typeof aud === "string" ? quote(aud) : aud.map(quote).join(" and ")
  return `iss ${quote(iss)}, aud ${audience}, sub ${quote(sub)}`
}

function readClaims(jwt: string): Claims | undefined {
  const [, payload] = jwt.match(/^[\w-]+\.([\w-]+)\.[\w-]+$/) ?? []
  if (!payload) return undefined
  return Claims.safeParse(parseJson(Buffer.from(payload, "base64url").toString("utf8"))).data
}

function notAToken(): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: "an OIDC token of the CI system: a signed JWT with iss, aud and sub",
    got: "a value of another format",
    fix: "Pass ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN on GitHub, and the variable in id_tokens on GitLab.",
  })
}

function expired(claims: Claims, exp: number): SlipwayError {
  return new SlipwayError("LOGIN_REFUSED", {
    expected: "an OIDC token that is still valid",
    got: `one with ${renderClaims(claims)}, which expired at ${new Date(exp * 1000).toISOString()}`,
    fix: "Request the token right before the login, since it is valid for minutes, or pass GitHub's two request variables instead.",
  })
}

/** One request of a login: the provider, what it returns, and the advice for a refusal. */
export type Exchange = { who: string; what: string; advise: (body: string) => string }

/** The provider's settings for each claim of a token. */
export type TrustPolicy = { iss: string; aud: string; sub: string }

/** The setting to check for the refused claim; all three if the claim is unknown. */
export function policyAdvice(policy: TrustPolicy, claim: keyof TrustPolicy | undefined): string {
  if (claim) return `Check ${policy[claim]}: it does not match the token's ${claim}.`
  return `Compare iss with ${policy.iss}, aud with ${policy.aud}, sub with ${policy.sub}.`
}

/** Reads a provider's response. The body of a successful one contains a credential, so errors never show it. */
export function readAnswer<T>(
  { status, body }: HttpResponse,
  { exchange, schema, token }: { exchange: Exchange; schema: z.ZodType<T>; token?: IdToken },
): T {
  if (status < 200 || status > 299) throw loginRefusal(exchange, { status, body, token })
  const parsed = schema.safeParse(parseJson(body))
  if (parsed.success) return parsed.data
  throw new SlipwayError("LOGIN_REFUSED", {
    expected: `${exchange.who} to return ${exchange.what}`,
    got: `a response without ${parsed.error.issues.map(({ path }) => path.join(".") || "valid JSON").join(", ")}`,
    fix: "Check the endpoint: its response is not one of this provider.",
  })
}

/** An error with the token's claims, and the setting to check. */
function loginRefusal(exchange: Exchange, { status, body, token }: HttpResponse & { token?: IdToken }): SlipwayError {
  const holder = token ? ` for a token with ${renderClaims(token.claims)}` : ""
  return new SlipwayError("LOGIN_REFUSED", {
    expected: `${exchange.who} to give ${exchange.what}${holder}`,
    got: `HTTP ${status}: ${excerpt(body)}`,
    fix: exchange.advise(body),
  })
}

/** The body without tokens, which a provider may repeat. */
function excerpt(body: string): string {
  const text = body
    .replace(/[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}/g, "<token>")
    .replace(/\s+/g, " ")
    .trim()
  return text.slice(0, 500) || "no response body"
}
