import { describe, expect, test } from "vitest"
import { z } from "zod"
import { type Exchange, parseIdToken, policyAdvice, readAnswer, renderClaims } from "../../lib/login/exchange.ts"
import { CLAIMS, jobToken } from "./job-token.ts"

describe("claims", () => {
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
})

describe("refusal", () => {
  const exchange: Exchange = { who: "Acme", what: "a key", advise: (body) => `Look at ${body.length} bytes.` }
  const schema = z.object({ key: z.string() })

  test("reads what was asked for, and drops the rest", () => {
    expect(readAnswer({ status: 201, body: '{"key":"k","more":1}' }, { exchange, schema })).toEqual({ key: "k" })
  })

  test.each([
    { name: "no JSON", body: "<html>hunter2</html>", got: "something else: its form" },
    { name: "another field", body: '{"token":"hunter2"}', got: "something else: key" },
  ])("a success with $name is an error that shows no part of it", ({ body, got }) => {
    const read = () => readAnswer({ status: 200, body }, { exchange, schema })
    expect(read).toThrow(`LOGIN_REFUSED: expected Acme to answer with a key, got ${got}. `)
    expect(read).not.toThrow("hunter2")
  })

  test("a refusal shows the claims as they came, the provider's words, and what to look at", () => {
    const token = parseIdToken(jobToken({ iss: "https://gitlab.example.com" }), 0)
    expect(() => readAnswer({ status: 403, body: "no\n  way" }, { exchange, schema, token })).toThrow(
      'LOGIN_REFUSED: expected Acme to give a key for a token with iss "https://gitlab.example.com", aud "sts.amazonaws.com", ' +
        'sub "repo:acme@1/app@2:ref:refs/heads/main", got HTTP 403: no way. Look at 8 bytes.',
    )
  })

  test("a refusal that repeats the token does not show it", () => {
    const jwt = jobToken()
    const read = () => readAnswer({ status: 400, body: `bad token ${jwt}!` }, { exchange, schema })
    expect(read).toThrow("got HTTP 400: bad token <token>!.")
    expect(read).not.toThrow(jwt)
  })

  test.each([
    { body: "", got: "HTTP 500: no words." },
    { body: "x".repeat(600), got: `HTTP 500: ${"x".repeat(500)}.` },
  ])("a refusal has short words", ({ body, got }) => {
    expect(() => readAnswer({ status: 500, body }, { exchange, schema })).toThrow(`got ${got}`)
  })

  const policy = { iss: "the issuer field", aud: "the audience field", sub: "the subject field" }
  test.each([
    { claim: "sub" as const, advice: "Look at the subject field: it does not match the token's sub." },
    {
      claim: undefined,
      advice: "Compare iss with the issuer field, aud with the audience field, sub with the subject field.",
    },
  ])("what to look at for $claim", ({ claim, advice }) => {
    expect(policyAdvice(policy, claim)).toBe(advice)
  })
})
