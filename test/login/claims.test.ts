import { expect, test } from "vitest"
import { parseIdToken, renderClaims } from "../../lib/login/claims.ts"
import { CLAIMS, jobToken } from "./job-token.ts"

test("reads what a token says, and keeps it as it is", () => {
  const jwt = jobToken()
  const token = parseIdToken(`${jwt}\n`, 0)
  expect(token).toEqual({ jwt, claims: CLAIMS })
  expect(renderClaims(token.claims)).toBe(
    'iss "https://token.actions.githubusercontent.com", aud "sts.amazonaws.com", sub "repo:acme@1/app@2:ref:refs/heads/main"',
  )
})

test("shows every audience of a token for several", () => {
  expect(renderClaims({ iss: "i", sub: "s", aud: ["a", "b"] })).toBe('iss "i", aud "a" and "b", sub "s"')
})

test.each([
  { name: "nothing", text: "" },
  { name: "an opaque token", text: "ghs_0123456789abcdef" },
  { name: "a token without claims", text: `a.${Buffer.from("[]").toString("base64url")}.c` },
  { name: "a token whose middle is no JSON", text: "a.b.c" },
  { name: "a token without a subject", text: jobToken({ sub: undefined }) },
])("refuses $name without showing it", ({ text }) => {
  expect(() => parseIdToken(text, 0)).toThrow(
    /^OPTIONS_INVALID: expected an OIDC token .*, got something else\. GitHub: /,
  )
})

test.each([
  { exp: 1000, now: 1060, refused: false },
  { exp: 1000, now: 1061, refused: true },
])("a token that ended at $exp is refused at $now: $refused", ({ exp, now, refused }) => {
  const parse = () => parseIdToken(jobToken({ exp }), now)
  if (!refused) return expect(parse().claims.exp).toBe(exp)
  expect(parse).toThrow(/^LOGIN_REFUSED: .*sub "repo:acme@1.*expired at 1970-01-01T00:16:40\.000Z\. Such tokens live/)
})
