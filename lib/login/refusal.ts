import type { z } from "zod"
import { parseJson } from "../config/file.ts"
import type { HttpResponse } from "../engine/http.ts"
import { SlipwayError } from "../error.ts"
import { type IdToken, renderClaims } from "./claims.ts"

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
  if (status < 200 || status > 299) throw refused(exchange, { status, body, token })
  const parsed = schema.safeParse(parseJson(body))
  if (parsed.success) return parsed.data
  throw new SlipwayError("LOGIN_REFUSED", {
    expected: `${exchange.who} to answer with ${exchange.what}`,
    got: `something else: ${parsed.error.issues.map(({ path }) => path.join(".") || "its form").join(", ")}`,
    fix: "Check the endpoint: whoever answers there does not speak this provider's language.",
  })
}

/** A refusal that shows the claims as they came, and the field of the trust policy to look at. */
export function refused(exchange: Exchange, { status, body, token }: HttpResponse & { token?: IdToken }): SlipwayError {
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
