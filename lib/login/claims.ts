import { z } from "zod"
import { parseJson } from "../config/file.ts"
import { quote, SlipwayError } from "../error.ts"

// https://www.rfc-editor.org/rfc/rfc7519#section-4.1
const Claims = z.looseObject({
  iss: z.string(),
  sub: z.string(),
  aud: z.union([z.string(), z.array(z.string())]),
  exp: z.number().optional(),
})
export type Claims = z.infer<typeof Claims>

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
