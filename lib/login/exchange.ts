import { z } from "zod"
import { parseJson } from "../config/file.ts"
import { type HttpRequest, type HttpResponse, send as sendRequest } from "../engine/http.ts"
import { quote, SlipwayError } from "../error.ts"

/** A login's call: it comes before everything, so nothing has happened yet when nobody answers. */
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

/** A token that a CI system has signed about a job, and what it says. Nobody has checked it here: its taker does. */
export type IdToken = { jwt: string; claims: Claims }

/** Clocks differ; a token that is only just over is left to its taker to judge. */
const LEEWAY = 60

/** Reads a token's claims, so that a refusal can say what the taker really saw. `now` is in seconds since 1970. */
export function parseIdToken(text: string, now: number): IdToken {
  const jwt = text.trim()
  const claims = readClaims(jwt)
  if (!claims) throw notAToken()
  if (claims.exp !== undefined && claims.exp + LEEWAY < now) throw expired(claims, claims.exp)
  return { jwt, claims }
}

/** The claims that trust policies speak of, as they came. */
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
    got: "something else",
    fix: "GitHub: pass both ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN. GitLab: pass the variable that id_tokens names.",
  })
}

function expired(claims: Claims, exp: number): SlipwayError {
  return new SlipwayError("LOGIN_REFUSED", {
    expected: "an OIDC token that is still valid",
    got: `one with ${renderClaims(claims)}, which expired at ${new Date(exp * 1000).toISOString()}`,
    fix: "Such tokens live for minutes: ask for it right before the login, or pass GitHub's two request variables instead.",
  })
}

/** One call of a login: who is asked for what, and what to look at when the answer is no. */
export type Exchange = { who: string; what: string; advise: (body: string) => string }

/** Where a provider keeps what it expects of a token's claims, in the words of its own settings. */
export type TrustPolicy = { iss: string; aud: string; sub: string }

/** The field that a provider's words point at; all three where they point at none. */
export function policyAdvice(policy: TrustPolicy, claim: keyof TrustPolicy | undefined): string {
  if (claim) return `Look at ${policy[claim]}: it does not match the token's ${claim}.`
  return `Compare iss with ${policy.iss}, aud with ${policy.aud}, sub with ${policy.sub}.`
}

/** Reads what a provider answered. On success its body holds a credential, so no part of it is ever shown. */
export function readAnswer<T>(
  { status, body }: HttpResponse,
  { exchange, schema, token }: { exchange: Exchange; schema: z.ZodType<T>; token?: IdToken },
): T {
  if (status < 200 || status > 299) throw loginRefusal(exchange, { status, body, token })
  const parsed = schema.safeParse(parseJson(body))
  if (parsed.success) return parsed.data
  throw new SlipwayError("LOGIN_REFUSED", {
    expected: `${exchange.who} to answer with ${exchange.what}`,
    got: `something else: ${parsed.error.issues.map(({ path }) => path.join(".") || "its form").join(", ")}`,
    fix: "Check the endpoint: whoever answers there does not speak this provider's language.",
  })
}

/** A refusal that shows the claims as they came, and the field of the trust policy to look at. */
function loginRefusal(exchange: Exchange, { status, body, token }: HttpResponse & { token?: IdToken }): SlipwayError {
  const holder = token ? ` for a token with ${renderClaims(token.claims)}` : ""
  return new SlipwayError("LOGIN_REFUSED", {
    expected: `${exchange.who} to give ${exchange.what}${holder}`,
    got: `HTTP ${status}: ${excerpt(body)}`,
    fix: exchange.advise(body),
  })
}

/** A provider may repeat what it was sent. */
function excerpt(body: string): string {
  const text = body
    .replace(/[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}/g, "<token>")
    .replace(/\s+/g, " ")
    .trim()
  return text.slice(0, 500) || "no words"
}
